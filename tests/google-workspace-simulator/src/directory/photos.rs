//! Photos as stored and shown.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::change_error::ChangeError;
use super::draft::etag;
use super::user::User;
use crate::schema;
use crate::switches::{PhotoMimeType, PhotoPadding, Switches};

/// A grey head and shoulders of 96 by 96 pixels.
const PORTRAIT: &[u8] = include_bytes!("portrait.jpg");
/// Google's thumbnails have this width and height, in pixels.
const SIDE: u32 = 96;

/// A photo as it was put there.
#[derive(Debug, Clone)]
pub(crate) struct Photo {
    data: Data,
    mime_type: String,
    width: Value,
    height: Value,
}

/// The picture, or a text that is no picture, which a test may want.
#[derive(Debug, Clone, Hash)]
enum Data {
    Picture(Vec<u8>),
    Text(String),
}

/// The photos that were put there, by the person's id, each with its etag.
#[derive(Debug, Default)]
pub(crate) struct Photos {
    by_person: HashMap<String, (String, Photo)>,
}

impl Photo {
    /// A picture as it is. The simulator does not scale: the answer says 96 by 96 whatever the picture's size.
    pub(crate) fn new(mime_type: &str, picture: Vec<u8>) -> Result<Self, ChangeError> {
        if picture.is_empty() {
            return Err(ChangeError::invalid("the photo has no bytes"));
        }
        Ok(Self {
            data: Data::Picture(picture),
            mime_type: mime_type.to_owned(),
            width: SIDE.into(),
            height: SIDE.into(),
        })
    }

    /// Reads a `UserPhoto` resource. `photoData` that is not base64 is kept as it is, and so are malformed sizes.
    pub(crate) fn from_resource(resource: &Value) -> Result<Self, ChangeError> {
        let Value::Object(given) = resource else {
            return Err(ChangeError::invalid("the photo must be a JSON object"));
        };
        schema::PHOTO
            .check_names(given, "photo")
            .map_err(|error| ChangeError::Invalid(error.to_string()))?;
        let Some(text) = given.get("photoData").and_then(Value::as_str) else {
            return Err(ChangeError::invalid(
                "photoData: is required and must be a string",
            ));
        };
        let mime_type = given.get("mimeType").and_then(Value::as_str);
        let size = |name: &str| given.get(name).cloned().unwrap_or_else(|| SIDE.into());
        Ok(Self {
            data: decode(text).map_or_else(|| Data::Text(text.to_owned()), Data::Picture),
            mime_type: mime_type.unwrap_or("image/jpeg").to_owned(),
            width: size("width"),
            height: size("height"),
        })
    }

    /// The etag of this photo of a person. The same picture has the same etag: who puts it there again changes nothing that
    /// a reader would fetch.
    pub(super) fn etag(&self, id: &str) -> String {
        etag(&(id, &self.data, &self.mime_type))
    }

    /// A portrait that differs from person to person and from etag to etag, though not to the eye.
    fn portrait(person: &str, etag: &str) -> Self {
        let comment = format!("{person} {etag}");
        let length = u16::try_from(comment.len() + 2).unwrap_or(2);
        let (start, rest) = PORTRAIT.split_at(2);
        let mut picture = start.to_vec();
        if length > 2 {
            picture.extend([0xff, 0xfe]);
            picture.extend(length.to_be_bytes());
            picture.extend(comment.into_bytes());
        }
        picture.extend(rest);
        Self {
            data: Data::Picture(picture),
            mime_type: "image/jpeg".to_owned(),
            width: SIDE.into(),
            height: SIDE.into(),
        }
    }

    /// The `UserPhoto` resource.
    pub(super) fn show(&self, user: &User, etag: &str, switches: Switches) -> Map<String, Value> {
        let mime_type = match (switches.photo_mime_type, self.mime_type.strip_prefix("image/")) {
            (PhotoMimeType::Name, Some(name)) => name.to_uppercase(),
            _ => self.mime_type.clone(),
        };
        let photo_data = match &self.data {
            Data::Picture(bytes) => encode(bytes, switches.photo_padding),
            Data::Text(text) => text.clone(),
        };
        let shown = json!({ "kind": "admin#directory#user#photo", "id": user.id(), "etag": etag,
            "primaryEmail": user.primary_email(), "mimeType": mime_type, "width": self.width, "height": self.height,
            "photoData": photo_data });
        match shown {
            Value::Object(shown) => shown,
            _ => Map::new(),
        }
    }
}

impl Photos {
    /// Keeps a person's photo under its etag.
    pub(super) fn put(&mut self, id: &str, etag: String, photo: Photo) {
        self.by_person.insert(id.to_owned(), (etag, photo));
    }

    /// The photo of somebody who has one with this etag: the one that was put there, else a drawn portrait.
    pub(super) fn get(&self, id: &str, etag: &str) -> Photo {
        let put = self.by_person.get(id).filter(|(own, _)| own == etag);
        put.map_or_else(|| Photo::portrait(id, etag), |(_, photo)| photo.clone())
    }

    /// Forgets a person's photo.
    pub(super) fn forget(&mut self, id: &str) {
        self.by_person.remove(id);
    }
}

/// The alphabet is always the web-safe one.
fn encode(picture: &[u8], padding: PhotoPadding) -> String {
    let mut text = URL_SAFE_NO_PAD.encode(picture);
    let pad = match padding {
        PhotoPadding::Equals => "=",
        PhotoPadding::Dots => ".",
        PhotoPadding::Asterisks => "*",
        PhotoPadding::None => "",
    };
    while !pad.is_empty() && !text.len().is_multiple_of(4) {
        text.push_str(pad);
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches(['=', '.', '*']);
    let web_safe: String = text
        .chars()
        .map(|character| match character {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    URL_SAFE_NO_PAD
        .decode(web_safe)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}
