//! One person of the made-up company: everything but the address follows from the number alone.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::names::{LONGEST, ONE_WORD, REGIONS, TITLES, UNITS};

/// Ids start here: 21 digits, as real ones.
const FIRST_ID: u128 = 100_000_000_000_000_000_000;
/// So many of them have 21 digits.
const IDS: u128 = 9 * FIRST_ID;
/// Spreads ids over the range, so that their order is not the order of names. It has no divisor in common with [`IDS`], so
/// that going round and round meets no id twice.
const ID_STEP: u128 = 7_919_000_000_000_063;
/// Times [`ID_STEP`] this is 1, counted round [`IDS`]: it leads from an id back to the person.
const ID_STEP_BACK: u128 = 216_074_575_984_126_984_127;

/// What somebody is called.
pub(super) struct Name {
    pub(super) given: Cow<'static, str>,
    pub(super) family: Cow<'static, str>,
    /// The local part of the address before it is made unique.
    pub(super) local: Cow<'static, str>,
}

/// The id of a person, in digits.
pub(super) fn id(index: u32) -> String {
    (FIRST_ID + ID_STEP * (u128::from(index) + 1) % IDS).to_string()
}

/// The person with an id, among as many people as there can be.
pub(super) fn by_id(id: &str) -> Option<u32> {
    let place = id.parse::<u128>().ok()?.checked_sub(FIRST_ID)?;
    if place >= IDS {
        return None;
    }
    // In two halves: the product of both numbers has more bits than the type.
    let (high, low) = (ID_STEP_BACK >> 35, ID_STEP_BACK & ((1 << 35) - 1));
    let number = (((place * high % IDS) << 35) + place * low) % IDS;
    let index = u32::try_from(number.checked_sub(1)?).ok()?;
    (self::id(index) == id).then_some(index)
}

/// A well-mixed number for one property of one person (`splitmix64`), so that properties are independent.
fn mix(index: u32, property: u64) -> usize {
    let mut z = u64::from(index)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(property.wrapping_mul(0xd1b5_4a32_d192_ed03));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((z ^ (z >> 31)) >> 33).unwrap_or(0)
}

fn pick<T>(list: &[T], index: u32, property: u64) -> &T {
    &list[mix(index, property) % list.len()]
}

/// What a person is called.
pub(super) fn name(index: u32) -> Name {
    let plain = |given: &'static str, family: &'static str, local: Cow<'static, str>| Name {
        given: given.into(),
        family: family.into(),
        local,
    };
    if index == 0 {
        return plain("Ada", "Admin", "admin".into());
    }
    if index % 97 == 31 {
        let (name, latin) = pick(ONE_WORD, index, 1);
        return plain(name, "", (*latin).into());
    }
    if index % 251 == 47 {
        return plain(
            LONGEST.0,
            LONGEST.1,
            "maximiliana.wolfeschlegelsteinhausen".into(),
        );
    }
    let region = pick(REGIONS, index, 2);
    let (given, latin_given) = pick(region.given, index, 3);
    let (family, latin_family) = pick(region.family, index, 4);
    let local = format!("{latin_given}.{latin_family}").into();
    match index % 131 {
        // Invisible characters come from copying names out of other systems.
        19 => Name {
            given: format!("{given}\u{200b}").into(),
            family: format!("\u{feff}{family}").into(),
            local,
        },
        73 => Name {
            given: format!("\u{200f}{given}").into(),
            family: (*family).into(),
            local,
        },
        _ => plain(given, family, local),
    }
}

/// The unit that a person is in, and the department.
fn place(index: u32) -> (&'static str, &'static str) {
    if index == 0 {
        ("/", "IT")
    } else {
        *pick(UNITS, index, 5)
    }
}

/// The path of the unit that a person is in.
pub(super) fn unit(index: u32) -> &'static str {
    place(index).0
}

