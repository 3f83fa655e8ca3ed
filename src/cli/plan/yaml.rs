//! YAML that somebody else wrote: a pull request's, for example. It is read as kubectl reads it, and within limits, so that no
//! file can fill the memory of the machine that plans it.

use std::borrow::Cow;

use serde_json::Value;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{DuplicateKeyPolicy, Error, MessageFormatter as _, Options, UserMessageFormatter};

/// Bytes of one file. Kubernetes takes no object of more than 3 MiB, and the largest common sets of CRDs have 5.
pub(super) const LARGEST_FILE: usize = 8 * 1024 * 1024;
/// Levels of lists and mappings. The schemas of the deepest common CRDs have about 60. Reading takes a part of the stack for each.
const DEEPEST: usize = 96;
const MOST_DOCUMENTS: usize = 5_000;
/// Values of one file, those that aliases repeat among them.
const MOST_VALUES: usize = 500_000;
/// Values that aliases repeat in one document. Nobody writes so many by hand.
const MOST_REPEATED: usize = 50_000;
/// Bytes of all texts of one file, those that aliases repeat among them.
const LONGEST_TEXTS: usize = 2 * LARGEST_FILE;

/// Takes every document of a file in turn, those that are empty left out. `T` is gathered from one document after the other, so
/// that what it drops does not stay in memory. The error names the file, the document, the line and what to do.
pub(super) fn documents<T>(text: &str, file: &str) -> Result<T, String>
where
    T: Default + Extend<Value>,
{
    if text.len() > LARGEST_FILE {
        return Err(too_large(file));
    }
    serde_saphyr::from_str_multiple_with_options::<Value, T>(text, options())
        .map_err(|error| explained(&error, text, file))
}

/// What is said of a file over [`LARGEST_FILE`].
pub(super) fn too_large(file: &str) -> String {
    format!(
        "{file} is not read: it has more than {} MiB; pass a file of the integrations alone",
        LARGEST_FILE / 1024 / 1024
    )
}

/// As kubectl reads YAML: `yes` and `on` are true, `0100` is octal, `<<` merges, and the last of two equal keys counts.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            flow_nesting_limit: DEEPEST,
            max_documents: MOST_DOCUMENTS,
            max_nodes: MOST_VALUES,
            max_events: 4 * MOST_VALUES,
            max_anchors: MOST_REPEATED,
            max_aliases: MOST_REPEATED,
            max_recorded_anchor_events: 4 * MOST_REPEATED,
            max_recorded_anchor_bytes: LONGEST_TEXTS,
            max_total_scalar_bytes: LONGEST_TEXTS,
            // One anchor that is used a hundred times is no attack: what aliases repeat is counted.
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 2 * MOST_REPEATED,
        },
        // A licence of forty lines above the first key is usual.
        emit_comments: false,
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        legacy_octal_numbers: true,
        // A snippet of the file would put a Secret beside the mistake into the log of CI.
        with_snippet: false,
    }
}

/// The error in words for a person, without anything that the file says.
fn explained(error: &Error, text: &str, file: &str) -> String {
    let line = error.location().map_or(0, |location| location.line());
    let place = place(text, line);
    let cause = cause(error);
    if let Some(limit) = limit(cause) {
        return format!(
            "{file} is not read: {place}: {limit}; shorten it there, or pass a file of the integrations alone"
        );
    }
    let remedy = match cause {
        Error::NonFiniteFloat { .. } => "put it into quotes if it is a text",
        _ => "correct it there",
    };
    format!("{file} is not YAML: {place}: {}; {remedy}", words(cause))
}

/// What went wrong, without the aliases that led there.
fn cause(error: &Error) -> &Error {
    match error {
        Error::AliasError { error, .. } | Error::WithSnippet { error, .. } => cause(error),
        other => other,
    }
}

/// The limit that the file is over, if that is what is wrong.
fn limit(error: &Error) -> Option<String> {
    let repeated = || Some("its aliases (*) repeat too much".to_owned());
    let deep = || Some(format!("more than {DEEPEST} levels deep"));
    match error {
        Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => repeated(),
        // The scanner reads ahead and has limits of its own, for brackets and for indentation.
        Error::ExternalMessage { msg, .. } if msg.contains("recursion limit") => deep(),
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Depth { .. } => deep(),
            BudgetBreach::Documents { .. } => Some(format!("more than {MOST_DOCUMENTS} documents")),
            BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. } => {
                Some(format!("more than {MOST_VALUES} values"))
            }
            BudgetBreach::ScalarBytes { .. } => Some(format!(
                "more than {} MiB of text, with what its aliases (*) repeat",
                LONGEST_TEXTS / 1024 / 1024
            )),
            BudgetBreach::SequenceUnbalanced => None,
            _ => repeated(),
        },
        _ => None,
    }
}

/// The parser's own words, unless they repeat the file.
fn words(error: &Error) -> Cow<'_, str> {
    match error {
        Error::NonFiniteFloat { .. } => "a number that JSON does not have".into(),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias (*) stands inside its own anchor (&)".into()
        }
        Error::SerdeInvalidType { .. } | Error::SerdeInvalidValue { .. } | Error::QuotingRequired { .. } => {
            "a value that does not belong there".into()
        }
        other => UserMessageFormatter.format_message(other),
    }
}

/// The document of a line, both counted from 1. Documents are parted by `---`.
fn place(text: &str, line: u64) -> String {
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    let mut document = 1;
    let mut is_empty = true;
    for text in text.lines().take(line) {
        let is_mark = text
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
        if is_mark && !is_empty {
            document += 1;
        }
        // Nothing but comments and directives stands before the mark of the first document.
        is_empty = is_empty && !is_mark && (text.trim().is_empty() || text.starts_with(['#', '%']));
    }
    match line {
        0 => format!("document {document}"),
        line => format!("document {document}, line {line}"),
    }
}

#[cfg(test)]
mod tests;
