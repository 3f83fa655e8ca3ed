//! What a newcomer does: every command of the README, of the installation page and of the examples' page is typed, in the
//! order of the page, into a shell beside a real control plane, and what comes is held against what the page prints.
//!
//! Comments in the pages, which no reader sees, say what a page leaves to its reader, before a block:
//!
//! | `<!-- typed: … -->` | |
//! |---|---|
//! | `not here: WHY` | the commands of the next block cannot be typed in a test |
//! | `later`, `now` | the block after `later` shows beforehand what is typed after the block with `now` |
//! | `new cluster` | from here on it is another cluster, an empty one, with another Google beside it |
//! | `before: COMMAND` | typed before the block |
//! | `pod` | the cluster has no node: from here on the operator runs as the pod of the chart would |
//! | `exit: 0 2` | the exit codes of the block's commands, which are 0 otherwise |
//! | `file: NAME` | the next block is saved as this file |

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test may fail it"
)]

mod cluster;
mod compare;
mod page;
mod reader;
mod shell;

use anyhow::Result;

use reader::Reader;

#[tokio::test]
async fn the_readme_does_what_it_says() -> Result<()> {
    Reader::new()?.read("README.md").await
}

#[tokio::test]
async fn the_installation_page_does_what_it_says() -> Result<()> {
    Reader::new()?.read("docs/installation.md").await
}

/// Its reader has installed Dialplane.
#[tokio::test]
async fn the_examples_page_does_what_it_says() -> Result<()> {
    let mut reader = Reader::new()?;
    reader.new_cluster().await?;
    reader.crds().await?;
    reader.read("examples/README.md").await
}
