//! The documented subset of GJSON: what is not in it is refused before anything is evaluated.

/// The most components of a path, those in its queries included.
const MAX_STEPS: usize = 32;
/// The deepest query in a query.
const MAX_DEPTH: usize = 4;

/// Why a text is no path that can be used: what is wrong, and the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("users.numbering.property: {0}")]
pub struct InvalidPath(pub(super) &'static str);

/// One component of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A member by its key or an element by its index, in GJSON's spelling.
    Key(String),
    /// `#`: how many, or what follows of each.
    Each,
    /// `#(…)`: the first that matches.
    First(Query),
    /// `#(…)#`: all that match.
    All(Query),
}

/// What an element of a list has to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// From the element to what is compared.
    pub subject: Vec<Step>,
    /// A GJSON query that compares the elements of a list themselves; `None` when it is enough that there is something.
    pub test: Option<String>,
}

pub(super) fn refuse<T>(why: &'static str) -> Result<T, InvalidPath> {
    Err(InvalidPath(why))
}

/// Reads the components of a whole path.
pub(super) fn steps(text: &str) -> Result<Vec<Step>, InvalidPath> {
    let mut reader = Reader { rest: text, steps: 0 };
    let steps = reader.path(0)?;
    if reader.rest.is_empty() {
        Ok(steps)
    } else {
        refuse(unexpected(reader.rest))
    }
}

/// What to say of a text that should have ended or gone on in another way.
fn unexpected(rest: &str) -> &'static str {
    match rest.chars().next() {
        None => {
            "the path ends too early; complete it, for example externalIds.#(type==\"organization\").value"
        }
        Some('.') => "two dots in a row, or one at the beginning; put one dot between two keys",
        Some('|') => "the pipe | is not supported; use a dot",
        Some('@') => {
            "modifiers (@) are not supported; name the property itself, or put a \\ before an @ in a key"
        }
        Some('{' | '[') => "multipaths ({} and []) are not supported; name one property",
        Some('!') => "literals (!) are not supported; name a property",
        Some('#') => "a # stands alone between dots, or begins a query, for example #(type==\"work\")",
        Some('(') => "a query begins with #( after a dot, for example phones.#(type==\"work\").value",
        Some(')') => "a ) without its #(; remove it, or put a \\ before it in a key",
        Some('=' | '<' | '>' | '%' | '~') => {
            "comparisons are ==, !=, <, <=, >, >=, % and !%, once in a query, for example #(type==\"work\")"
        }
        Some('"') => "quotes are for the text that a query compares with; write keys without them",
        Some(_) => "put a \\ before a character of a key that is not a letter, a digit, - or _",
    }
}

