//! The photo of a person.

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::{
    client::{Directory, success},
    fields::{Limit, Object, Reader, present},
    listing,
    user::UserId,
};
use crate::google::{
    classify::{self, Asked},
    error::{Cause, Class, Error},
    observer::Method,
    transport::Answer,
};

/// Google always gives the version of 96x96 pixels, which has a few KiB.
pub(super) const SIZE_LIMIT: usize = 64 * 1024;
const FIELDS: &str = "kind,id,etag,width,height,photoData";

/// Padding is taken off before, and the last character may be sloppy.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The small version of somebody's photo.
#[derive(Clone, PartialEq, Eq)]
pub struct Photo {
    /// The image itself, at most 64 KiB.
    pub bytes: Vec<u8>,
    /// What the bytes say that they are.
    pub mime_type: Mime,
    /// Pixels, as far as Google says.
    pub width: Option<u32>,
    /// Pixels, as far as Google says.
    pub height: Option<u32>,
    /// The same as [`User::thumbnail_photo_etag`](super::User::thumbnail_photo_etag) of that photo.
    pub etag: Option<String>,
}

/// The types of images that Google documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mime {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/gif`
    Gif,
    /// `image/bmp`
    Bmp,
    /// `image/tiff`
    Tiff,
}

impl Mime {
    /// How the bytes of each type begin. Google spells the types in several ways (`JPEG`, `image/jpeg`), and whoever
    /// shows the image goes by the bytes, so what Google says beside them is not even asked for.
    const BEGINNINGS: [(&'static [u8], Self); 7] = [
        (b"\xff\xd8\xff", Self::Jpeg),
        (b"\x89PNG\r\n\x1a\n", Self::Png),
        (b"GIF87a", Self::Gif),
        (b"GIF89a", Self::Gif),
        (b"BM", Self::Bmp),
        (b"II*\0", Self::Tiff),
        (b"MM\0*", Self::Tiff),
    ];

    fn of(bytes: &[u8]) -> Option<Self> {
        let mut known = Self::BEGINNINGS.into_iter();
        known
            .find(|(beginning, _)| bytes.starts_with(beginning))
            .map(|(_, mime)| mime)
    }

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
        }
    }
}

impl Directory {
    /// Reads somebody's photo. `None` when Google says that there is no such photo, or no such user. One that is too
    /// large or no image is an error ([`Cause::PhotoTooLarge`], [`Cause::PhotoUnreadable`]).
    pub async fn photo(&self, user: &UserId) -> Result<Option<Photo>, Error> {
        let url = self.url(&format!("users/{user}/photos/thumbnail"));
        let read = |answer: Answer, token: &SecretString| {
            let gone = |resource| classify::says_gone(&answer.text_without(token), resource);
            if answer.status() == 404 && (gone("photo") || gone("userKey")) {
                return Ok(None);
            }
            decode(&success(answer, token, Asked::default())?, user).map(Some)
        };
        let request = || {
            self.get(&url)
                .query(&[("prettyPrint", "false"), ("fields", FIELDS)])
        };
        self.call(Method::PhotosGet, request, read).await
    }
}

pub(super) fn decode(body: &[u8], user: &UserId) -> Result<Photo, Error> {
    let text = listing::text(body);
    let object: Object<'_> = serde_json::from_str(&text)
        .map_err(|_| Error::incomplete("Google's response about a photo is not complete JSON"))?;
    let mut reader = Reader::default();
    let owner = reader.text(&object, "id", "id", Limit::Drop(64));
    if owner.is_some_and(|owner| owner != user.as_str()) {
        return Err(Error::incomplete("Google returned the photo of another user"));
    }
    let data = present(&object, "photoData")
        .and_then(|raw| serde_json::from_str::<String>(raw.get()).ok())
        .ok_or_else(|| Error::incomplete("Google's response contains no photo"))?;
    let bytes = base64(&data)?;
    let mime_type = Mime::of(&bytes)
        .ok_or_else(|| unreadable("Google's photo is not a JPEG, PNG, GIF, BMP or TIFF image"))?;
    Ok(Photo {
        bytes,
        mime_type,
        width: present(&object, "width").and_then(pixels),
        height: present(&object, "height").and_then(pixels),
        etag: reader.text(&object, "etag", "etag", Limit::Drop(256)),
    })
}

/// Google documents a web-safe alphabet with `*` or `.` as padding, and answers with others.
fn base64(data: &str) -> Result<Vec<u8>, Error> {
    let symbols: Vec<u8> = data
        .trim_end_matches(|c: char| matches!(c, '=' | '*' | '.') || c.is_ascii_whitespace())
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    if symbols.len() / 4 * 3 > SIZE_LIMIT {
        return Err(too_large());
    }
    let bytes = BASE64
        .decode(symbols)
        .map_err(|_| unreadable("Google's photo is not valid base64"))?;
    if bytes.len() > SIZE_LIMIT {
        return Err(too_large());
    }
    Ok(bytes)
}

/// A number, or a number in a text.
fn pixels(raw: &RawValue) -> Option<u32> {
    raw.get().trim_matches('"').parse().ok()
}

fn too_large() -> Error {
    let text = format!("Google's photo has more than {SIZE_LIMIT} bytes");
    Error::new(Class::BadRequest, Cause::PhotoTooLarge, text)
}