/// Whether a flag of the resource is set.
pub(super) fn flag(index: u32, name: &str) -> bool {
    match name {
        "isAdmin" => index == 0,
        "suspended" => index % 50 == 17,
        "archived" => index % 100 == 63,
        _ => false,
    }
}

/// Whether a person has an alias.
pub(super) fn has_alias(index: u32) -> bool {
    index % 11 == 4
}

/// The `User` resource of a person, whose unique local part is given.
pub(super) fn resource(domain: &str, index: u32, local: &str) -> Value {
    let Name { given, family, .. } = name(index);
    let (unit, department) = place(index);
    let mut user = json!({
        "id": id(index),
        "primaryEmail": format!("{local}@{domain}"),
        "name": { "givenName": given, "familyName": family },
        "isAdmin": flag(index, "isAdmin"),
        "orgUnitPath": unit,
        "creationTime": format!("20{:02}-{:02}-{:02}T08:30:00.000Z", 15 + mix(index, 6) % 10, 1 + mix(index, 7) % 12, 1 + mix(index, 8) % 28),
        "suspended": flag(index, "suspended"),
        "archived": flag(index, "archived"),
        "organizations": [{ "title": pick(TITLES, index, 9), "department": department, "primary": true, "customType": "",
            "costCenter": format!("CC{}", 100 + mix(index, 10) % 9) }],
        "externalIds": [{ "value": format!("E{index:06}"), "type": "organization" }],
        "languages": [{ "languageCode": pick(&["en", "de", "fr", "es", "ar", "he", "ja", "pt-BR"], index, 11), "preference": "preferred" }],
    });
    if let Some(phones) = phones(index) {
        user["phones"] = phones;
    }
    if index > 0 {
        user["relations"] = json!([{ "type": "manager", "value": format!("admin@{domain}") }]);
    }
    if index % 3 == 1 {
        user["thumbnailPhotoUrl"] = format!("https://photos.example/{index}/s96").into();
        user["thumbnailPhotoEtag"] = format!("\"photo/{index}\"").into();
    }
    if index % 7 == 2 {
        user["locations"] = json!([{ "type": "desk", "area": "desk", "buildingId": "HQ", "floorName": (index % 12).to_string(), "deskCode": format!("{index}") }]);
        user["customSchemas"] = json!({ "Telephony": { "site": pick(&["HQ", "Zürich", "Remote"], index, 12), "level": index % 5 } });
    }
    if has_alias(index) {
        user["aliases"] = json!([format!("{local}.alias@{domain}")]);
        user["addresses"] = json!([{ "type": "work", "formatted": "1 Main Street, Springfield", "locality": "Springfield", "country": "United States" }]);
    }
    user
}

/// Phones as people type them, from ranges reserved for fiction; some people have none.
fn phones(index: u32) -> Option<Value> {
    let (last, area) = (mix(index, 20) % 100, 200 + mix(index, 21) % 700);
    let work = match mix(index, 22) % 6 {
        0 => format!("+1 ({area}) 555-01{last:02}"),
        1 => format!("{area}-555-01{last:02} ext. {}", 1000 + index),
        2 => format!("020 7946 0{last:03}"),
        3 => format!("+44 20 7946 0{last:03}"),
        4 => format!("tel:+1-{area}-555-01{last:02}"),
        _ => format!("+1{area}55501{last:02}"),
    };
    let mobile = format!("+44 7700 900{:03}", mix(index, 23) % 1000);
    match index % 10 {
        0..=4 => Some(
            json!([{ "value": work, "type": "work", "primary": true }, { "value": mobile, "type": "mobile" }]),
        ),
        5 => Some(json!([{ "value": mobile, "type": "mobile", "primary": true }])),
        6 => Some(json!([{ "value": mobile, "type": "work_mobile" }, { "value": work, "type": "home" }])),
        7 => Some(json!([{ "value": work, "type": "custom", "customType": "Reception \u{260e}" }])),
        8 => Some(json!([{ "value": format!("\u{202a}{mobile}\u{202c}"), "type": "mobile" }])),
        _ => None,
    }
}
