//! What a caller sees of a person: view, projection and `fields` mask.

use serde_json::{Map, Value};

use super::params::Params;
use crate::answers::ApiError;
use crate::directory::user::User;
use crate::mask::Mask;

/// Fields that the domain-wide public view shows; the rest is for administrators.
const PUBLIC: &[&str] = &[
    "addresses",
    "emails",
    "etag",
    "externalIds",
    "id",
    "ims",
    "kind",
    "languages",
    "locations",
    "name",
    "organizations",
    "phones",
    "primaryEmail",
    "relations",
    "thumbnailPhotoEtag",
    "thumbnailPhotoUrl",
    "websites",
];

/// Which custom schemas an answer carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Projection {
    #[default]
    Basic,
    Custom,
    Full,
}

/// How people are shown to one caller.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The administrators' view, which only they may ask for.
    pub(crate) admin: bool,
    projection: Projection,
    schemas: Vec<String>,
}

impl View {
    /// Reads viewType, projection and customFieldMask.
    pub(crate) fn from_params(params: &Params) -> Result<Self, ApiError> {
        let admin = params
            .one_of("viewType", &[("admin_view", true), ("domain_public", false)])?
            .unwrap_or(true);
        let words = [
            ("basic", Projection::Basic),
            ("custom", Projection::Custom),
            ("full", Projection::Full),
        ];
        let projection = params.one_of("projection", &words)?.unwrap_or_default();
        let schemas = params.get("customFieldMask").unwrap_or_default();
        let schemas: Vec<String> = schemas
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        if !schemas.is_empty() && projection != Projection::Custom {
            return Err(ApiError::invalid_input());
        }
        Ok(Self {
            admin,
            projection,
            schemas,
        })
    }

    /// A person as this view shows it.
    pub(crate) fn show(&self, user: &User, mask: &Mask) -> Map<String, Value> {
        if user.deleted_at().is_some() {
            return mask.apply_object(&user.tombstone(), |_| true);
        }
        let keep = |name: &str| {
            (self.admin || PUBLIC.contains(&name))
                && (name != "customSchemas" || self.projection == Projection::Full)
        };
        let mut shown = user.resource();
        let chosen = self.chosen_schemas(&shown, mask);
        mask.reduce(&mut shown, keep);
        if let Some(chosen) = chosen {
            shown.insert("customSchemas".to_owned(), Value::Object(chosen));
        }
        shown
    }

    /// The custom schemas that were asked for by name; nothing when there are none.
    fn chosen_schemas(&self, resource: &Map<String, Value>, mask: &Mask) -> Option<Map<String, Value>> {
        if !self.admin || self.projection != Projection::Custom {
            return None;
        }
        let below = mask.below("customSchemas")?;
        let all = resource.get("customSchemas")?.as_object()?;
        let chosen = below.apply_object(all, |name| self.schemas.iter().any(|schema| schema == name));
        (!chosen.is_empty()).then_some(chosen)
    }
}
