//! Groups and memberships of the directory: making and changing them, and what Google shows of them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value, json};

use super::crowd::Crowd;
use super::draft::{address, etag, invent_person_id, merge};
use super::groups::{Group, Kind, Member, Members};
use super::shelf::Place;
use super::{ChangeError, Directory};
use crate::schema;

/// Fields of `Group` that follow from others and cannot be set.
const DERIVED: [&str; 3] = ["directMembersCount", "etag", "kind"];

impl Directory {
    /// Adds a group without members. `members` beside the fields of the resource is left to the caller.
    pub(crate) fn create_group(&mut self, resource: Value) -> Result<Value, ChangeError> {
        let Value::Object(given) = resource else {
            return Err(ChangeError::invalid("the group must be a JSON object"));
        };
        check_names(&schema::GROUP, &given, "group")?;
        let email = address(given.get("email"), "email")?;
        let id = match given.get("id") {
            None => invent_id(&email),
            Some(Value::String(id)) if !id.is_empty() && !id.contains('@') => id.clone(),
            Some(id) => return Err(ChangeError::Invalid(format!("id: {id} is not an id"))),
        };
        if self.groups.find(&id).is_some() {
            return Err(ChangeError::Conflict(format!("id: {id:?} is taken")));
        }
        let local = email.split('@').next().unwrap_or_default();
        let defaults = json!({ "name": local, "description": "", "adminCreated": true,
            "nonEditableAliases": [format!("{email}.test-google-a.com")] });
        let mut resource = Map::new();
        merge(&mut resource, defaults.as_object().unwrap_or(&given));
        resource.extend(given);
        let group = Group {
            id: id.clone(),
            email,
            resource,
            members: Members::default(),
        };
        self.admit_group(group)?;
        self.group_resource(&id)
    }

    /// Changes a group with a JSON merge patch; the old address of a renamed group becomes an alias.
    pub(crate) fn patch_group(&mut self, key: &str, patch: &Value) -> Result<Value, ChangeError> {
        let Value::Object(patch) = patch else {
            return Err(ChangeError::invalid("the patch must be a JSON object"));
        };
        check_names(&schema::GROUP, patch, "group")?;
        let group = self.groups.find(key).ok_or_else(|| no_group(key))?;
        let (id, before) = (group.id.clone(), group.email.clone());
        if patch.get("id").is_some_and(|given| given.as_str() != Some(&id)) {
            return Err(ChangeError::invalid("id: never changes"));
        }
        let mut resource = group.resource.clone();
        merge(&mut resource, patch);
        let email = address(resource.get("email"), "email")?;
        if !email.eq_ignore_ascii_case(&before) {
            let aliases = resource.get("aliases").and_then(Value::as_array);
            let mut aliases = aliases.cloned().unwrap_or_default();
            aliases.retain(|alias| {
                !alias
                    .as_str()
                    .is_some_and(|text| text.eq_ignore_ascii_case(&email))
            });
            aliases.push(before.clone().into());
            resource.insert("aliases".to_owned(), aliases.into());
        }
        let mut changed = Group {
            id: id.clone(),
            email: email.clone(),
            resource,
            members: Members::default(),
        };
        self.check_group_addresses(&changed)?;
        if let Some(old) = self.groups.remove(&id) {
            changed.members = old.members;
        }
        self.admit_group(changed)?;
        if email != before {
            self.groups.readdress_member(&id, &email);
        }
        self.group_resource(&id)
    }

    /// Deletes a group, also out of the groups that it is a member of.
    pub(crate) fn delete_group(&mut self, key: &str) -> Result<(), ChangeError> {
        let id = self.groups.find(key).ok_or_else(|| no_group(key))?.id.clone();
        self.groups.remove(&id);
        self.groups.remove_member(&id);
        Ok(())
    }

    /// Adds a member (by `id` or `email`) to a group and answers with the `Member` resource.
    pub(crate) fn add_member(&mut self, group: &str, member: Value) -> Result<Value, ChangeError> {
        let Value::Object(given) = member else {
            return Err(ChangeError::invalid("the member must be a JSON object"));
        };
        check_names(&schema::MEMBER, &given, "member")?;
        let mut member = self.resolve_member(given)?;
        let version = self.next_version();
        let key = group;
        let group = self.groups.find_mut(key).ok_or_else(|| no_group(key))?;
        if group.members.get(&member.id).is_some() {
            let name = member.email().unwrap_or(&member.id);
            return Err(ChangeError::Conflict(format!("{name:?} is a member already")));
        }
        let stamp = etag(&(&group.id, &member.id, version));
        member.resource.insert("etag".to_owned(), stamp.into());
        member
            .resource
            .insert("kind".to_owned(), "admin#directory#member".into());
        group.members.insert(member.clone());
        Ok(Value::Object(self.member_resource(&member)))
    }

