//! The groups of the made-up company.

use serde_json::{Value, json};

use crate::seed::DEFAULT_CUSTOMER_ID;

/// Groups by their names, and the unit that their people are in, or below.
const OF_UNITS: [(&str, &str); 3] = [
    ("Sales", "/Sales"),
    ("Engineering", "/Engineering"),
    ("Contractors", "/Contractors"),
];

/// The unit, if any, whose people are in a group of the company.
pub(crate) fn unit_of(group: &Value) -> Option<&'static str> {
    let found = OF_UNITS.iter().find(|(name, _)| group["name"] == **name);
    found.map(|(_, unit)| *unit)
}

/// Who is in the groups of the company. Whoever notes the owner only gets the groups without the people of units.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    owner: Option<Value>,
    sales: Vec<Value>,
    engineering: Vec<Value>,
    contractors: Vec<Value>,
}

impl Groups {
    /// Takes in one person; the first one owns the groups.
    pub(crate) fn note(&mut self, user: &Value) {
        let unit = user["orgUnitPath"].as_str().unwrap_or_default();
        let groups = [&mut self.sales, &mut self.engineering, &mut self.contractors];
        for ((_, path), members) in OF_UNITS.into_iter().zip(groups) {
            if unit.starts_with(path) {
                members.push(member(user, "MEMBER"));
            }
        }
        self.owner.get_or_insert_with(|| member(user, "OWNER"));
    }

    /// Two groups of people, one that nests them beside an outsider, one with the whole organization, and one with a group
    /// of another organization.
    pub(crate) fn seed(self, domain: &str) -> Vec<Value> {
        let Self {
            owner,
            mut sales,
            mut engineering,
            mut contractors,
        } = self;
        sales.extend(owner.clone());
        engineering.extend(owner);
        let nested = vec![
            json!({ "email": format!("sales@{domain}"), "role": "MEMBER", "type": "GROUP" }),
            json!({ "email": format!("engineering@{domain}"), "role": "MEMBER", "type": "GROUP" }),
            json!({ "email": "partner@home.example", "role": "MEMBER", "type": "USER" }),
        ];
        let everyone = vec![json!({ "id": DEFAULT_CUSTOMER_ID, "role": "MEMBER", "type": "CUSTOMER" })];
        contractors.push(json!({ "id": "03ph8a2z9999999", "email": "agency@home.example", "role": "MANAGER", "type": "GROUP" }));
        let all = [
            ("sales", "Sales", sales),
            ("engineering", "Engineering", engineering),
            ("phones", "People with phones", nested),
            ("all", "Everybody", everyone),
            ("contractors", "Contractors", contractors),
        ];
        all.into_iter()
            .enumerate()
            .map(|(index, (local, name, members))| {
                json!({ "id": format!("03ph8a2z{index:07}"), "email": format!("{local}@{domain}"), "name": name, "members": members })
            })
            .collect()
    }
}

fn member(user: &Value, role: &str) -> Value {
    json!({ "id": user["id"], "email": user["primaryEmail"], "role": role, "type": "USER" })
}
