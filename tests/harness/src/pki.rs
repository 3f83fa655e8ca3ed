//! The control plane's own certificate authority and everything it signs.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// Writes the authority, the serving pair, the admin's pair and the ServiceAccount signing pair into `dir`.
pub(crate) fn create(dir: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
    let (ca_pem, issuer) = authority()?;
    fs::write(dir.join("ca.crt"), ca_pem)?;

    let mut serving = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    serving
        .distinguished_name
        .push(DnType::CommonName, "kube-apiserver");
    serving.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // The API server looks for these two names in its --cert-dir.
    sign(dir, "apiserver", serving, &issuer)?;

    let mut admin = CertificateParams::default();
    admin.distinguished_name.push(DnType::CommonName, "admin");
    // The one group that RBAC never refuses.
    admin
        .distinguished_name
        .push(DnType::OrganizationName, "system:masters");
    admin.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    sign(dir, "admin", admin, &issuer)?;

    let accounts = KeyPair::generate()?;
    write_private(&dir.join("sa.key"), &accounts.serialize_pem())?;
    fs::write(dir.join("sa.pub"), accounts.public_key_pem())?;
    Ok(())
}

fn authority() -> anyhow::Result<(String, Issuer<'static, KeyPair>)> {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "local control plane");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((pem, Issuer::new(params, key)))
}

fn sign(
    dir: &Path,
    name: &str,
    mut params: CertificateParams,
    issuer: &Issuer<'static, KeyPair>,
) -> anyhow::Result<()> {
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    fs::write(dir.join(format!("{name}.crt")), certificate.pem())?;
    write_private(&dir.join(format!("{name}.key")), &key.serialize_pem())
}

/// Writes a file that only its owner can read, whatever was there before.
pub(crate) fn write_private(path: &Path, content: &str) -> anyhow::Result<()> {
    if path.exists() {
        fs::remove_file(path).with_context(|| format!("replace {}", path.display()))?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("create {}", path.display()))?;
    std::io::Write::write_all(&mut file, content.as_bytes())
        .with_context(|| format!("write {}", path.display()))
}
