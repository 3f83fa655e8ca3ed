//! Giving people photos, and taking them away. Whoever has a `thumbnailPhotoEtag` has a photo.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Directory;
use super::change_error::{ChangeError, nobody};
use super::photos::Photo;
use super::user::User;
use crate::switches::Switches;

impl Directory {
    /// Gives a person a photo and the fields that follow from it.
    pub(crate) fn put_photo(&mut self, key: &str, photo: Photo, now: Timestamp) -> Result<User, ChangeError> {
        let id = self.find(key).ok_or_else(|| nobody(key))?.id().into_owned();
        let stamp = photo.etag(&id);
        let url = format!("https://photos.example/{id}/{}/s96", stamp.trim_matches('"'));
        let fields = json!({ "thumbnailPhotoEtag": stamp, "thumbnailPhotoUrl": url });
        let user = self.patch(&id, &fields, now)?;
        self.photos.put(&id, stamp, photo);
        Ok(user)
    }

    /// Takes a person's photo away, and the fields that follow from it.
    pub(crate) fn delete_photo(&mut self, key: &str, now: Timestamp) -> Result<User, ChangeError> {
        let user = self.find(key).ok_or_else(|| nobody(key))?;
        let id = user.id().into_owned();
        if photo_etag(&user).is_none() {
            return Err(ChangeError::NotFound(format!("{key:?} has no photo")));
        }
        self.photos.forget(&id);
        let fields = json!({ "thumbnailPhotoEtag": null, "thumbnailPhotoUrl": null });
        self.patch(&id, &fields, now)
    }

    /// The `UserPhoto` resource of a living person; nothing when there is no photo.
    pub(crate) fn photo(&self, user: &User, switches: Switches) -> Option<Map<String, Value>> {
        let current = photo_etag(user)?;
        let photo = self.photos.get(&user.id(), &current);
        Some(photo.show(user, &current, switches))
    }
}

fn photo_etag(user: &User) -> Option<String> {
    let resource = user.resource();
    let etag = resource.get("thumbnailPhotoEtag").and_then(Value::as_str)?;
    Some(etag.to_owned())
}
