//! The `dialplane` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // kube and reqwest both speak TLS through rustls, which takes the provider that was installed first.
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        tracing::warn!("a TLS provider was installed already");
    }
    dialplane::cli::main()
}
