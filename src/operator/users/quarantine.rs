//! Where quarantined numbers are kept: ten ConfigMaps per tenant, one for each last digit, so that they survive
//! restarts and the integration itself. One entry has about 60 bytes; together they hold some 150,000.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::try_join_all;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ObjectMeta, Patch};
use kube::{Api, Error, ResourceExt as _};
use serde_json::{Value, json};

use crate::api::integration::Numbering;
use crate::api::names::{LABEL_MANAGED_BY, LABEL_TENANT, MANAGED_BY};
use crate::api::reasons;
use crate::operator::engine::context::Context;
use crate::operator::engine::fault::{Area, Fault};
use crate::operator::engine::index::TenantKey;
use crate::operator::engine::kubernetes::{
    Attempts, creating, is_managed, is_right_missing, patching, within,
};
use crate::sync::driver::freed;
use crate::sync::number::Number;
use crate::sync::plan::Planned;
use crate::sync::quarantine::{Entry, Quarantine, from_text, to_text};

/// The quarantined numbers of each tenant that has been asked for.
#[derive(Default)]
struct Quarantines(Mutex<HashMap<TenantKey, Quarantine>>);

impl Quarantines {
    fn lock(&self) -> MutexGuard<'_, HashMap<TenantKey, Quarantine>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(key: &TenantKey, digit: u8) -> String {
    format!("{}-quarantine-{digit}", key.tenant)
}

/// The quarantined numbers of a tenant: read once, then remembered until another operator has moved somebody. How long each
/// waits is what is declared now.
pub async fn load(ctx: &Context, key: &TenantKey, numbering: &Numbering) -> Result<Quarantine, Fault> {
    let length = numbering.quarantine.get().unwrap_or_default();
    let known = ctx.slot::<Quarantines>();
    let left = ctx.extensions.with(key, |tenant| tenant.index.left_by_others());
    let remembered = known.lock().get(key).filter(|_| left.is_empty()).cloned();
    if let Some(remembered) = remembered {
        return Ok(remembered.lasting(length));
    }
    let api: Api<ConfigMap> = Api::namespaced(ctx.client.clone(), &key.namespace);
    let reads = (0..10).map(|digit| {
        let api = &api;
        async move { within(api.get_opt(&name(key, digit))).await }
    });
    let maps = match try_join_all(reads).await {
        Ok(maps) => maps,
        Err(error) if is_needless(length, &error) => return Ok(Quarantine::default()),
        Err(error) => return Err(Fault::kubernetes("read the numbers in quarantine", error)),
    };
    if let Some(foreign) = maps.iter().flatten().find(|map| !is_managed(*map)) {
        return Err(foreign_map(&foreign.name_any()));
    }
    let now = Timestamp::now();
    let mut quarantine = Quarantine::default().lasting(length);
    for (number, text) in maps
        .into_iter()
        .flatten()
        .flat_map(|map| map.data.unwrap_or_default())
    {
        if let (Some(number), Some(entry)) = (Number::parse(&number), from_text(&text, now)) {
            quarantine.insert(number, entry);
        } else {
            tracing::warn!(tenant = key.tenant, number, "ignored an invalid quarantine entry");
        }
    }
    known.lock().insert(key.clone(), quarantine.clone());
    ctx.extensions.with(key, |tenant| tenant.index.forget_left(&left));
    Ok(quarantine)
}

/// Puts the numbers of extensions that are about to be deleted into quarantine; which ones, and for whom, [`freed`] says.
pub async fn leave(
    ctx: &Context,
    key: &TenantKey,
    removals: &[Planned],
    numbering: &Numbering,
    now: Timestamp,
) -> Result<(), Fault> {
    let entries = freed(removals, now);
    if entries.is_empty() {
        return Ok(());
    }
    record(ctx, key, entries, numbering, now).await
}

/// Puts numbers into quarantine. Call it before the extensions are deleted: a number that waits for nothing does no
/// harm, one that is free too early does.
async fn record(
    ctx: &Context,
    key: &TenantKey,
    entries: Vec<(Number, Entry)>,
    numbering: &Numbering,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut quarantine = load(ctx, key, numbering).await?;
    let mut by_digit: BTreeMap<u8, serde_json::Map<String, Value>> = BTreeMap::new();
    for (number, entry) in &entries {
        let data = by_digit.entry(number.last_digit()).or_default();
        data.insert(number.to_string(), json!(to_text(entry)));
    }
    let length = numbering.quarantine.get().unwrap_or_default();
    for (digit, mut data) in by_digit {
        let over = quarantine.expired(digit, now);
        for number in &over {
            data.entry(number.to_string()).or_insert(Value::Null);
        }
        match write(ctx, key, digit, data).await {
            Ok(()) => {}
            Err(error) if is_needless(length, &error) => return Ok(()),
            Err(error) => return Err(Fault::kubernetes("store the numbers in quarantine", error)),
        }
        quarantine.forget(&over);
    }
    for (number, entry) in entries {
        quarantine.insert(number, entry);
    }
    ctx.slot::<Quarantines>().lock().insert(key.clone(), quarantine);
    Ok(())
}

async fn write(
    ctx: &Context,
    key: &TenantKey,
    digit: u8,
    data: serde_json::Map<String, Value>,
) -> Result<(), Error> {
    let api: Api<ConfigMap> = Api::namespaced(ctx.client.clone(), &key.namespace);
    let name = name(key, digit);
    let mut attempts = Attempts::default();
    while attempts.next().await {
        ctx.metrics.wrote("patch", "ConfigMap");
        let patch = Patch::Merge(json!({"data": data}));
        match within(api.patch(&name, &patching(), &patch)).await {
            Ok(_) => return Ok(()),
            Err(Error::Api(status)) if status.is_not_found() => {}
            Err(error) => {
                attempts.failed(error)?;
                continue;
            }
        }
        ctx.metrics.wrote("create", "ConfigMap");
        match within(api.create(&creating(), &map(key, &name, &data))).await {
            Ok(_) => return Ok(()),
            // Made by somebody else since.
            Err(error) if is_already_there(&error) => attempts.again(error),
            Err(error) => attempts.failed(error)?,
        }
    }
    Err(attempts.given_up())
}

/// Whoever lets no number wait may leave out the right to note them (`quarantine.allowed` of the chart).
fn is_needless(length: Duration, error: &Error) -> bool {
    length.is_zero() && is_right_missing(error)
}

/// Somebody else's object has the name of one of ours. It is not adopted: what is in it may be anything.
fn foreign_map(name: &str) -> Fault {
    let message = format!(
        "ConfigMap {name} has the name that Dialplane needs for the numbers in quarantine, but not the label {LABEL_MANAGED_BY}: {MANAGED_BY}. Rename or delete it. If it was restored from a backup without labels, add the label instead."
    );
    Fault::stalled(Area::Sync, reasons::OBJECT_CONFLICT, message)
}

fn is_already_there(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.is_already_exists())
}

fn map(key: &TenantKey, name: &str, data: &serde_json::Map<String, Value>) -> ConfigMap {
    let labels = [
        (LABEL_MANAGED_BY, MANAGED_BY),
        (LABEL_TENANT, key.tenant.as_str()),
    ];
    let kept = data
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(
                labels
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .into(),
            ),
            ..ObjectMeta::default()
        },
        data: Some(kept.collect()),
        ..ConfigMap::default()
    }
}
