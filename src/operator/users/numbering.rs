//! From the declared numbering to the numbers of one run.

use std::collections::HashMap;

use super::job::Job;
use super::quarantine;
use crate::api::integration::{Fallback, NumberSource, Numbering, Users};
use crate::api::reasons;
use crate::google::directory::{Projection, User};
use crate::operator::engine::fault::{Area, Fault};
use crate::sync::allocate::Allocator;
use crate::sync::number::{Number, Range};
use crate::sync::numbering::{Numbers, Source, Wanted};
use crate::sync::property::{self, NumberProblem, PropertyPath};

/// The declared path to the property that holds the number, for source Property.
pub fn property(users: &Users) -> Result<Option<PropertyPath>, Fault> {
    let declared = &users.numbering;
    let Some(path) = declared
        .property
        .as_deref()
        .filter(|_| declared.source == NumberSource::Property)
    else {
        return Ok(None);
    };
    let path = PropertyPath::parse(path)
        .map_err(|error| Fault::declared(reasons::INVALID_PROPERTY, format!("spec.{error}.")))?;
    Ok(Some(path))
}

/// What Google has to be asked for beyond the usual fields of a user.
pub fn projection(path: &PropertyPath) -> Result<Projection, Fault> {
    let schema = path.custom_schema();
    let field = Some(path.top_level_field()).filter(|_| schema.is_none());
    Projection::new(field, schema).map_err(|error| {
        Fault::declared(
            reasons::INVALID_PROPERTY,
            format!("spec.users.numbering.property: {error}. Name another field."),
        )
    })
}

/// What the property of a user says, as Google sent it.
pub fn wanted(path: Option<&PropertyPath>, user: &User) -> Wanted {
    let Some(path) = path else {
        return Wanted::Unasked;
    };
    let Some(resource) = &user.resource else {
        return Wanted::Invalid("Google's record of the user is too large to be searched");
    };
    match property::number(path, resource.json()) {
        Ok(number) => Wanted::Number(number),
        Err(NumberProblem::Missing) => Wanted::Missing,
        Err(NumberProblem::Invalid(why)) => Wanted::Invalid(why),
    }
}

/// The numbers of one run.
pub async fn numbers(job: &Job<'_>) -> Result<Numbers, Fault> {
    let declared = &job.users.numbering;
    let start = declared.start.as_deref().unwrap_or(Numbering::DEFAULT_START);
    let Some(range) = Range::parse(start, declared.end.as_deref()) else {
        return Err(Fault::stalled(
            Area::Declaration,
            reasons::NUMBERS_EXHAUSTED,
            "spec.users.numbering is no range of numbers. Set start and end to numbers with the same count of digits.",
        ));
    };
    let quarantine = quarantine::load(job.ctx, &job.subject.key).await?;
    let allocator = Allocator::new(range, quarantine, job.now);
    Ok(Numbers::new(source(declared), allocator))
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
