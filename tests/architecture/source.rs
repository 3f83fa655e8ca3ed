//! Rust sources as files and tokens: modules, and the paths that each of them names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

/// A path of a module from the root of its crate: `["operator", "engine"]`.
pub(crate) type ModulePath = Vec<String>;

/// A module that is a file, or the tests inside one.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// From the root of the crate; the tests inside a file count as a module of it.
    pub(crate) path: ModulePath,
    /// The file, from the folder of the crate's root.
    pub(crate) file: PathBuf,
    /// Only compiled for tests.
    pub(crate) is_test: bool,
    /// Every path that it names and that leads to another place of the crate.
    pub(crate) named: BTreeSet<ModulePath>,
    /// Its tokens, without those of the tests inside it.
    pub(crate) tokens: Vec<TokenTree>,
}

/// Every module of the crate with this root.
pub(crate) fn crate_of(root: &Path) -> Vec<Module> {
    let mut modules = Vec::new();
    let folder = root.parent().unwrap().to_owned();
    Reader {
        folder: &folder,
        modules: &mut modules,
    }
    .file(root, &folder, &[], false);
    modules
}

struct Reader<'a> {
    folder: &'a Path,
    modules: &'a mut Vec<Module>,
}

/// Where tokens stand.
struct Place<'a> {
    /// The module.
    path: &'a [String],
    /// Its file.
    file: &'a Path,
    /// Where the files of its children are.
    children: PathBuf,
    is_test: bool,
}

impl Reader<'_> {
    /// `children` is the folder of the files of its children.
    fn file(&mut self, file: &Path, children: &Path, path: &[String], is_test: bool) {
        let text = fs::read_to_string(file).unwrap();
        let tokens: TokenStream = text.parse().unwrap();
        let place = Place {
            path,
            file,
            children: children.to_owned(),
            is_test,
        };
        self.module(&place, tokens);
    }

    /// Reads a module, its children first.
    fn module(&mut self, place: &Place<'_>, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let (mut own, mut children) = (Vec::new(), BTreeSet::new());
        let mut at = 0;
        while at < tokens.len() {
            let Some(child) = Child::at(&tokens[at..]) else {
                own.push(tokens[at].clone());
                at += 1;
                continue;
            };
            at += child.length;
            let is_test = place.is_test || is_for_tests(&own);
            // What stands in front of it belongs to it, and not to what follows.
            own.push(Punct::new(';', Spacing::Alone).into());
            let path = [place.path, std::slice::from_ref(&child.name)].concat();
            match child.body {
                None => {
                    let flat = place.children.join(format!("{}.rs", child.name));
                    let folder = place.children.join(&child.name);
                    let file = if flat.exists() {
                        flat
                    } else {
                        folder.join("mod.rs")
                    };
                    self.file(&file, &folder, &path, is_test);
                    children.insert(child.name);
                }
                Some(body) if is_test => {
                    let inside = Place {
                        path: &path,
                        file: place.file,
                        children: place.children.join(&child.name),
                        is_test,
                    };
                    self.module(&inside, body);
                }
                // What a file holds besides belongs to the file.
                Some(body) => own.push(Group::new(Delimiter::Brace, body).into()),
            }
        }
        let mut named = BTreeSet::new();
        paths(&own, place.path, &children, &mut named);
        self.modules.push(Module {
            path: place.path.to_owned(),
            file: place.file.strip_prefix(self.folder).unwrap().to_owned(),
            is_test: place.is_test,
            named,
            tokens: own,
        });
    }
}

/// `mod name;` or `mod name { ... }`.
struct Child {
    name: String,
    body: Option<TokenStream>,
    length: usize,
}

impl Child {
    fn at(tokens: &[TokenTree]) -> Option<Self> {
        let [keyword, TokenTree::Ident(name), end, ..] = tokens else {
            return None;
        };
        let body = match end {
            TokenTree::Punct(end) if end.as_char() == ';' => None,
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => Some(body.stream()),
            _ => return None,
        };
        (is_ident(keyword, "mod")).then(|| Self {
            name: name.to_string(),
            body,
            length: 3,
        })
    }
}

