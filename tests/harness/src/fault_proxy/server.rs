//! The side that the operator sees: TLS, and connections that can be reset.

use std::fs;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::passage::Passage;

/// Answers TLS with this certificate and key.
pub(super) fn acceptor(certificate: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_slice_iter(&fs::read(certificate)?).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(&fs::read(key)?)?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("use the API server's certificate")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes connections for ever.
pub(super) async fn serve(listener: TcpListener, acceptor: TlsAcceptor, passage: Arc<Passage>) {
    loop {
        // What fails is a connection that went away before it was taken.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, acceptor.clone(), Arc::clone(&passage)));
        }
    }
}

/// One connection, until either side ends it, or it is reset, or the proxy leads elsewhere.
async fn connection(stream: TcpStream, acceptor: TlsAcceptor, passage: Arc<Passage>) {
    let closed = passage.connections();
    let Ok(socket) = stream.as_fd().try_clone_to_owned() else {
        return;
    };
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let reset = CancellationToken::new();
    let service = service_fn(|request| {
        let (passage, reset) = (Arc::clone(&passage), reset.clone());
        async move { passage.pass(request, reset).await }
    });
    let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // An error is a client that went away.
        _ = serving => {}
        () = closed.cancelled() => {}
        () = reset.cancelled() => abort(&socket),
    }
}

/// Lets the close that follows send RST in FIN's place, so that the other side knows of no orderly end.
fn abort(socket: &OwnedFd) {
    let linger = Some(std::time::Duration::ZERO);
    // Where it fails the connection ends all the same, in order.
    let _ = rustix::net::sockopt::set_socket_linger(socket, linger);
}
