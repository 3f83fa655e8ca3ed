//! Every request to the API server has a deadline: it is made inside `within(...)` of the operator's engine.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::graph::Graph;
use crate::source::is_ident;

/// The methods of kube's `Api` and `Recorder` that make a request, and how many arguments tell them from others.
const REQUESTS: [(&str, usize); 15] = [
    ("create", 2),
    ("delete", 2),
    ("delete_collection", 2),
    ("get_metadata", 1),
    ("get_metadata_opt", 1),
    ("get_opt", 1),
    ("list", 1),
    ("list_metadata", 1),
    ("patch", 3),
    ("patch_metadata", 3),
    ("patch_status", 3),
    ("publish", 2),
    ("replace", 3),
    ("replace_status", 3),
    ("create_subresource", 3),
];

/// Requests without a deadline, and how many have one.
fn requests(tokens: &[TokenTree], guarded: bool, found: &mut (Vec<String>, usize)) {
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let inside: Vec<_> = group.stream().into_iter().collect();
        let is_call = group.delimiter() == Delimiter::Parenthesis;
        let name = at.checked_sub(1).map(|before| &tokens[before]);
        let guards = is_call && name.is_some_and(|name| is_ident(name, "within"));
        if is_call
            && at >= 2
            && matches!(&tokens[at - 2], TokenTree::Punct(dot) if dot.as_char() == '.')
            && let Some((method, _)) = REQUESTS.iter().find(|(method, count)| {
                name.is_some_and(|name| is_ident(name, method)) && *count == arguments(&inside)
            })
        {
            if guarded {
                found.1 += 1;
            } else {
                found.0.push(format!("{method}({})", group.stream()));
            }
        }
        requests(&inside, guarded || guards, found);
    }
}

fn arguments(tokens: &[TokenTree]) -> usize {
    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    let given = tokens.split(comma).filter(|argument| !argument.is_empty());
    given.count()
}

#[test]
fn every_request_of_the_operator_has_a_deadline() {
    let graph = Graph::ours();
    let mut with_deadline = 0;
    let operator = graph
        .modules
        .values()
        .filter(|module| !module.is_test && module.path.first().is_some_and(|part| part == "operator"));
    for module in operator {
        let mut found = (Vec::new(), 0);
        requests(&module.tokens, false, &mut found);
        assert!(found.0.is_empty(), "{}: {:?}", module.file.display(), found.0);
        with_deadline += found.1;
    }
    assert!(
        with_deadline > 12,
        "{with_deadline} requests are too few to be all"
    );
}

#[test]
fn a_request_without_a_deadline_is_found() {
    for (code, wrong, right) in [
        ("async fn f() { api.get_opt(&name).await }", 1, 0),
        ("async fn f() { within(api.get_opt(&name)).await }", 0, 1),
        (
            "async fn f() { select! { x = self.api.patch(name, &params, &patch) => {} } }",
            1,
            0,
        ),
        (
            "async fn f() { stream.map(|name| async { within(api.delete(name, &params)).await }) }",
            0,
            1,
        ),
        (
            "async fn f() { map.delete(name); other.create(view).await }",
            0,
            0,
        ),
        ("async fn f() { recorder.publish(&event, &about).await }", 1, 0),
    ] {
        let tokens: Vec<_> = code.parse::<TokenStream>().unwrap().into_iter().collect();
        let mut found = (Vec::new(), 0);
        requests(&tokens, false, &mut found);
        assert_eq!((found.0.len(), found.1), (wrong, right), "{code}");
    }
}
