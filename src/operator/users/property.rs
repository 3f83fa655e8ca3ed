//! The property of a user in Google that holds the number: what is asked for, and what it says.

use crate::api::integration::{NumberSource, Users};
use crate::api::reasons;
use crate::google::Directory;
use crate::google::directory::{Projection, User};
use crate::operator::engine::fault::Fault;
use crate::sync::person::Wanted;
use crate::sync::property::{self, NumberProblem, PropertyPath};

/// The declared path to the property that holds the number, for source Property.
pub fn declared(users: &Users) -> Result<Option<PropertyPath>, Fault> {
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

/// The directory, asked for the property too.
pub fn projected(directory: Directory, users: &Users) -> Result<Directory, Fault> {
    let projection = declared(users)?.map(|path| projection(&path)).transpose()?;
    Ok(match projection {
        Some(projection) => directory.with_projection(projection),
        None => directory,
    })
}

/// What Google has to be asked for beyond the usual fields of a user.
fn projection(path: &PropertyPath) -> Result<Projection, Fault> {
    let schema = path.custom_schema();
    let field = Some(path.top_level_field()).filter(|_| schema.is_none());
    Projection::new(field, schema).map_err(|error| {
        Fault::declared(
            reasons::INVALID_PROPERTY,
            format!("spec.users.numbering.property: {error}. Choose another field."),
        )
    })
}

/// What the property of a user says, as Google sent it.
pub fn wanted(path: Option<&PropertyPath>, user: &User) -> Wanted {
    let Some(path) = path else {
        return Wanted::Unasked;
    };
    let Some(resource) = &user.resource else {
        return Wanted::Invalid("Google's record of the user is too large to search");
    };
    match property::number(path, resource.json()) {
        Ok(number) => Wanted::Number(number),
        Err(NumberProblem::Missing) => Wanted::Missing,
        Err(NumberProblem::Invalid(why)) => Wanted::Invalid(why),
    }
}
