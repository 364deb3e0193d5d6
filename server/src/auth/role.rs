//! Who may do what: one table for the inbox, one for what is administered from it.
//!
//! Every request of an agent is looked up here by its route, before its handler runs. A route that is not in the table is
//! refused to everybody, so a new one cannot be forgotten.

use tidings_protocol::inbox::AgentRole;

/// What an agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Reads what their teams see, and looks after what is their own.
    Read,
    /// Marks as read, for the whole team.
    MarkRead,
    /// Writes notes.
    Note,
    /// Takes conversations on, and hands them over.
    Assign,
    /// Writes what goes out once somebody who answers has approved it.
    Propose,
    /// Writes to users, and decides that they are answered.
    Answer,
    /// Changes the workspace.
    Administer,
    /// Makes and unmakes owners, and names the company's identity provider.
    Own,
}

/// Whether a role may.
pub const fn may(role: AgentRole, act: Act) -> bool {
    use AgentRole::{Admin, Agent, Owner, Trainee};
    match act {
        Act::Read => true,
        Act::Note | Act::Assign | Act::Propose => matches!(role, Owner | Admin | Agent | Trainee),
        Act::MarkRead | Act::Answer => matches!(role, Owner | Admin | Agent),
        Act::Administer => matches!(role, Owner | Admin),
        Act::Own => matches!(role, Owner),
    }
}

/// The routes of the inbox: method, template, act.
const INBOX: &[(&str, &str, Act)] = &[
    ("GET", "/inbox/v1/bootstrap", Act::Read),
    ("GET", "/inbox/v1/teams/{id}/changes", Act::Read),
    ("GET", "/inbox/v1/conversations", Act::Read),
    ("GET", "/inbox/v1/conversations/{id}", Act::Read),
    ("GET", "/inbox/v1/conversations/{id}/thread", Act::Read),
    ("GET", "/inbox/v1/conversations/{id}/messages/{message_id}/ledger", Act::Read),
    ("GET", "/inbox/v1/conversations/{id}/user", Act::Read),
    ("GET", "/inbox/v1/conversations/{id}/cards", Act::Read),
    ("GET", "/inbox/v1/conversations/{id}/expected", Act::Read),
    ("GET", "/inbox/v1/due", Act::Read),
    ("GET", "/inbox/v1/apps", Act::Read),
    ("GET", "/inbox/v1/reports", Act::Read),
    ("GET", "/inbox/v1/reports/{table}", Act::Read),
    ("GET", "/inbox/v1/notifications", Act::Read),
    ("PUT", "/inbox/v1/notifications", Act::Read),
    ("GET", "/inbox/v1/push/key", Act::Read),
    ("PUT", "/inbox/v1/push/subscription", Act::Read),
    ("DELETE", "/inbox/v1/push/subscription", Act::Read),
    ("GET", "/inbox/v1/search", Act::Read),
    ("GET", "/inbox/v1/attachments/{id}", Act::Read),
    ("GET", "/inbox/v1/socket", Act::Read),
    ("PUT", "/inbox/v1/conversations/{id}/receipt", Act::MarkRead),
    ("POST", "/inbox/v1/conversations/{id}/notes", Act::Note),
    ("PUT", "/inbox/v1/conversations/{id}/mention", Act::Read),
    ("GET", "/inbox/v1/drafts", Act::Note),
    ("PUT", "/inbox/v1/conversations/{id}/drafts/{kind}", Act::Note),
    ("PUT", "/inbox/v1/conversations/{id}/assignee", Act::Assign),
    ("GET", "/inbox/v1/availability", Act::Read),
    ("PUT", "/inbox/v1/availability", Act::Assign),
    ("POST", "/inbox/v1/hand_over", Act::Assign),
    ("PUT", "/inbox/v1/conversations/{id}/state", Act::Answer),
    ("PUT", "/inbox/v1/conversations/{id}/snooze", Act::Answer),
    ("PUT", "/inbox/v1/conversations/{id}/merge", Act::Answer),
    ("PUT", "/inbox/v1/conversations/{id}/priority", Act::Answer),
    ("POST", "/inbox/v1/conversations/{id}/tags", Act::Answer),
    ("GET", "/inbox/v1/tags", Act::Read),
    ("GET", "/inbox/v1/saved_replies", Act::Read),
    ("PUT", "/inbox/v1/saved_replies/{id}", Act::Answer),
    ("DELETE", "/inbox/v1/saved_replies/{id}", Act::Answer),
    ("GET", "/inbox/v1/saved_views", Act::Read),
    ("PUT", "/inbox/v1/saved_views/{id}", Act::Answer),
    ("DELETE", "/inbox/v1/saved_views/{id}", Act::Answer),
    ("POST", "/inbox/v1/conversations/{id}/replies", Act::Answer),
    ("POST", "/inbox/v1/conversations/{id}/held_replies", Act::Propose),
    ("DELETE", "/inbox/v1/conversations/{id}/held_replies/{message_id}", Act::Propose),
    ("PUT", "/inbox/v1/conversations/{id}/held_replies/{message_id}/time", Act::Answer),
    ("POST", "/inbox/v1/conversations/{id}/held_replies/{message_id}/release", Act::Answer),
    ("POST", "/inbox/v1/conversations/{id}/held_replies/{message_id}/return", Act::Answer),
    ("PATCH", "/inbox/v1/conversations/{id}/messages/{message_id}", Act::Answer),
    ("DELETE", "/inbox/v1/conversations/{id}/messages/{message_id}", Act::Answer),
    ("OPTIONS", "/inbox/v1/uploads", Act::Propose),
    ("POST", "/inbox/v1/uploads", Act::Propose),
    ("HEAD", "/inbox/v1/uploads/{id}", Act::Propose),
    ("GET", "/inbox/v1/uploads/{id}", Act::Propose),
    ("PATCH", "/inbox/v1/uploads/{id}", Act::Propose),
    ("DELETE", "/inbox/v1/uploads/{id}", Act::Propose),
];

