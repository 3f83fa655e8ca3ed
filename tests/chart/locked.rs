//! A namespace under the locks of a release of its own, and the people who try them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use dialplane_test_harness::ControlPlane;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::{Client, Config};
use serde_json::{Value, json};

use super::{CHART, helm};

/// How long the API server may take to put a new policy into force.
const PATIENCE: Duration = Duration::from_mins(1);
/// Name of the integration that keeps the managed extensions here.
const INTEGRATION: &str = "acme";

/// A release limited to one namespace, with each of its roles bound to a user of the role's name.
pub(crate) struct Locked {
    pub(crate) plane: Arc<ControlPlane>,
    /// Where the release is.
    pub(crate) home: String,
    /// Where the extensions are.
    pub(crate) namespace: String,
}

/// The release's name, and its operator's.
pub(crate) const RELEASE: &str = "dialplane";

impl Locked {
    /// The locks are in force when it returns.
    pub(crate) async fn install(values: &[&str]) -> Result<Self> {
        let locked = Self::install_unlocked(values).await?;
        locked.wait_for_locks().await?;
        Ok(locked)
    }

    /// The same without waiting for the locks.
    pub(crate) async fn install_unlocked(values: &[&str]) -> Result<Self> {
        let plane = ControlPlane::shared().await;
        plane.install_crds().await;
        let (home, namespace) = (plane.namespace("home").await, plane.namespace("locked").await);
        let limited = format!("watchNamespaces=[\"{namespace}\"]");
        let values = [&["crds.install=false", "replicaCount=0", &limited][..], values].concat();
        helm(&plane, &["install", RELEASE, CHART], &home, &values).ok()?;
        for role in ["view", "edit", "admin", "pbx"] {
            let (role_flag, user) = (format!("--role={RELEASE}-{role}"), format!("--user={role}"));
            let bind = ["create", "rolebinding", role, &role_flag, &user, "-n", &namespace];
            plane.kubectl(&bind).ok()?;
        }
        Ok(Self {
            plane,
            home,
            namespace,
        })
    }

    /// Returns once an edit of much that is locked is refused, which only the locks do.
    pub(crate) async fn wait_for_locks(&self) -> Result<()> {
        let (operator, admin) = (self.operator().await?, self.cluster_admin().await);
        operator.create(extension("probe", "100", json!({}))).await?;
        let much = json!({"metadata": {"labels": null}, "spec": {"user": null, "google": null}});
        let deadline = Instant::now() + PATIENCE;
        while admin.try_out("probe-100", &much).await.is_ok() {
            ensure!(Instant::now() < deadline, "the locks do not come into force");
        }
        operator.delete("probe-100").await
    }

    /// The operator, with a token of its ServiceAccount.
    pub(crate) async fn operator(&self) -> Result<Actor> {
        let kubeconfig = self.plane.service_account_kubeconfig(&self.home, RELEASE).await;
        Ok(Actor::new(
            self.plane.client_from(&kubeconfig).await,
            "operator",
            &self.namespace,
        ))
    }

    /// A member of system:masters, who may everything.
    pub(crate) async fn cluster_admin(&self) -> Actor {
        Actor::new(self.plane.client().await, "admin", &self.namespace)
    }

    /// A user whom nothing but a RoleBinding gives rights: `view`, `edit`, `admin` or `pbx`; or any other.
    pub(crate) async fn user(&self, name: &str) -> Result<Actor> {
        Actor::impersonated(&self.plane, name, &self.namespace).await
    }

    /// The extension `acme-<number>` as the operator makes it.
    pub(crate) async fn managed(&self, number: &str) -> Result<String> {
        self.operator()
            .await?
            .create(extension("acme", number, json!({})))
            .await?;
        Ok(format!("acme-{number}"))
    }
}

/// An extension that an integration keeps, changed by this merge patch.
pub(crate) fn extension(tenant: &str, number: &str, change: Value) -> Value {
    let mut object = json!({
        "apiVersion": "dialplane.io/v1alpha1",
        "kind": "PbxExtension",
        "metadata": {
            "name": format!("{tenant}-{number}"),
            "labels": {
                "app.kubernetes.io/managed-by": "dialplane",
                "dialplane.io/tenant": tenant,
                "dialplane.io/integration": INTEGRATION,
                "dialplane.io/source": "google",
                "dialplane.io/google-user-id": format!("id{number}"),
            },
        },
        "spec": {
            "tenant": tenant,
            "number": number,
            "user": {
                "firstName": "Ana", "lastName": "Silva", "displayName": "Ana Silva", "email": "ana@acme.example",
                "mobile": "+351 910 000 000", "jobTitle": "Engineer",
            },
            "google": {"userId": format!("id{number}"), "orgUnitPath": "/Sales"},
        },
    });
    merge(&mut object, change);
    object
}

