//! A page of the documentation as its blocks of code and the notes to this test.

use anyhow::{Context as _, Result, bail, ensure};

/// A note to this test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    NotHere,
    Later,
    Now,
    NewCluster,
    Before(String),
    Pod,
    Exit(Vec<i32>),
    File(String),
}

/// One command, and what the page prints below it: nothing, or lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) command: String,
    pub(crate) output: Vec<String>,
}

/// A block of code with the notes before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The line of the page, from 1.
    pub(crate) line: usize,
    pub(crate) notes: Vec<Note>,
    pub(crate) language: String,
    pub(crate) text: String,
}

/// Shown and not typed.
const SHOWN: [&str; 3] = ["text", "yaml", "json"];

impl Block {
    /// What is to be typed of it; nothing of what is only shown.
    pub(crate) fn typed(&self) -> Result<Vec<Typed>> {
        match self.language.as_str() {
            "sh" => Ok(lines(&self.text)
                .into_iter()
                .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
                .map(|command| Typed {
                    command,
                    output: Vec::new(),
                })
                .collect()),
            "console" => console(&self.text),
            shown if SHOWN.contains(&shown) => Ok(Vec::new()),
            other => bail!(
                "line {}: the block is {other:?}; sh, console, text, yaml or json is known",
                self.line
            ),
        }
    }
}

/// Logical lines: a backslash at the end goes on in the next.
fn lines(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        match all.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push('\n');
                last.push_str(line);
            }
            None => all.push(line.to_owned()),
        }
        goes_on = line.ends_with('\\');
    }
    all
}

fn console(text: &str) -> Result<Vec<Typed>> {
    let mut typed: Vec<Typed> = Vec::new();
    for line in lines(text) {
        if let Some(command) = line.strip_prefix("$ ") {
            typed.push(Typed {
                command: command.to_owned(),
                output: Vec::new(),
            });
        } else {
            let last = typed.last_mut().context("output before the first command")?;
            last.output.push(line);
        }
    }
    Ok(typed)
}

/// The blocks of a page in their order.
pub(crate) fn blocks(page: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut notes = Vec::new();
    let mut lines = page.lines().enumerate().peekable();
    let mut paragraph = false;
    while let Some((index, line)) = lines.next() {
        let block = |notes, language: &str, text: Vec<&str>| Block {
            line: index + 1,
            notes,
            language: language.to_owned(),
            text: text.join("\n"),
        };
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            let mut text = Vec::new();
            loop {
                let (_, line) = lines.next().context("a block has no end")?;
                if line.trim_start().starts_with("```") {
                    break;
                }
                text.push(line);
            }
            blocks.push(block(std::mem::take(&mut notes), fence.trim(), text));
        } else if let Some(first) = line.strip_prefix("    ").filter(|_| !paragraph) {
            let mut text = vec![first];
            while let Some((_, line)) = lines.next_if(|(_, line)| line.starts_with("    ")) {
                text.push(&line[4..]);
            }
            blocks.push(block(std::mem::take(&mut notes), "sh", text));
        } else if let Some(text) = line.strip_prefix("<!-- typed: ") {
            let text = text.strip_suffix(" -->").context("a note has no end")?;
            notes.push(note(text).with_context(|| format!("line {}", index + 1))?);
        }
        // A line that is pushed in goes on with the paragraph above it.
        paragraph = !line.trim().is_empty() && !line.starts_with("    ") && !line.starts_with("<!--");
    }
    ensure!(notes.is_empty(), "no block follows {notes:?}");
    Ok(blocks)
}

fn note(text: &str) -> Result<Note> {
    let (kind, rest) = text.split_once(": ").unwrap_or((text, ""));
    Ok(match (kind, rest) {
        ("not here", why) if !why.is_empty() => Note::NotHere,
        ("later", "") => Note::Later,
        ("now", "") => Note::Now,
        ("new cluster", "") => Note::NewCluster,
        ("pod", "") => Note::Pod,
        ("before", command) if !command.is_empty() => Note::Before(command.to_owned()),
        ("file", name) if !name.is_empty() => Note::File(name.to_owned()),
        ("exit", codes) => Note::Exit(codes.split(' ').map(str::parse).collect::<Result<_, _>>()?),
        _ => bail!("no such note: {text}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Text\n\n    one \\\n      more\n    # not this\n\n<!-- typed: not here: no registry -->\n```sh\npush\n```\n\
        ```console\n$ get\nNAME\n$ end\n```\n";

    #[test]
    fn a_page_is_its_commands_with_what_they_print() {
        let blocks = blocks(PAGE).unwrap();
        let typed: Vec<Vec<Typed>> = blocks.iter().map(|block| block.typed().unwrap()).collect();
        assert_eq!(typed[0][0].command, "one \\\n  more");
        assert_eq!(typed[0].len(), 1);
        assert_eq!(blocks[1].notes, [Note::NotHere]);
        assert_eq!(typed[2].len(), 2);
        assert_eq!(typed[2][0].output, ["NAME"]);
    }

    #[test]
    fn nothing_slips_through() {
        for page in [
            "```\nrm\n```\n",
            "<!-- typed: not here:  -->\n```sh\nx\n```\n",
            "<!-- typed: never -->\n    x\n",
            "<!-- typed: pod -->\n",
            "```sh\nx\n",
        ] {
            let found =
                blocks(page).and_then(|blocks| blocks.iter().map(Block::typed).collect::<Result<Vec<_>>>());
            assert!(found.is_err(), "{page}: {found:?}");
        }
    }
}
