//! From Google's user to the person that the pure core plans with.

use super::property::wanted;
use crate::google::directory::{Language, User};
use crate::sync::person::{Person, PersonId};
use crate::sync::property::PropertyPath;

/// Takes over what an extension is made of; the user is consumed, nothing is cloned.
pub fn person(user: User, property: Option<&PropertyPath>) -> Person {
    let number = wanted(property, &user);
    let mobile = user.mobile_phone().map(|phone| phone.value.clone());
    let work_phone = user.work_phone().map(|phone| phone.value.clone());
    let organization = user.primary_organization();
    let job_title = organization.and_then(|organization| organization.title.clone());
    let department = organization.and_then(|organization| organization.department.clone());
    let language = preferred_language(&user).map(str::to_owned);
    let display_name = user.display_name.or(user.full_name);
    Person {
        id: PersonId::new(user.id.as_str()),
        email: user.primary_email,
        aliases: user.aliases,
        automatic_aliases: user.non_editable_aliases,
        first_name: user.given_name,
        last_name: user.family_name,
        display_name,
        mobile,
        work_phone,
        job_title,
        department,
        language,
        org_unit_path: user.org_unit_path,
        customer_id: user.customer_id,
        suspended: user.suspended,
        archived: user.archived,
        guest: user.is_guest,
        photo_etag: user.thumbnail_photo_etag,
        number,
    }
}

/// The language marked as preferred, else the first that is not marked as the contrary. The limit is the CRD's, and that
/// of BCP 47 tags without extensions.
fn preferred_language(user: &User) -> Option<&str> {
    let usable = || user.languages.iter().filter(|language| language.code.len() <= 35);
    let is = |language: &Language, preference| language.preference.as_deref() == Some(preference);
    let preferred = usable().find(|language| is(language, "preferred"));
    preferred
        .or_else(|| usable().find(|language| !is(language, "not_preferred")))
        .map(|language| language.code.as_str())
}
