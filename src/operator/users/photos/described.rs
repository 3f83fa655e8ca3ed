//! What an extension says about its person's photo.

use crate::api::extension::{ConfigMapKeyRef, Photo};
use crate::google::directory::Mime;
use crate::sync::index::photo_mark;
use crate::sync::number::Number;

/// The key of the image in its ConfigMap.
pub const KEY: &str = "photo";
/// Types that an image may have.
const TYPES: [Mime; 5] = [Mime::Jpeg, Mime::Png, Mime::Gif, Mime::Bmp, Mime::Tiff];

/// Whether a mark is that of the photo with this etag, of whatever type.
pub fn is(mark: u32, tenant: &str, number: Number, etag: Option<&str>) -> bool {
    let Some(etag) = etag else { return mark == 0 };
    let of = |mime: &Mime| photo_mark(Some(&described(tenant, number, *mime, etag)));
    mark != 0 && TYPES.iter().any(|mime| of(mime) == mark)
}

/// Name of the ConfigMap.
pub fn name(tenant: &str, number: Number) -> String {
    format!("{tenant}-{number}-photo")
}

/// What an extension says about its person's photo.
pub fn described(tenant: &str, number: Number, mime: Mime, etag: &str) -> Photo {
    Photo {
        config_map_ref: ConfigMapKeyRef {
            name: name(tenant, number),
            key: KEY.to_owned(),
        },
        mime_type: mime.as_str().to_owned(),
        etag: etag.to_owned(),
    }
}
