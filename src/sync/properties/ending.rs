//! What an integration leaves behind when it is deleted.

use super::operator::Operator;
use super::server::Server;
use crate::sync::driver::freed;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Claim, Content, Planned};
use crate::sync::view::View;

impl Operator {
    /// Hands every extension that an integration keeps over to the administrators.
    pub fn release(&mut self, integration: &str, server: &mut Server) {
        for (number, _) in self.kept_by(integration) {
            let current = View::of(&server.objects()[&number]);
            let target = Content::Release.target(&current).unwrap();
            let patched = server.patch(number, &target.patch_from(&current).unwrap());
            self.learn(&patched);
        }
    }

    /// Deletes every extension that an integration keeps for somebody; the numbers wait for their people.
    pub fn delete_all(&mut self, integration: &str, server: &mut Server) {
        let kept = self.kept_by(integration).into_iter();
        let removals: Vec<_> = kept
            .filter_map(|(number, person)| Some(deletion(number, person?)))
            .collect();
        for (number, entry) in freed(&removals, server.now) {
            server.leave(number, &entry);
        }
        for planned in &removals {
            let version = server.delete(planned.number);
            self.own_deletions.insert(version);
            self.index.remove(planned.number);
        }
        self.release(integration, server);
    }

    fn kept_by(&self, integration: &str) -> Vec<(Number, Option<PersonId>)> {
        let kept = self.index.kept_by(integration);
        kept.map(|digest| (digest.number, digest.person.clone()))
            .collect()
    }
}

fn deletion(number: Number, person: PersonId) -> Planned {
    Planned {
        change: Change::Delete,
        number,
        user: person.to_string(),
        person,
        reason: "IntegrationDeleted",
        content: Content::Nothing,
        claim: Claim::Own,
        generation: 0,
    }
}
