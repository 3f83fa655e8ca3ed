//! An image as a container runtime takes it: unpacked, checked against its digests, run on its own root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// An image whose every part has been checked.
pub(crate) struct Image {
    /// `config.json` of the image.
    pub(crate) config: Value,
    /// `index.json` of the layout.
    pub(crate) index: Value,
    /// `manifest.json`, which `docker load` reads.
    pub(crate) docker: Value,
    /// Owners and modes of the files in the layer, as tar lists them.
    pub(crate) listing: String,
    dir: tempfile::TempDir,
}

impl Image {
    pub(crate) fn open(archive: &Path) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let layout = dir.path().join("layout");
        untar(archive, &layout)?;
        ensure!(json(&layout.join("oci-layout"))?["imageLayoutVersion"] == "1.0.0");
        let index = json(&layout.join("index.json"))?;
        let manifest = json(&blob(&layout, &index["manifests"][0]["digest"])?)?;
        let config = json(&blob(&layout, &manifest["config"]["digest"])?)?;
        let layer = blob(&layout, &manifest["layers"][0]["digest"])?;
        untar(&layer, &dir.path().join("root"))?;
        let list = run(Command::new("tar").args(["--numeric-owner", "-tvf"]).arg(&layer))?;
        Ok(Self {
            docker: json(&layout.join("manifest.json"))?,
            listing: String::from_utf8(list.stdout)?,
            config,
            index,
            dir,
        })
    }

    /// The root of a container of this image.
    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    /// Every file of the layer, by its path.
    pub(crate) fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = self
            .listing
            .lines()
            .filter(|line| line.starts_with('-'))
            .filter_map(|line| line.split_whitespace().last())
            .collect();
        files.sort_unstable();
        files
    }

    /// The image's program on the image's root, as a user without rights and with nothing in its environment.
    pub(crate) fn command(&self, args: &[&str]) -> Result<Command> {
        let entrypoint = self.config["config"]["Entrypoint"][0]
            .as_str()
            .context("no entrypoint")?;
        let mut command = if is_root()? {
            let mut command = Command::new("chroot");
            command.arg("--userspec=65532:65532");
            command
        } else {
            let mut command = Command::new("unshare");
            command.args(["--map-root-user", "chroot"]);
            command
        };
        command.arg(self.root()).arg(entrypoint).args(args);
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path);
        Ok(command)
    }
}

fn is_root() -> Result<bool> {
    Ok(String::from_utf8(run(Command::new("id").arg("-u"))?.stdout)?.trim() == "0")
}

/// The file of this digest, whose content has it.
fn blob(layout: &Path, digest: &Value) -> Result<PathBuf> {
    let digest = digest.as_str().context("no digest")?;
    let hex = digest.strip_prefix("sha256:").context("another digest")?;
    let path = layout.join("blobs/sha256").join(hex);
    let found = Sha256::digest(fs::read(&path)?)
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    ensure!(found == hex, "{} has the digest {found}", path.display());
    Ok(path)
}

fn json(path: &Path) -> Result<Value> {
    serde_json::from_slice(&fs::read(path)?).with_context(|| path.display().to_string())
}

fn untar(archive: &Path, target: &Path) -> Result<()> {
    fs::create_dir_all(target)?;
    run(Command::new("tar")
        .args(["--no-same-owner", "-xf"])
        .arg(archive)
        .arg("-C")
        .arg(target))?;
    // Whoever runs the program must reach it.
    run(Command::new("chmod")
        .arg("a+rx")
        .arg(target)
        .args(target.parent()))?;
    Ok(())
}

/// Runs it to a good end.
pub(crate) fn run(command: &mut Command) -> Result<Output> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output)
}