/// Whether what stands in front of a module says `#[cfg(test)]`.
fn is_for_tests(before: &[TokenTree]) -> bool {
    let mut before = before.iter().rev().peekable();
    // Its visibility: `pub`, `pub(super)`.
    while before.next_if(|token| is_visibility(token)).is_some() {}
    while let Some(TokenTree::Group(attribute)) = before.next() {
        if attribute.to_string().replace(' ', "") == "[cfg(test)]" {
            return true;
        }
        if !matches!(before.next(), Some(TokenTree::Punct(hash)) if hash.as_char() == '#') {
            return false;
        }
    }
    false
}

fn is_visibility(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => is_ident(token, "pub"),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
        _ => false,
    }
}

pub(crate) fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

/// Collects every path that begins with `crate`, `super`, `self` or a child module, in `use` lines, expressions, types,
/// macros and attributes.
fn paths(
    tokens: &[TokenTree],
    module: &[String],
    children: &BTreeSet<String>,
    found: &mut BTreeSet<ModulePath>,
) {
    let mut at = 0;
    let mut is_continued = false;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(ident) if !is_continued => {
                let name = ident.to_string();
                let begins = ["crate", "super", "self"].contains(&name.as_str()) || children.contains(&name);
                if begins && begins_with_colons(&tokens[at + 1..]) {
                    let start: ModulePath = match name.as_str() {
                        "crate" => Vec::new(),
                        "super" => parent(module),
                        "self" => module.to_vec(),
                        _ => [module, &[name]].concat(),
                    };
                    follow(&tokens[at + 1..], start, found);
                }
            }
            TokenTree::Group(group) => {
                let inside: Vec<_> = group.stream().into_iter().collect();
                // `pub(in crate::operator)` is no import.
                let is_scope = at > 0 && is_ident(&tokens[at - 1], "pub");
                // The members of a list of imports were followed from its beginning.
                let is_list = is_continued && group.delimiter() == Delimiter::Brace;
                if !(is_scope || is_list) {
                    paths(&inside, module, children, found);
                }
            }
            // serde and others take paths as texts.
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let text = text.trim_matches('"');
                if text.contains("::")
                    && text.split("::").all(is_name)
                    && let Ok(path) = text.parse::<TokenStream>()
                {
                    let path: Vec<_> = path.into_iter().collect();
                    paths(&path, module, children, found);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
        is_continued = ends_with_colons(&tokens[..=at.min(tokens.len() - 1)]);
        at += 1;
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn parent(module: &[String]) -> ModulePath {
    module[..module.len().saturating_sub(1)].to_vec()
}

/// Follows a path from its first name on: `::name`, and the members of `::{...}`.
fn follow(tokens: &[TokenTree], so_far: ModulePath, found: &mut BTreeSet<ModulePath>) {
    match tokens {
        [one, other, next, rest @ ..] if is_colon(one) && is_colon(other) => {
            match next {
                TokenTree::Ident(name) => {
                    let name = name.to_string();
                    let next = match name.as_str() {
                        "super" => parent(&so_far),
                        "self" => so_far,
                        _ => [so_far, vec![name]].concat(),
                    };
                    follow(rest, next, found);
                }
                TokenTree::Group(group) => {
                    let members: Vec<_> = group.stream().into_iter().collect();
                    for member in members
                        .split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
                    {
                        if let [TokenTree::Ident(name), rest @ ..] = member {
                            let name = name.to_string();
                            let next = match name.as_str() {
                                "self" => so_far.clone(),
                                _ => [so_far.clone(), vec![name]].concat(),
                            };
                            follow(rest, next, found);
                        } else if !member.is_empty() {
                            found.insert(so_far.clone()); // all of it: `*`
                        }
                    }
                }
                _ => {
                    found.insert(so_far);
                }
            }
        }
        _ => {
            found.insert(so_far);
        }
    }
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}

fn begins_with_colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [one, other, ..] if is_colon(one) && is_colon(other))
}

fn ends_with_colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [.., one, other] if is_colon(one) && is_colon(other))
}