fn unreadable(text: &str) -> Error {
    Error::new(Class::BadRequest, Cause::PhotoUnreadable, text)
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Photo")
            .field("bytes", &self.bytes.len())
            .field("mime_type", &self.mime_type)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("etag", &self.etag)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const JPEG: &[u8] = b"\xff\xd8\xff\xe0";

    fn of(json: &Value) -> Result<Photo, Error> {
        decode(json.to_string().as_bytes(), &UserId::parse("1").unwrap())
    }

    fn image(bytes: &[u8]) -> Result<Photo, Error> {
        of(&json!({"id": "1", "photoData": BASE64_URL_SAFE.encode(bytes)}))
    }

    #[test]
    fn a_whole_photo() {
        let photo = of(&json!({
            "kind": "admin#directory#user#photo", "id": "1", "etag": "\"abc/def\"", "mimeType": "image/jpeg",
            "width": 96, "height": "96", "photoData": BASE64_STANDARD.encode(JPEG),
        }))
        .unwrap();
        assert_eq!(photo.bytes, JPEG);
        assert_eq!((photo.width, photo.height), (Some(96), Some(96)));
        assert_eq!(photo.etag.as_deref(), Some("\"abc/def\""));
        let shown = format!("{photo:?}");
        assert!(shown.contains("bytes: 4") && !shown.contains("255"), "{shown}");
    }

    #[test]
    fn the_bytes_say_what_they_are() {
        for (bytes, mime, name) in [
            (JPEG, Mime::Jpeg, "image/jpeg"),
            (b"\x89PNG\r\n\x1a\nx", Mime::Png, "image/png"),
            (b"GIF89a", Mime::Gif, "image/gif"),
            (b"GIF87a", Mime::Gif, "image/gif"),
            (b"BM12", Mime::Bmp, "image/bmp"),
            (b"II*\0", Mime::Tiff, "image/tiff"),
            (b"MM\0*", Mime::Tiff, "image/tiff"),
        ] {
            for declared in [
                json!("JPEG"),
                json!("image/JPEG"),
                json!("png"),
                json!("text/html"),
                json!(7),
                json!(null),
            ] {
                let photo =
                    of(&json!({"mimeType": declared, "photoData": BASE64_STANDARD.encode(bytes)})).unwrap();
                assert_eq!((photo.mime_type, photo.mime_type.as_str()), (mime, name));
            }
        }
        for bytes in [
            &b""[..],
            b"\xff\xd8",
            b"<svg onload=alert(1)>",
            b"RIFF\0\0\0\0WEBP",
            b"xx\xff\xd8\xff",
        ] {
            let error = of(&json!({"mimeType": "image/jpeg", "photoData": BASE64_STANDARD.encode(bytes)}))
                .unwrap_err();
            assert_eq!(
                (error.class(), error.cause()),
                (Class::BadRequest, Cause::PhotoUnreadable)
            );
        }
    }

    #[test]
    fn base64_in_every_dialect() {
        // Bytes that need both of the symbols that differ, and every length of padding.
        for tail in [&b"\xfb\xff\xbf"[..], b"\xfb\xff\xbf\xfb", b"\xfb\xff\xbf\xfb\xff"] {
            let bytes = [JPEG, tail].concat();
            let standard = BASE64_STANDARD.encode(&bytes);
            let safe = BASE64_URL_SAFE.encode(&bytes);
            let bare = safe.trim_end_matches('=').to_owned();
            let (start, end) = bare.split_at(4);
            for data in [
                &standard,
                &safe,
                &bare,
                &safe.replace('=', "*"),
                &safe.replace('=', "."),
                &format!("{standard}\n"),
                &format!("{start}\r\n{end}"),
                &format!("{bare}=="),
            ] {
                let photo = of(&json!({"photoData": data})).unwrap();
                assert_eq!(photo.bytes, bytes, "{data}");
            }
        }
        for data in ["/9j/=/9j/", "/9j/!", "/9j/é", "/", "*"] {
            let error = of(&json!({"photoData": data})).unwrap_err();
            assert_eq!(error.cause(), Cause::PhotoUnreadable, "{data}");
        }
    }

    #[test]
    fn a_photo_has_a_largest_size() {
        let of_size = |size: usize| image(&[JPEG, &vec![0; size - JPEG.len()]].concat());
        assert_eq!(of_size(SIZE_LIMIT).unwrap().bytes.len(), SIZE_LIMIT);
        for size in [SIZE_LIMIT + 1, SIZE_LIMIT + 2, SIZE_LIMIT + 3, 10 * SIZE_LIMIT] {
            let error = of_size(size).unwrap_err();
            assert_eq!(
                (error.class(), error.cause()),
                (Class::BadRequest, Cause::PhotoTooLarge)
            );
        }
    }

    #[test]
    fn whatever_is_no_answer_is_an_incomplete_read() {
        for json in [
            json!({}),
            json!([]),
            json!({"id": "1"}),
            json!({"id": "2", "photoData": BASE64_STANDARD.encode(JPEG)}),
            json!({"photoData": null}),
            json!({"photoData": 7}),
        ] {
            let error = of(&json).unwrap_err();
            assert_eq!(error.cause(), Cause::IncompleteRead, "{json}");
        }
        let photo =
            of(&json!({"photoData": BASE64_STANDARD.encode(JPEG), "width": -1, "height": "x"})).unwrap();
        assert_eq!((photo.width, photo.height, photo.etag), (None, None, None));
    }

    proptest! {
        #[test]
        fn arbitrary_answers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), json in super::super::arbitrary::json()) {
            let user = UserId::parse("1").unwrap();
            let _ = decode(&bytes, &user);
            let _ = decode(json.as_bytes(), &user);
            let _ = decode(format!(r#"{{"photoData":{json}}}"#).as_bytes(), &user);
        }

        #[test]
        fn whatever_was_encoded_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(base64(&BASE64_URL_SAFE.encode(&bytes)).unwrap(), bytes);
        }
    }
}
