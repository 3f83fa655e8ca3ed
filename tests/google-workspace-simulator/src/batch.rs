//! Batches: `multipart/mixed` with a whole HTTP request in each part, and the same with the answers.

use axum::body::Bytes;
use axum::http::response::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::answers::ApiError;
use crate::answers::response::raw;

/// How many calls a batch may have.
const LARGEST: usize = 1000;
/// Separates the parts of an answer.
const BOUNDARY: &str = "batch_YWNtZSBwaG9uZXM";
const CONTENT_TYPE: &str = "multipart/mixed; boundary=batch_YWNtZSBwaG9uZXM";

/// One call of a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// The part's `Content-ID`.
    pub(crate) id: Option<String>,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The calls of a batch request.
pub(crate) fn calls(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Call>, ApiError> {
    let boundary =
        boundary(headers).ok_or_else(|| refused("Failed to parse batch request, error: no boundary."))?;
    // Python ends lines with a line feed alone.
    let text = String::from_utf8_lossy(body).replace("\r\n", "\n");
    let text = format!("\n{text}");
    let delimiter = format!("\n--{boundary}");
    let mut parts = text.split(delimiter.as_str()).skip(1);
    let mut calls = Vec::new();
    for part in parts.by_ref().take_while(|part| !part.starts_with("--")) {
        let call = call(part).ok_or_else(|| refused("Failed to parse batch request, error: bad part."))?;
        calls.push(call);
    }
    match calls.len() {
        0 => Err(refused("Failed to parse batch request, error: 0 items.")),
        many if many > LARGEST => Err(refused("The batch request has too many calls: 1000 are allowed.")),
        _ => Ok(calls),
    }
}

fn refused(message: &str) -> ApiError {
    ApiError::classic(StatusCode::BAD_REQUEST, message, "badRequest").with_status("INVALID_ARGUMENT")
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (media_type, parameters) = content_type.split_once(';')?;
    if !media_type.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// Reads a part: its own headers, then a request line, headers and a body.
fn call(part: &str) -> Option<Call> {
    let (_, part) = part.split_once('\n')?;
    let (own, request) = part.split_once("\n\n")?;
    let own = fields(own)?;
    let kind = own.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if !kind.starts_with("application/http") {
        return None;
    }
    let (head, body) = request
        .trim_start()
        .split_once("\n\n")
        .unwrap_or((request.trim(), ""));
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?, words.next()?);
    Some(Call {
        id: own
            .get("content-id")
            .and_then(|id| id.to_str().ok())
            .map(str::to_owned),
        method: method.parse().ok()?,
        target: target.to_owned(),
        headers: fields(headers)?,
        body: body.trim_end_matches('\n').to_owned().into(),
    })
}

fn fields(text: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once(':')?;
        let name: HeaderName = name.trim().parse().ok()?;
        let value: HeaderValue = value.trim().parse().ok()?;
        headers.append(name, value);
    }
    Some(headers)
}

/// The answer to a batch, from those to its calls.
pub(crate) fn answer(answers: &[(Option<String>, Parts, Bytes)]) -> Response {
    let mut text = Vec::new();
    for (id, head, body) in answers {
        text.extend(format!("--{BOUNDARY}\r\nContent-Type: application/http\r\n").bytes());
        if let Some(id) = id {
            text.extend(format!("Content-ID: {}\r\n", answered(id)).bytes());
        }
        let reason = head.status.canonical_reason().unwrap_or_default();
        text.extend(format!("\r\nHTTP/1.1 {} {reason}\r\n", head.status.as_u16()).bytes());
        for (name, value) in head
            .headers
            .iter()
            .filter(|(name, _)| *name != header::CONTENT_LENGTH)
        {
            text.extend(name.as_str().bytes().chain(*b": "));
            text.extend(value.as_bytes().iter().chain(b"\r\n"));
        }
        text.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
        text.extend(body.iter().chain(b"\r\n"));
    }
    text.extend(format!("--{BOUNDARY}--\r\n").bytes());
    raw(StatusCode::OK, CONTENT_TYPE, text)
}

/// The id of the answer to a part: `<item 1>` is answered by `<response-item 1>`.
fn answered(id: &str) -> String {
    match id.strip_prefix('<') {
        Some(rest) => format!("<response-{rest}"),
        None => format!("response-{id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, content_type.parse().unwrap())])
    }

    #[test]
    fn calls_are_read_with_either_end_of_lines() {
        let text = "--b\nContent-Type: application/http\nContent-ID: <x + 1>\n\nPOST /a?b=c HTTP/1.1\nAccept: d\n\n{\"e\": 1}\n\
            --b\nContent-Type: application/http\n\nGET /f HTTP/1.1\n\n\n--b--\n";
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            let read = calls(&headers("multipart/mixed; boundary=\"b\""), text.as_bytes()).unwrap();
            assert_eq!(read.len(), 2, "{text:?}");
            assert_eq!(read[0].id.as_deref(), Some("<x + 1>"));
            assert_eq!(
                (read[0].method.as_str(), read[0].target.as_str()),
                ("POST", "/a?b=c")
            );
            assert_eq!(
                (&read[0].headers["accept"], &read[0].body[..]),
                (&"d".parse().unwrap(), &b"{\"e\": 1}"[..])
            );
            assert_eq!(
                (read[1].target.as_str(), &read[1].id, read[1].body.len()),
                ("/f", &None, 0)
            );
        }
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let whole = "--b\nContent-Type: application/http\n\nGET /f HTTP/1.1\n\n\n--b--\n";
        let many = whole.trim_end_matches("--b--\n").repeat(LARGEST + 1);
        for (content_type, text) in [
            ("application/json", whole),
            ("multipart/mixed", whole),
            ("multipart/mixed; boundary=c", whole),
            ("multipart/mixed; boundary=b", "--b--\n"),
            (
                "multipart/mixed; boundary=b",
                "--b\nContent-Type: text/plain\n\nGET /f HTTP/1.1\n\n--b--",
            ),
            ("multipart/mixed; boundary=b", &many),
        ] {
            assert!(
                calls(&headers(content_type), text.as_bytes()).is_err(),
                "{content_type}: {text:.60}"
            );
        }
    }
}