/// An extension that a person makes, changed by this merge patch.
pub(crate) fn hand_made(number: &str, change: Value) -> Value {
    let mut object = extension(
        "acme",
        number,
        json!({"metadata": {"labels": null}, "spec": {"google": null}}),
    );
    merge(&mut object, change);
    object
}

fn merge(object: &mut Value, change: Value) {
    match (object, change) {
        (Value::Object(fields), Value::Object(changes)) => {
            for (key, change) in changes {
                if change.is_null() {
                    fields.remove(&key);
                } else {
                    merge(fields.entry(key).or_insert(Value::Null), change);
                }
            }
        }
        (object, change) => *object = change,
    }
}

/// Somebody who asks the API server for something.
pub(crate) struct Actor {
    pub(crate) name: String,
    pub(crate) client: Client,
    extensions: Api<DynamicObject>,
}

impl Actor {
    pub(crate) fn new(client: Client, name: &str, namespace: &str) -> Self {
        let kind = ApiResource::erase::<dialplane::api::PbxExtension>(&());
        Self {
            name: name.to_owned(),
            extensions: Api::namespaced_with(client.clone(), namespace, &kind),
            client,
        }
    }

    pub(crate) async fn impersonated(plane: &ControlPlane, user: &str, namespace: &str) -> Result<Self> {
        let kubeconfig = kube::config::Kubeconfig::read_from(plane.kubeconfig())?;
        let mut config =
            Config::from_custom_kubeconfig(kubeconfig, &kube::config::KubeConfigOptions::default()).await?;
        config.auth_info.impersonate = Some(user.to_owned());
        Ok(Self::new(Client::try_from(config)?, user, namespace))
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Value> {
        Ok(serde_json::to_value(self.extensions.get(name).await?)?)
    }

    pub(crate) async fn create(&self, object: Value) -> Result<()> {
        let object = serde_json::from_value(object)?;
        self.extensions.create(&PostParams::default(), &object).await?;
        Ok(())
    }

    pub(crate) async fn edit(&self, name: &str, patch: &Value) -> Result<()> {
        self.extensions
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await?;
        Ok(())
    }

    /// Asks and changes nothing.
    pub(crate) async fn try_out(&self, name: &str, patch: &Value) -> Result<()> {
        let params = PatchParams::default().dry_run();
        self.extensions.patch(name, &params, &Patch::Merge(patch)).await?;
        Ok(())
    }

    pub(crate) async fn edit_status(&self, name: &str, patch: &Value) -> Result<()> {
        self.extensions
            .patch_status(name, &PatchParams::default(), &Patch::Merge(patch))
            .await?;
        Ok(())
    }

    /// The whole object is written, as `kubectl replace` does.
    pub(crate) async fn replace(&self, name: &str, object: Value) -> Result<()> {
        let object = serde_json::from_value(object)?;
        self.extensions
            .replace(name, &PostParams::default(), &object)
            .await?;
        Ok(())
    }

    pub(crate) async fn delete(&self, name: &str) -> Result<()> {
        self.extensions.delete(name, &DeleteParams::default()).await?;
        Ok(())
    }

    pub(crate) async fn delete_all(&self) -> Result<()> {
        self.extensions
            .delete_collection(&DeleteParams::default(), &ListParams::default())
            .await?;
        Ok(())
    }
}

/// Why the locks refused it; an error when they did not.
pub(crate) fn locked_out<T>(answer: Result<T>) -> Result<String> {
    let message = refused(answer, 403)?;
    let (_, reason) = message
        .split_once(".locks' denied request: ")
        .with_context(|| format!("refused by something else: {message}"))?;
    Ok(reason.to_owned())
}

/// What the API server says that refused it with this HTTP status.
pub(crate) fn refused<T>(answer: Result<T>, code: u16) -> Result<String> {
    let Err(error) = answer else { bail!("it was done") };
    match error.downcast::<kube::Error>()? {
        kube::Error::Api(status) if status.code == code => Ok(status.message.clone()),
        other => bail!("{other}"),
    }
}

/// RBAC refused it.
pub(crate) fn no_right<T>(answer: Result<T>) -> Result<()> {
    let message = refused(answer, 403)?;
    ensure!(message.contains("cannot"), "{message}");
    Ok(())
}
