//! Why one person is looked after without a sync, and what Google should say then.

use crate::google::directory::Event;

/// From this many people at once on, a full sync asks Google less.
pub const CROWD: usize = 50;

/// Why somebody is looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The extension is not what we made it.
    Deviation,
    /// Google told about the person, and this is what it should say now.
    Notification(Expected),
}

impl Cause {
    /// For the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deviation => "an extension was changed by hand",
            Self::Notification(_) => "Google sent a notification for the user",
        }
    }
}

/// What Google should say about a person when the notification is true. It may answer from a copy that is a moment older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The person is there.
    Present,
    /// The person is gone.
    Absent,
    /// Notifications contradict each other, or there was none.
    Unknown,
}

impl Expected {
    /// What is to be expected after an event.
    pub fn after(event: Event) -> Self {
        match event {
            Event::Delete => Self::Absent,
            Event::Add | Event::MakeAdmin | Event::Undelete | Event::Update => Self::Present,
        }
    }

    /// Whether an answer is not the expected one.
    pub fn contradicts(self, is_there: bool) -> bool {
        match self {
            Self::Present => !is_there,
            Self::Absent => is_there,
            Self::Unknown => false,
        }
    }

    /// What is to be expected after both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }
}
