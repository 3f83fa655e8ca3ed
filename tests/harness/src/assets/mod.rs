//! Where the control plane's programs come from: `KUBEBUILDER_ASSETS`, or a build from pinned Go modules that is
//! kept outside the repository.

mod build;
mod cache;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The version that `tests/control-plane/kubernetes/go.mod` pins.
pub const KUBERNETES_VERSION: &str = "v1.36.3";

/// The programs of a local control plane.
#[derive(Debug, Clone)]
pub struct Assets {
    /// etcd.
    pub etcd: PathBuf,
    /// kube-apiserver.
    pub kube_apiserver: PathBuf,
    /// kube-controller-manager.
    pub kube_controller_manager: PathBuf,
    /// kubectl.
    pub kubectl: PathBuf,
    /// helm.
    pub helm: PathBuf,
    /// Whether the API server was built here, so that its version is known.
    pub pinned: bool,
}

impl Assets {
    /// Finds the programs and builds those that are not there, which takes minutes the first time. Blocks; says on
    /// standard error what it builds.
    pub fn ensure() -> anyhow::Result<Self> {
        let given = std::env::var_os("KUBEBUILDER_ASSETS").filter(|value| !value.is_empty());
        // Absolute: the programs are started in other directories too.
        let given = given
            .map(std::path::absolute)
            .transpose()
            .context("find KUBEBUILDER_ASSETS")?;
        if let Some(dir) = &given {
            check_given(dir)?;
        }
        let missing: Vec<&build::Tool> = build::TOOLS
            .iter()
            .filter(|tool| in_dir(given.as_deref(), tool.name).is_none())
            .collect();
        let built = if missing.is_empty() {
            None
        } else {
            Some(build::ensure(&missing, &cache::root()?)?)
        };
        let find = |name: &str| {
            in_dir(given.as_deref(), name)
                .or_else(|| in_dir(built.as_deref(), name))
                .with_context(|| format!("{name} is neither in KUBEBUILDER_ASSETS nor built"))
        };
        Ok(Self {
            etcd: find("etcd")?,
            kube_apiserver: find("kube-apiserver")?,
            kube_controller_manager: find("kube-controller-manager")?,
            kubectl: find("kubectl")?,
            helm: find("helm")?,
            pinned: given.is_none(),
        })
    }
}

impl Assets {
    /// All of them.
    pub fn programs(&self) -> [&Path; 5] {
        [
            &self.etcd,
            &self.kube_apiserver,
            &self.kube_controller_manager,
            &self.kubectl,
            &self.helm,
        ]
        .map(PathBuf::as_path)
    }
}

fn in_dir(dir: Option<&Path>, name: &str) -> Option<PathBuf> {
    dir.map(|dir| dir.join(name)).filter(|path| path.is_file())
}

/// A directory that lacks one of envtest's three programs is a mistake of its owner, not a wish for a build.
fn check_given(dir: &Path) -> anyhow::Result<()> {
    for name in ["etcd", "kube-apiserver", "kubectl"] {
        if in_dir(Some(dir), name).is_none() {
            bail!(
                "KUBEBUILDER_ASSETS is {}, but there is no {name} in it; put etcd, kube-apiserver and kubectl there, \
                 or unset the variable to build them",
                dir.display()
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_directory_must_be_complete() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["etcd", "kube-apiserver"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let error = check_given(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains("no kubectl in it") && error.contains("unset"),
            "{error}"
        );
        std::fs::write(dir.path().join("kubectl"), "").unwrap();
        check_given(dir.path()).unwrap();
    }
}
