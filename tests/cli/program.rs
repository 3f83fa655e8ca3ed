//! The program under test, as somebody runs it who may read and change integrations.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use dialplane_test_harness::{AuditEntries, AuditMark};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::world::World;

/// Where the program is.
pub(crate) const DIALPLANE: &str = env!("CARGO_BIN_EXE_dialplane");

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Ran {
    /// Insists on this exit code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "{self:#?}");
        self
    }

    /// Insists on these words on standard output.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stdout.contains(word), "no {word:?} in {self:#?}");
        }
        self
    }

    /// Insists on these words on standard error.
    #[track_caller]
    pub(crate) fn notes(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {self:#?}");
        }
        self
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// The program with the credentials of this kubeconfig and this world's Google.
pub(crate) fn program(world: &World, program: impl AsRef<Path>, kubeconfig: &Path) -> Command {
    let mut command = Command::new(program.as_ref());
    command
        .env("KUBECONFIG", kubeconfig)
        .env("DIALPLANE_GOOGLE_ENDPOINT", world.google.url())
        .env("DIALPLANE_GOOGLE_TRIES", "1")
        .kill_on_drop(true);
    command
}

/// Runs a command to its end, without blocking the simulator.
pub(crate) async fn run(mut command: Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read its input may be gone by now.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    Ran {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

impl World {
    /// Runs dialplane as admin in this namespace.
    pub(crate) async fn dialplane(&self, args: &[&str]) -> Ran {
        self.dialplane_as(self.plane.kubeconfig(), args, "").await
    }

    /// The same with other credentials and with this standard input.
    pub(crate) async fn dialplane_as(&self, kubeconfig: &Path, args: &[&str], input: &str) -> Ran {
        let mut command = program(self, DIALPLANE, kubeconfig);
        command.args(args).args(["-n", &self.namespace]);
        run(command, input).await
    }

    /// Lets the service account read what scopes by group and organizational unit need.
    pub(crate) fn delegate_scopes(&self) {
        let mut account = self.account.clone();
        let further = ["group.member", "orgunit"];
        let url = |name| format!("https://www.googleapis.com/auth/admin.directory.{name}.readonly");
        account.delegated_scopes.extend(further.map(url));
        self.google.put_service_account(account).unwrap();
    }

    /// A ServiceAccount with these rules in this namespace: its kubeconfig.
    pub(crate) async fn person(&self, name: &str, rules: &Value) -> PathBuf {
        let metadata = serde_json::json!({"name": name, "namespace": self.namespace});
        let objects = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata, "rules": rules},
            {
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata,
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": self.namespace}],
            },
        ]});
        self.plane
            .kubectl_stdin(&["apply", "-f", "-"], &objects.to_string())
            .ok()
            .unwrap();
        self.plane.service_account_kubeconfig(&self.namespace, name).await
    }

    /// Whatever anybody asked to change in this namespace since a mark, but for the namespace's own furnishings.
    pub(crate) async fn changes(&self, since: AuditMark) -> AuditEntries {
        let ours = self.requests(since).await.writes();
        ours.filter(|entry| !entry.user_agent.starts_with("kube-controller-manager"))
    }

    /// What the ServiceAccount of that name asked for since a mark: verb, resource and whether it was a dry run.
    pub(crate) async fn asked_by(&self, name: &str, since: AuditMark) -> Vec<(String, String, bool)> {
        let entries = self.audit.since(since).await;
        let theirs = entries.service_account(&self.namespace, name);
        theirs
            .iter()
            .filter(|entry| !entry.resource.is_empty())
            .map(|entry| {
                (
                    entry.verb.clone(),
                    entry.resource.clone(),
                    entry.uri.contains("dryRun=All"),
                )
            })
            .collect()
    }
}

/// What `dialplane plan NAME` needs: reading, and nothing else.
pub(crate) fn reading() -> Value {
    serde_json::json!([
        {"apiGroups": ["dialplane.io"], "resources": ["googleworkspaceintegrations", "pbxextensions"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["get"]},
    ])
}
