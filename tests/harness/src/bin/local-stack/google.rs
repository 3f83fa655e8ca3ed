//! The simulated Google Workspace of the stack.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use dialplane_test_harness::{Service, say};
use google_workspace_simulator::{Seed, generate, keys};

use crate::stack::{SIMULATOR, Stack};

/// Enough to look at, and few enough to read.
const PEOPLE: usize = 42;

/// What an administrator would register for an operator that reads people, and chooses them by group and unit.
const SCOPES: [&str; 4] = [
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "https://www.googleapis.com/auth/admin.directory.group.readonly",
    "https://www.googleapis.com/auth/admin.directory.group.member.readonly",
    "https://www.googleapis.com/auth/admin.directory.orgunit.readonly",
];

/// The running simulator.
pub(crate) struct Google {
    pub(crate) endpoint: String,
    /// The service account's key file.
    pub(crate) key: PathBuf,
}

/// Makes the directory once, and starts the simulator with it unless it runs.
pub(crate) async fn ensure(stack: &Stack) -> anyhow::Result<Google> {
    let (directory, key) = (stack.path("directory.json"), stack.path("google-key.json"));
    if !directory.is_file() || !key.is_file() {
        make_directory(&directory, &key)?;
    }
    let endpoint = stack.endpoint("google-endpoint", SIMULATOR)?;
    let address = endpoint.trim_start_matches("http://").to_owned();
    let service = Service {
        name: SIMULATOR,
        program: stack.sibling(SIMULATOR)?,
        args: vec![
            "--listen".into(),
            address,
            "--seed".into(),
            directory.to_string_lossy().into_owned(),
            // The operator of the stack has no certificate that Google would take.
            "--insecure-webhooks".into(),
            // What Google puts up with the operator must not need.
            "--strict".into(),
        ],
        env: Vec::new(),
        ready_url: format!("{endpoint}/_simulator/requests"),
    };
    if stack.services.ensure(&service).await? {
        say(&format!(
            "a simulated Google Workspace with {PEOPLE} people answers at {endpoint}"
        ));
    }
    Ok(Google { endpoint, key })
}

fn make_directory(directory: &Path, key: &Path) -> anyhow::Result<()> {
    let mut seed: Seed = generate::directory(PEOPLE);
    let email = "dialplane@acme-voice.iam.gserviceaccount.com";
    let (key_file, mut account) = keys::service_account(email, "104497032270219758212", "acme-voice")?;
    account.delegated_scopes = SCOPES.map(str::to_owned).into();
    seed.add_service_account(account);
    write_private(key, &serde_json::to_string_pretty(&key_file)?)?;
    fs::write(directory, serde_json::to_string_pretty(&seed)?).context("write the directory")
}

fn write_private(path: &Path, content: &str) -> anyhow::Result<()> {
    let mut options = fs::File::options();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .context("write a key")?;
    file.write_all(content.as_bytes()).context("write a key")
}
