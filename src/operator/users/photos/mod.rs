//! Photos, each in a ConfigMap beside the extension: asked for only when Google's mark of the photo has changed.
//!
//! They come after everything else, because Google gives them one by one. Nothing that is wrong with a photo fails a sync
//! or keeps anything else from its person.

mod companion;
mod described;
mod keep;
mod round;
mod unusable;
mod wishes;

pub use self::companion::Photos;
