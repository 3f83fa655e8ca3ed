//! Where the repository is.

use std::path::{Path, PathBuf};

/// The root of the repository, where `crds/`, `charts/` and `examples/` are.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}
