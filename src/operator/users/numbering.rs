//! From the declared numbering to the numbers of one run.

use std::collections::HashMap;

use super::job::Job;
use super::quarantine;
use crate::api::integration::{Fallback, NumberSource, Numbering};
use crate::api::reasons;
use crate::operator::engine::fault::{Area, Fault};
use crate::sync::allocate::Allocator;
use crate::sync::number::{Number, Range};
use crate::sync::numbering::{Numbers, Source};

/// The numbers of one run.
pub async fn numbers(job: &Job<'_>) -> Result<Numbers, Fault> {
    let declared = &job.users.numbering;
    let start = declared.start.as_deref().unwrap_or(Numbering::DEFAULT_START);
    let Some(range) = Range::parse(start, declared.end.as_deref()) else {
        return Err(Fault::stalled(
            Area::Declaration,
            reasons::NUMBERS_EXHAUSTED,
            "spec.users.numbering is not a valid range. Set start and end to numbers with the same number of digits.",
        ));
    };
    let quarantine = quarantine::load(job.ctx, &job.subject.key, declared).await?;
    let allocator = Allocator::new(range, quarantine, job.now);
    let capacity = job.users.capacity;
    let capacity = capacity.and_then(|capacity| usize::try_from(capacity).ok());
    Ok(Numbers::new(source(declared), allocator).within(capacity))
}

fn source(declared: &Numbering) -> Source {
    match declared.source {
        NumberSource::Automatic => Source::Automatic,
        NumberSource::Property => Source::Property {
            fallback: declared.fallback == Fallback::Automatic,
        },
        NumberSource::Manual => Source::Manual(assignments(declared)),
    }
}

fn assignments(declared: &Numbering) -> HashMap<String, Number> {
    let numbers = declared
        .assignments
        .iter()
        .filter_map(|assignment| Some((assignment.user.to_lowercase(), Number::parse(&assignment.number)?)));
    numbers.collect()
}
