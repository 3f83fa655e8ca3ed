//! What went wrong, told to the person at the keyboard.

use std::error::Error;

use kube::core::Status;

use crate::operator::fault::{Fault, Kind};

/// A failed request to the API server. `doing` completes "cannot …".
pub(super) fn kubernetes(doing: &str, error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => refused(doing, status),
        other => format!("cannot {doing}: cannot reach the API server: {}", chain(other)),
    }
}

/// An answer of the API server that says no.
pub(super) fn refused(doing: &str, status: &Status) -> String {
    let said = status.message.trim_end_matches(['\n', '.']);
    match status.code {
        // Not the API server's own way of saying that an object is not there: it does not know the kind.
        404 if status.reason != "NotFound" => format!(
            "cannot {doing}: the cluster does not have Dialplane's resources. Install the chart, or install the CRDs with: kubectl apply --server-side -f crds/"
        ),
        401 => format!(
            "cannot {doing}: the API server rejects these credentials ({said}). Log in again, or select others with --context or --kubeconfig."
        ),
        403 => format!("cannot {doing}: {said}. Ask a cluster administrator for this permission."),
        _ => format!("cannot {doing}: {said}"),
    }
}

/// What the operator would put into the status. Its advice about rights is about its own, so that a refused request is
/// told as one of this person's.
pub(super) fn fault(fault: &Fault) -> String {
    let source = fault.source.as_ref();
    if let Some(error) = source.and_then(|source| source.downcast_ref::<kube::Error>()) {
        return kubernetes("read from the cluster", error);
    }
    // The operator repeats what may pass by itself; here a person does.
    match source.filter(|_| fault.kind == Kind::Transient) {
        Some(error) => {
            let error = error.to_string();
            format!(
                "{}: {}. Try again, or raise --google-tries.",
                fault.reason,
                error.trim_end_matches('.')
            )
        }
        None => format!("{}: {}", fault.reason, fault.message),
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, reason: &str, message: &str) -> Status {
        Status {
            code,
            ..Status::failure(message, reason)
        }
    }

    #[test]
    fn each_refusal_names_the_remedy() {
        for (status, words) in [
            (
                status(404, "Failed to parse error data", "404 page not found\n"),
                "kubectl apply --server-side -f crds/",
            ),
            (
                status(401, "Unauthorized", "Unauthorized"),
                "(Unauthorized). Log in again",
            ),
            (
                status(403, "Forbidden", "secrets \"k\" is forbidden."),
                "secrets \"k\" is forbidden. Ask",
            ),
            (status(422, "Invalid", "spec.x: no"), "cannot read: spec.x: no"),
        ] {
            let told = refused("read", &status);
            assert!(told.contains(words), "{told}");
        }
    }
}
