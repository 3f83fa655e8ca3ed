//! The discovery document of what is simulated, as Google's client libraries read it.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::methods::{self, Method};
use super::params::{Params, STANDARD};
use crate::answers::ApiError;
use crate::answers::response::api_response;
use crate::schema::{Resource, Shape};
use crate::workspace::Shared;

/// A part of Google's API `admin`, which has one document for each.
struct Part {
    version: &'static str,
    name: &'static str,
    /// What the paths of its methods begin with.
    paths: &'static [&'static str],
}

const PARTS: [Part; 2] = [
    Part {
        version: "directory_v1",
        name: "directory",
        paths: &["/admin/directory/", "/admin/directory_v1/"],
    },
    Part {
        version: "reports_v1",
        name: "reports",
        paths: &["/admin/reports/"],
    },
];

impl Part {
    fn methods(&self) -> impl Iterator<Item = &'static Method> {
        methods::all().filter(|method| self.paths.iter().any(|start| method.path.starts_with(start)))
    }
}

/// What paths begin with in front of a method's own.
const ROOT: &str = "/";

/// `GET $discovery/rest?version=directory_v1`
pub(crate) async fn by_version(
    State(workspace): State<Shared>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    let version = params.get("version").unwrap_or_default().to_owned();
    answer(&workspace.origin, &headers, "admin", &version)
}

/// `GET discovery/v1/apis/admin/directory_v1/rest`, the older address
pub(crate) async fn by_name(
    State(workspace): State<Shared>,
    Path((api, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    answer(&workspace.origin, &headers, &api, &version)
}

fn answer(origin: &str, headers: &HeaderMap, api: &str, version: &str) -> Response {
    let part = PARTS
        .iter()
        .find(|part| (api, version) == ("admin", part.version));
    let Some(part) = part else {
        return ApiError::not_found("Not Found").into_response();
    };
    // Who reaches the simulator under Google's name goes on to do so.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let google = host.filter(|host| host.ends_with(".googleapis.com"));
    let origin = google.map_or_else(|| origin.to_owned(), |host| format!("https://{host}"));
    api_response(StatusCode::OK, &document(part, &origin), true)
}

/// The document for whoever reaches the API at an origin.
fn document(part: &Part, origin: &str) -> Value {
    let mut resources = json!({});
    for method in part.methods() {
        let (path, name) = method.id.rsplit_once('.').unwrap_or(("", method.id));
        let mut place = &mut resources;
        for (depth, part) in path.split('.').enumerate() {
            place = if depth == 0 {
                &mut place[part]
            } else {
                &mut place["resources"][part]
            };
        }
        place["methods"][name] = describe(part, method);
    }
    let used = |name: &str| {
        part.methods()
            .any(|method| method.request == Some(name) || method.response == Some(name))
    };
    let schemas: Map<String, Value> = methods::RESOURCES
        .iter()
        .filter(|(name, _)| used(name) || part.name == "directory")
        .map(|(name, resource)| ((*name).to_owned(), schema(name, resource)))
        .collect();
    let scopes: Map<String, Value> = part
        .methods()
        .flat_map(|method| method.scopes)
        .map(|scope| ((*scope).to_owned(), json!({ "description": scope })))
        .collect();
    let parameters: Map<String, Value> = STANDARD
        .iter()
        .map(|name| ((*name).to_owned(), parameter(name, "query")))
        .collect();
    json!({
        "kind": "discovery#restDescription", "discoveryVersion": "v1", "id": format!("admin:{}", part.version), "name": "admin",
        "canonicalName": part.name, "version": part.version, "title": "Admin SDK API", "protocol": "rest",
        "description": "What is simulated of this part of the Admin SDK.",
        "rootUrl": format!("{origin}{ROOT}"), "baseUrl": format!("{origin}{ROOT}"), "basePath": "", "servicePath": "",
        "batchPath": "batch", "fullyEncodeReservedExpansion": true,
        "auth": { "oauth2": { "scopes": scopes } }, "parameters": parameters, "schemas": schemas, "resources": resources,
    })
}

fn describe(part: &Part, method: &Method) -> Value {
    let in_path: Vec<&str> = method
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|key| key.trim_start_matches('+'))
        .collect();
    let mut parameters = Map::new();
    for key in &in_path {
        let mut described = parameter(key, "path");
        described["required"] = true.into();
        parameters.insert((*key).to_owned(), described);
    }
    for name in method.parameters {
        parameters.insert((*name).to_owned(), parameter(name, "query"));
    }
    let mut described = json!({ "id": format!("{}.{}", part.name, method.id), "httpMethod": method.http,
        "path": method.path.trim_start_matches('/'), "parameters": parameters, "parameterOrder": in_path,
        "scopes": method.scopes });
    for (key, name) in [("request", method.request), ("response", method.response)] {
        if let Some(name) = name {
            described[key] = json!({ "$ref": name });
        }
    }
    described
}

fn parameter(name: &str, location: &str) -> Value {
    match name {
        "maxResults" => json!({ "type": "integer", "format": "int32", "location": location }),
        "includeDerivedMembership" | "includeIndirectRoleAssignments" | "prettyPrint" => {
            json!({ "type": "boolean", "location": location })
        }
        _ => json!({ "type": "string", "location": location }),
    }
}

/// A resource by the names of its fields. Of what types they are only answers tell.
fn schema(name: &str, resource: &'static Resource) -> Value {
    let list = methods::all()
        .find(|method| method.response == Some(name))
        .and_then(|method| method.items);
    let property = |field: &str, shape: Shape| match shape {
        Shape::Object(item) if list == Some(field) => {
            let named = methods::RESOURCES
                .iter()
                .find(|(_, known)| std::ptr::eq(*known, item));
            let items = named.map_or_else(|| json!({ "type": "any" }), |(name, _)| json!({ "$ref": name }));
            json!({ "type": "array", "items": items })
        }
        Shape::Leaf if ["kind", "etag", "id", "nextPageToken"].contains(&field) => {
            json!({ "type": "string" })
        }
        _ => json!({ "type": "any" }),
    };
    let fields = resource.fields();
    let properties: Map<String, Value> = fields
        .map(|(field, shape)| (field.to_owned(), property(field, shape)))
        .collect();
    json!({ "id": name, "type": "object", "properties": properties })
}
