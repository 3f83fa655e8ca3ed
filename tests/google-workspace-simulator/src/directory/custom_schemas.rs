//! Schemas of custom fields: those that were declared, and those that people's fields imply.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::change_error::ChangeError;
use super::draft::etag;

/// `Schema` resources by name.
#[derive(Debug, Default)]
pub(crate) struct CustomSchemas {
    by_name: BTreeMap<String, Map<String, Value>>,
}

impl CustomSchemas {
    /// All of them, in the order of their names.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.by_name.values()
    }

    /// A schema by name or id.
    pub(crate) fn find(&self, key: &str) -> Option<&Map<String, Value>> {
        let by_id = || {
            self.all()
                .find(|schema| schema.get("schemaId").is_some_and(|id| id == key))
        };
        self.by_name.get(key).or_else(by_id)
    }

    /// Adds a schema that a seed declares; ids, etags and kinds that it leaves out are made up.
    pub(super) fn declare(&mut self, schema: Value) -> Result<(), ChangeError> {
        let Value::Object(mut schema) = schema else {
            return Err(ChangeError::invalid("the schema must be a JSON object"));
        };
        let name = schema
            .get("schemaName")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if self.by_name.contains_key(&name) {
            return Err(ChangeError::Conflict(format!("schemaName: {name:?} is taken")));
        }
        let mut fields = match schema.remove("fields") {
            None => Vec::new(),
            Some(Value::Array(fields)) => fields,
            Some(_) => return Err(ChangeError::invalid("fields: must be a list")),
        };
        for field in &mut fields {
            let Some(field) = field.as_object_mut() else {
                return Err(ChangeError::invalid("fields: must be a list of objects"));
            };
            complete_field(&name, field);
        }
        schema.insert("fields".to_owned(), fields.into());
        complete(&name, &mut schema);
        self.by_name.insert(name, schema);
        Ok(())
    }

    /// Adds what a person's custom fields need and nobody declared.
    pub(super) fn imply(&mut self, person: &Map<String, Value>) {
        let Some(Value::Object(custom)) = person.get("customSchemas") else {
            return;
        };
        for (name, values) in custom {
            let Value::Object(values) = values else { continue };
            let schema = self.by_name.entry(name.clone()).or_insert_with(|| {
                let mut schema = Map::new();
                complete(name, &mut schema);
                schema
            });
            let known = |fields: &[Value], field: &str| fields.iter().any(|one| one["fieldName"] == field);
            let fields = schema.entry("fields").or_insert_with(|| json!([]));
            let Value::Array(fields) = fields else { continue };
            for (field, value) in values {
                if !known(fields, field) {
                    let mut spec = Map::new();
                    spec.insert("fieldName".to_owned(), field.clone().into());
                    spec.insert("fieldType".to_owned(), type_of(value).into());
                    spec.insert("multiValued".to_owned(), value.is_array().into());
                    complete_field(name, &mut spec);
                    fields.push(spec.into());
                }
            }
        }
    }
}

/// The type that holds a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Array(entries) => entries.first().map_or("STRING", |entry| type_of(&entry["value"])),
        Value::Bool(_) => "BOOL",
        Value::Number(number) if number.is_f64() => "DOUBLE",
        Value::Number(_) => "INT64",
        _ => "STRING",
    }
}

fn complete(name: &str, schema: &mut Map<String, Value>) {
    let defaults = [
        ("kind", json!("admin#directory#schema")),
        ("schemaId", invent_id(&name).into()),
        ("schemaName", name.into()),
        ("displayName", name.into()),
        ("etag", etag(&name).into()),
    ];
    for (key, value) in defaults {
        schema.entry(key).or_insert(value);
    }
}

fn complete_field(schema: &str, field: &mut Map<String, Value>) {
    let name = field
        .get("fieldName")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let defaults = [
        ("kind", json!("admin#directory#schema#fieldspec")),
        ("fieldId", invent_id(&(schema, &name)).into()),
        ("fieldType", json!("STRING")),
        ("multiValued", json!(false)),
        ("indexed", json!(true)),
        ("readAccessType", json!("ALL_DOMAIN_USERS")),
        ("displayName", json!(name)),
        ("etag", etag(&(schema, &name)).into()),
    ];
    for (key, value) in defaults {
        field.entry(key).or_insert(value);
    }
}

/// An id such as `zmbAHZAZQZyCHd8VJZ2DSw==`, the same for the same words.
fn invent_id(words: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
    let first = hasher.finish();
    hasher.write_u64(first);
    let bytes = [first.to_be_bytes(), hasher.finish().to_be_bytes()].concat();
    STANDARD.encode(bytes)
}