/// What is administered and dangerous: whoever does it from the inbox has just proved who they are.
const DANGEROUS: &[(&str, &str)] = &[
    ("POST", "/admin/v1/apps/{id}/identity_keys"),
    ("DELETE", "/admin/v1/apps/{id}/identity_keys/{key_id}"),
    ("PUT", "/admin/v1/apps/{id}/disabled"),
    ("PUT", "/admin/v1/apps/{id}/push/apns"),
    ("PUT", "/admin/v1/apps/{id}/push/fcm"),
    ("PUT", "/admin/v1/apps/{id}/push/web"),
    ("PUT", "/admin/v1/apps/{id}/push/webhook"),
    ("POST", "/admin/v1/server_keys"),
    ("DELETE", "/admin/v1/server_keys/{id}"),
    ("POST", "/admin/v1/agents"),
    ("PUT", "/admin/v1/agents/{id}/role"),
    ("PUT", "/admin/v1/agents/{id}/disabled"),
    ("PUT", "/admin/v1/teams/{id}/members"),
    ("DELETE", "/admin/v1/agents/{id}/second_factor"),
    ("DELETE", "/admin/v1/agents/{id}/identity"),
    ("POST", "/admin/v1/agents/{id}/password_link"),
    ("POST", "/admin/v1/invitations"),
    ("PUT", "/admin/v1/sign_in_rules"),
    ("PUT", "/admin/v1/single_sign_on"),
    ("DELETE", "/admin/v1/single_sign_on"),
    ("POST", "/admin/v1/single_sign_on/trial"),
    ("PUT", "/admin/v1/retention"),
    ("PUT", "/admin/v1/apps/{id}/cards"),
    ("GET", "/admin/v1/users/{id}/export"),
    ("DELETE", "/admin/v1/users/{id}"),
    ("POST", "/admin/v1/webhooks"),
    ("PUT", "/admin/v1/webhooks/{id}"),
    ("POST", "/admin/v1/webhooks/{id}/secret"),
    ("GET", "/admin/v1/apps/{id}/users/{external_id}/export"),
    ("DELETE", "/admin/v1/apps/{id}/users/{external_id}"),
];

/// What somebody does who asks for a route of the inbox; none: it is not in the table, so nobody may.
pub fn act_of(method: &str, template: &str) -> Option<Act> {
    let found = INBOX.iter().find(|(m, t, _)| *m == method && *t == template);
    found.map(|(.., act)| *act)
}

/// Whether an administrative route asks for a fresh proof.
pub fn is_dangerous(method: &str, template: &str) -> bool {
    DANGEROUS.contains(&(method, template))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_dangerous_route_is_one() {
        let document: Value = serde_json::from_str(&crate::api::openapi::document().unwrap()).unwrap();
        for (method, template) in DANGEROUS {
            let served = &document["paths"][*template][method.to_lowercase()];
            assert!(!served.is_null(), "{method} {template}");
        }
    }

    #[test]
    fn whoever_may_more_may_everything_below() {
        use AgentRole::{Admin, Agent, Owner, Trainee, Viewer};
        let acts = [
            Act::Read,
            Act::Note,
            Act::Assign,
            Act::Propose,
            Act::MarkRead,
            Act::Answer,
            Act::Administer,
            Act::Own,
        ];
        for pair in [Owner, Admin, Agent, Trainee, Viewer].windows(2) {
            for act in acts {
                assert!(may(pair[0], act) || !may(pair[1], act), "{pair:?} {act:?}");
            }
        }
    }
}