    /// Takes a member (by id, address or alias) out of a group.
    pub(crate) fn remove_member(&mut self, group: &str, key: &str) -> Result<(), ChangeError> {
        let found = self.groups.find(group).ok_or_else(|| no_group(group))?;
        let member = self.member_of(found, key);
        let id = member
            .map(|member| member.id.clone())
            .ok_or_else(|| ChangeError::NotFound(format!("{key:?}: no such member of {}", found.email)))?;
        if let Some(found) = self.groups.find_mut(group) {
            found.members.remove(&id);
        }
        Ok(())
    }

    /// A group's member by the member's id, address or alias.
    pub(crate) fn member_of<'a>(&self, group: &'a Group, key: &str) -> Option<Cow<'a, Member>> {
        let person = || group.members.get(&self.find(key)?.id());
        let nested = || group.members.get(&self.groups.find(key)?.id);
        let found = group.members.find(key).or_else(person).or_else(nested)?;
        self.counts(&found).then_some(found)
    }

    /// Whether a stored membership is in force: that of a deleted person rests.
    pub(crate) fn counts(&self, member: &Member) -> bool {
        member.kind != Kind::Person || self.live.get(&member.id).is_some()
    }

    /// The `Group` resource.
    pub(crate) fn show_group(&self, group: &Group) -> Map<String, Value> {
        let mut resource = group.resource.clone();
        let stored = group.members.stored().filter(|member| self.counts(member));
        let lives = |index: &u32| self.live.is_made(*index) || self.live.get(&Crowd::id(*index)).is_some();
        let count = stored.count() + group.members.made().filter(lives).count();
        resource.insert("directMembersCount".to_owned(), count.to_string().into());
        resource
    }

    /// The `Member` resource: a person's status follows the person unless the member was given one of its own.
    pub(crate) fn member_resource(&self, member: &Member) -> Map<String, Value> {
        let mut resource = member.resource.clone();
        if let Some(user) = self.live.get(&member.id)
            && member.kind == Kind::Person
            && !resource.contains_key("status")
        {
            let status = match (user.flag("suspended"), user.flag("archived")) {
                (true, _) => "SUSPENDED",
                (false, true) => "ARCHIVED",
                (false, false) => "ACTIVE",
            };
            resource.insert("status".to_owned(), status.into());
        }
        resource.retain(|_, value| !value.is_null());
        resource
    }

    /// A group and those that are nested in it, in the order in which their members count: who is in several is shown as
    /// the first one has it.
    pub(crate) fn nested<'a>(&'a self, group: &'a Group) -> Vec<&'a Group> {
        let (mut seen, mut waiting) = (HashSet::from([group.id.as_str()]), vec![group]);
        let mut found = Vec::new();
        while let Some(group) = waiting.pop() {
            found.push(group);
            for member in group.members.stored().filter(|member| member.kind == Kind::Group) {
                if seen.insert(&member.id) {
                    waiting.extend(self.groups.find(&member.id));
                }
            }
        }
        found
    }

    /// Direct members, and the members of nested groups beside the rows of those groups, after a place and in order. Each
    /// appears once.
    pub(crate) fn derived_members<'a>(
        &'a self,
        group: &'a Group,
        place: Option<&Place>,
    ) -> impl Iterator<Item = Cow<'a, Member>> + 'a {
        let groups = self.nested(group);
        let mut lists: Vec<_> = groups
            .iter()
            .map(|group| group.members.after(place).filter(|member| self.counts(member)))
            .collect();
        let mut heads: Vec<_> = lists.iter_mut().map(|list| head(list.next())).collect();
        std::iter::from_fn(move || {
            loop {
                let next = heads
                    .iter()
                    .enumerate()
                    .filter_map(|(at, head)| Some((head.as_ref()?, at)));
                let (_, at) = next.min_by(|((one, _), _), ((other, _), _)| one.cmp(other))?;
                let following = head(lists[at].next());
                let (_, member) = std::mem::replace(&mut heads[at], following)?;
                let shown = groups[..at].iter().any(|group| self.is_direct(group, &member.id));
                if !shown {
                    return Some(member);
                }
            }
        })
    }

    /// Whether somebody is a member of a group or of one that is nested in it.
    pub(crate) fn is_derived(&self, group: &Group, id: &str) -> bool {
        self.nested(group).iter().any(|group| self.is_direct(group, id))
    }

    /// Whether the whole organization is a member of a group or of one that is nested in it.
    pub(crate) fn holds_everybody(&self, group: &Group) -> bool {
        let stored = self
            .nested(group)
            .into_iter()
            .flat_map(|group| group.members.stored());
        stored.into_iter().any(|member| member.kind == Kind::Customer)
    }

    fn is_direct(&self, group: &Group, id: &str) -> bool {
        group.members.get(id).is_some_and(|member| self.counts(&member))
    }

    /// Whether a key is the id or the address of a group of another organization that is a member here.
    pub(crate) fn is_foreign_group(&self, key: &str) -> bool {
        let is_it = |member: Cow<'_, Member>| {
            member.kind == Kind::Outsider && member.resource.get("type") == Some(&json!("GROUP"))
        };
        self.groups
            .after(false, None)
            .any(|group| group.members.find(key).is_some_and(is_it))
    }

    fn group_resource(&self, id: &str) -> Result<Value, ChangeError> {
        let group = self.groups.find(id).ok_or_else(|| no_group(id))?;
        Ok(Value::Object(self.show_group(group)))
    }

    fn admit_group(&mut self, mut group: Group) -> Result<(), ChangeError> {
        self.check_group_addresses(&group)?;
        let version = self.next_version();
        group
            .resource
            .retain(|name, value| !value.is_null() && !DERIVED.contains(&name.as_str()));
        let own = [
            ("kind", "admin#directory#group".to_owned()),
            ("etag", etag(&(&group.id, version))),
            ("id", group.id.clone()),
            ("email", group.email.clone()),
        ];
        group
            .resource
            .extend(own.map(|(name, value)| (name.to_owned(), value.into())));
        if let Some((_, domain)) = group.email.split_once('@') {
            self.domains.insert(domain.to_lowercase());
        }
        self.groups.insert(group);
        Ok(())
    }

    fn check_group_addresses(&self, group: &Group) -> Result<(), ChangeError> {
        for address in group.addresses() {
            let other = self
                .groups
                .find(&address)
                .is_some_and(|other| other.id != group.id);
            if other || self.reached_at(&address).is_some() {
                return Err(ChangeError::Conflict(format!("{address:?} is taken")));
            }
        }
        Ok(())
    }

    /// Finds out who a member is, and completes the resource accordingly.
    fn resolve_member(&self, mut resource: Map<String, Value>) -> Result<Member, ChangeError> {
        let text = |name: &str| {
            resource
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let (given_id, email) = (text("id").map(str::to_owned), text("email").map(str::to_owned));
        let key = email.clone().or_else(|| given_id.clone());
        let customer = text("type") == Some("CUSTOMER") || given_id.as_deref() == Some(self.customer_id());
        let person = key.as_deref().and_then(|key| self.find(key));
        let group = key.as_deref().and_then(|key| self.groups.find(key));
        let (kind, id, email, type_name) = if customer {
            (Kind::Customer, self.customer_id().to_owned(), None, "CUSTOMER")
        } else if let Some(user) = person {
            (
                Kind::Person,
                user.id().into_owned(),
                Some(user.primary_email().into_owned()),
                "USER",
            )
        } else if let Some(group) = group {
            (Kind::Group, group.id.clone(), Some(group.email.clone()), "GROUP")
        } else {
            let outside = email.as_ref().filter(|email| email.contains('@')).cloned();
            let outside = outside.ok_or_else(|| {
                ChangeError::invalid(
                    "member: needs the email of anybody, or the id of a person, a group or the customer",
                )
            })?;
            let invent = if text("type") == Some("GROUP") {
                invent_id
            } else {
                invent_person_id
            };
            let id = given_id.unwrap_or_else(|| invent(&outside));
            (Kind::Outsider, id, Some(outside), "USER")
        };
        match email {
            Some(email) => resource.insert("email".to_owned(), email.into()),
            None => resource.remove("email"),
        };
        resource.insert("id".to_owned(), id.clone().into());
        resource.entry("role").or_insert_with(|| "MEMBER".into());
        resource.entry("type").or_insert_with(|| type_name.into());
        if matches!(kind, Kind::Group | Kind::Customer) {
            resource.entry("status").or_insert_with(|| "ACTIVE".into());
        }
        Ok(Member { id, kind, resource })
    }
}

/// What a list has next, with its place.
fn head(member: Option<Cow<'_, Member>>) -> Option<(Place, Cow<'_, Member>)> {
    member.map(|member| (member.place(), member))
}

fn check_names(schema: &schema::Resource, given: &Map<String, Value>, path: &str) -> Result<(), ChangeError> {
    schema
        .check_names(given, path)
        .map_err(|error| ChangeError::Invalid(error.to_string()))
}

fn no_group(key: &str) -> ChangeError {
    ChangeError::NotFound(format!("{key:?}: no such group"))
}

/// An id that looks like a group's, the same for the same address.
fn invent_id(email: &str) -> String {
    let mut hasher = DefaultHasher::new();
    email.to_lowercase().hash(&mut hasher);
    format!("0{:015x}", hasher.finish() >> 4)
}