/// A recursive descent through the text.
struct Reader<'a> {
    rest: &'a str,
    steps: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn path(&mut self, depth: usize) -> Result<Vec<Step>, InvalidPath> {
        let mut steps = vec![self.step(depth)?];
        while self.take(".") {
            steps.push(self.step(depth)?);
        }
        Ok(steps)
    }

    fn step(&mut self, depth: usize) -> Result<Step, InvalidPath> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return refuse("more than 32 components; use a shorter path");
        }
        if self.take("#(") {
            if depth == MAX_DEPTH {
                return refuse("more than four nested queries; use fewer");
            }
            let query = self.query(depth + 1)?;
            return Ok(if self.take("#") {
                Step::All(query)
            } else {
                Step::First(query)
            });
        }
        if self.take("#") {
            return Ok(Step::Each);
        }
        self.key().map(Step::Key)
    }

    fn key(&mut self) -> Result<String, InvalidPath> {
        let mut escaped = false;
        let end = self.rest.find(|character: char| {
            let is_part = match character {
                _ if escaped => !character.is_control(),
                '*' | '?' | '-' | '_' | '\\' => true,
                _ => character.is_alphanumeric(),
            };
            escaped = character == '\\' && !escaped;
            !is_part
        });
        let (key, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if key.is_empty() {
            return refuse(unexpected(rest));
        }
        if escaped {
            return refuse(
                "a \\ at the end of a key; remove it, or write the character that it stands before",
            );
        }
        check_pattern(key)?;
        self.rest = rest;
        Ok(key.to_owned())
    }

    /// What stands between `#(` and `)`, and that one.
    fn query(&mut self, depth: usize) -> Result<Query, InvalidPath> {
        self.skip_spaces();
        let subject = if self.rest.starts_with(['=', '!', '<', '>', '%']) {
            Vec::new()
        } else {
            self.path(depth)?
        };
        self.skip_spaces();
        let test = if self.rest.starts_with(')') {
            None
        } else {
            Some(self.test()?)
        };
        self.skip_spaces();
        if !self.take(")") {
            return refuse(unexpected(self.rest));
        }
        Ok(Query { subject, test })
    }

    fn test(&mut self) -> Result<String, InvalidPath> {
        const OPERATORS: [&str; 8] = ["==", "!=", "<=", ">=", "!%", "<", ">", "%"];
        let Some(operator) = OPERATORS.into_iter().find(|operator| self.take(operator)) else {
            return refuse(match self.rest.chars().next() {
                Some('=' | '!') => "compare with == or !=, for example #(type==\"work\")",
                _ => unexpected(self.rest),
            });
        };
        self.skip_spaces();
        let operand = if self.rest.starts_with('"') {
            self.text(operator.ends_with('%'))?
        } else {
            self.constant(operator.ends_with('%'))?.to_owned()
        };
        Ok(format!("#({operator}{operand})"))
    }

    /// A text in double quotes, with the escapes of JSON.
    fn text(&mut self, is_pattern: bool) -> Result<String, InvalidPath> {
        const NO_TEXT: InvalidPath = InvalidPath(
            "a query compares with a text in double quotes, in which \\\" is a quote and \\\\ a \\, for example \"work\"",
        );
        let mut literals = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
        let Some(Ok(text)) = literals.next() else {
            return Err(NO_TEXT);
        };
        self.rest = self.rest.get(literals.byte_offset()..).unwrap_or_default();
        // gjson compares with the two quotes themselves, and takes a ~ for a conversion to true or false.
        if text.is_empty() {
            return refuse(
                "a comparison with an empty text is not supported; %\"?*\" matches a text that is not empty, and !%\"?*\" an empty one",
            );
        }
        if text.starts_with('~') {
            return refuse(
                "a comparison with a text that begins with ~ is not supported; use % and a ? for the ~",
            );
        }
        if is_pattern {
            check_pattern(&text)?;
        }
        serde_json::to_string(&text).map_err(|_| NO_TEXT)
    }

    /// A number, true or false.
    fn constant(&mut self, is_pattern: bool) -> Result<&'a str, InvalidPath> {
        const NO_CONSTANT: &str = "a query compares with a text in double quotes, a number, true or false, for example #(type==\"work\") or #(primary==true)";
        let end = self.rest.find([')', ' ']).unwrap_or(self.rest.len());
        let (constant, rest) = self.rest.split_at(end);
        let is_constant = matches!(
            serde_json::from_str(constant),
            Ok(serde_json::Value::Bool(_) | serde_json::Value::Number(_))
        );
        if is_pattern || !is_constant {
            return refuse(NO_CONSTANT);
        }
        self.rest = rest;
        Ok(constant)
    }
}

/// One `*` before the last character of a pattern makes matching linear in the text; each more multiplies by its length.
fn check_pattern(pattern: &str) -> Result<(), InvalidPath> {
    let mut escaped = false;
    let mut free = 0;
    for (position, byte) in pattern.bytes().enumerate() {
        let is_last = position + 1 == pattern.len();
        if byte == b'*' && !escaped && !is_last {
            free += 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    if free > 1 {
        return refuse(
            "a pattern with two * before its end would be slow; use one *, and another at the end",
        );
    }
    Ok(())
}
