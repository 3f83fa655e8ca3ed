//! Builds the control plane's programs with the Go toolchain.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};

use super::cache;
use crate::output::CommandOutput;
use crate::progress::say;
use crate::repository::repository;

/// The `go` line of the modules in `tests/control-plane`.
const GO_VERSION: (u32, u32) = (1, 26);

/// One program and the module that pins it.
pub(super) struct Tool {
    pub(super) name: &'static str,
    module: &'static str,
    package: &'static str,
    ldflags: &'static str,
}

const PLAIN: &str = "-s -w";
// Without the stamp the API server calls itself v0.0.0, and kubectl and Helm complain.
const STAMPED: &str = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 \
    -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

pub(super) const TOOLS: [Tool; 5] = [
    Tool {
        name: "etcd",
        module: "etcd",
        package: "go.etcd.io/etcd/server/v3",
        ldflags: PLAIN,
    },
    kubernetes("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
    kubernetes(
        "kube-controller-manager",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
    ),
    kubernetes("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
    Tool {
        name: "helm",
        module: "helm",
        package: "helm.sh/helm/v4/cmd/helm",
        ldflags: PLAIN,
    },
];

const fn kubernetes(name: &'static str, package: &'static str) -> Tool {
    Tool {
        name,
        module: "kubernetes",
        package,
        ldflags: STAMPED,
    }
}

const PREFIX: &str = "control-plane-";

/// Builds those of the wanted tools that are not in the cache yet; the directory that holds them all.
pub(super) fn ensure(wanted: &[&Tool], root: &Path) -> anyhow::Result<PathBuf> {
    let modules = repository().join("tests/control-plane");
    let dir = root.join(format!("{PREFIX}{}", key(&modules)?));
    let missing = || {
        wanted
            .iter()
            .filter(|tool| !dir.join(tool.name).is_file())
            .collect::<Vec<_>>()
    };
    if missing().is_empty() {
        return Ok(dir);
    }
    fs::create_dir_all(root).with_context(|| format!("create {}", root.display()))?;
    let _lock = cache::lock(&dir.with_extension("lock"))?;
    let missing = missing();
    if missing.is_empty() {
        return Ok(dir);
    }
    check_go()?;
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    say(&format!(
        "building the local control plane from Go modules into {} (about six minutes the first time, then kept)",
        dir.display()
    ));
    for (index, tool) in missing.iter().enumerate() {
        say(&format!("  [{}/{}] {} ...", index + 1, missing.len(), tool.name));
        let start = Instant::now();
        build(tool, &modules, &dir)?;
        say(&format!(
            "  [{}/{}] {} built in {} s",
            index + 1,
            missing.len(),
            tool.name,
            start.elapsed().as_secs()
        ));
    }
    cache::prune(root, PREFIX, &dir);
    Ok(dir)
}

fn key(modules: &Path) -> anyhow::Result<String> {
    let mut inputs = Vec::new();
    for module in ["etcd", "kubernetes", "helm"] {
        for file in ["go.mod", "go.sum"] {
            let path = modules.join(module).join(file);
            inputs.push(fs::read(&path).with_context(|| format!("read {}", path.display()))?);
        }
    }
    inputs.extend(
        TOOLS
            .iter()
            .flat_map(|tool| [tool.name, tool.package, tool.ldflags])
            .map(Vec::from),
    );
    Ok(cache::key(inputs.iter().map(Vec::as_slice)))
}

/// Builds beside the final name and renames: nobody ever sees half a program.
fn build(tool: &Tool, modules: &Path, dir: &Path) -> anyhow::Result<()> {
    let unfinished = dir.join(format!(".{}.unfinished", tool.name));
    let status = go()
        .current_dir(modules.join(tool.module))
        .args([
            "build",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags",
            tool.ldflags,
            "-o",
        ])
        .arg(&unfinished)
        .arg(tool.package)
        .status()
        .context("run go build")?;
    if !status.success() {
        bail!(
            "go build {} failed ({status}); its errors are above",
            tool.package
        );
    }
    fs::rename(&unfinished, dir.join(tool.name)).with_context(|| format!("finish {}", tool.name))
}

fn go() -> Command {
    let mut command = Command::new("go");
    command
        .env("GOTOOLCHAIN", "local")
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off");
    command
}

fn check_go() -> anyhow::Result<()> {
    let mut command = go();
    command.args(["env", "GOVERSION"]);
    let version = CommandOutput::of(command, None)
        .ok()
        .filter(CommandOutput::success)
        .map(|output| output.stdout);
    match version.as_deref().map(str::trim) {
        Some(version) if parse_go_version(version).is_none_or(|found| found >= GO_VERSION) => Ok(()),
        found => bail!("{}", go_advice(found)),
    }
}

/// `(1, 26)` of `go1.26.8`; nothing for a development version, which is taken as new enough.
fn parse_go_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix("go")?.split(['.', 'r', 'b', ' ', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn go_advice(found: Option<&str>) -> String {
    let (major, minor) = GO_VERSION;
    let found = found.map_or("there is no `go` on PATH".to_owned(), |version| {
        format!("`go` is {version}")
    });
    format!(
        "the local control plane is built with Go {major}.{minor} or newer, but {found}.\n\
         Install it from https://go.dev/dl/ (Debian 12's package golang is 1.19, too old; use a release that has \
         golang-{major}.{minor}), or point KUBEBUILDER_ASSETS at a directory with etcd, kube-apiserver, kubectl, \
         kube-controller-manager and helm: with those there, nothing is built."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_versions() {
        assert_eq!(parse_go_version("go1.26.8"), Some((1, 26)));
        assert_eq!(parse_go_version("go1.27rc1"), Some((1, 27)));
        assert_eq!(parse_go_version("go1.9"), Some((1, 9)));
        assert_eq!(parse_go_version("devel +abc"), None);
    }

    #[test]
    fn the_pins_and_the_stamps_are_the_same_version() {
        let modules = repository().join("tests/control-plane");
        let kubernetes = fs::read_to_string(modules.join("kubernetes/go.mod")).unwrap();
        assert!(kubernetes.contains(&format!(
            "k8s.io/kubernetes {}",
            crate::assets::KUBERNETES_VERSION
        )));
        assert!(STAMPED.contains(crate::assets::KUBERNETES_VERSION));
        for module in ["etcd", "kubernetes", "helm"] {
            let pinned = fs::read_to_string(modules.join(module).join("go.mod")).unwrap();
            assert!(
                pinned.contains(&format!("\ngo {}.{}", GO_VERSION.0, GO_VERSION.1)),
                "{module}"
            );
        }
    }

    #[test]
    fn without_go_the_error_says_what_to_do() {
        let advice = go_advice(None);
        for part in [
            "Go 1.26",
            "go.dev/dl",
            "Debian 12",
            "KUBEBUILDER_ASSETS",
            "no `go` on PATH",
        ] {
            assert!(advice.contains(part), "{part}: {advice}");
        }
        assert!(go_advice(Some("go1.19.8")).contains("`go` is go1.19.8"));
    }
}
