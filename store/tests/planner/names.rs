//! Whether the day does everything that the store offers.

use std::fs;
use std::path::{Path, PathBuf};

/// What nobody waits for while people write: administration, upkeep, what the doctor and the metrics ask.
const COLD: [&str; 140] = [
    "AcceptInvitation",
    "AddIdentityKeys",
    "AddServerKey",
    "AddPasskey",
    "Arrive",
    "BeginAnew",
    "BeginErasure",
    "BeginPushTest",
    "BeginSecondFactor",
    "ChangePassword",
    "ChangeWebhook",
    "ChangeWebhookSecret",
    "ConfirmSecondFactor",
    "ConnectIdentity",
    "CreateAgent",
    "CreateApp",
    "CreateTeam",
    "CreateWorkspace",
    "DoomExpired",
    "EndAgentSessions",
    "EndOwnSessions",
    "EndUserSessions",
    "EnsurePasskeyHandle",
    "EnsureSecret",
    "EraseStep",
    "ForgetFile",
    "HandBack",
    "IndexScan",
    "InviteAgent",
    "LinkPassword",
    "MergeUser",
    "NameEmergency",
    "NamePasskey",
    "NotePushTest",
    "RebuildSearch",
    "Record",
    "RefuseAgent",
    "RefuseArrival",
    "RememberErasures",
    "RemoveCardSource",
    "RemovePasskey",
    "RemoveProvider",
    "RemoveSecondFactor",
    "RemoveWebhook",
    "RenameApp",
    "RenameTeam",
    "ReplaceRecoveryCodes",
    "ReplayDelivery",
    "RequireSecondFactor",
    "ResealAgentPushKey",
    "ResealCardSource",
    "ResealProvider",
    "ResealPushCredential",
    "ResealWebhook",
    "ReviveJob",
    "RevokeDevice",
    "RevokeIdentityKey",
    "RevokeInvitation",
    "RevokeServerKey",
    "SetAgentAccess",
    "SetAgentRole",
    "SetAppAccess",
    "SetAppearance",
    "SetAssignmentRules",
    "SetCardSource",
    "SetConversationPrivacy",
    "SetLogo",
    "SetPassword",
    "SetProvider",
    "SetNotifications",
    "SetPushCredential",
    "SetPushOptions",
    "SetRetention",
    "SetTalents",
    "SetTeamMembers",
    "SetUp",
    "SetUserAccess",
    "SweepSessions",
    "TrimConversation",
    "TrimFeed",
    "TrimOthers",
    "TryWebhook",
    "about_conversation",
    "agent_push_keys",
    "agent_sessions",
    "agents",
    "appearance_settings",
    "apps",
    "assignment_rules",
    "audit_log",
    "card_sources",
    "conversations_after",
    "dead_pushes",
    "doomed_files",
    "doomed_files_of",
    "erased",
    "erased_and_back",
    "erasure",
    "erasures_under_way",
    "fallback",
    "files_of_user",
    "first_admin",
    "has_password",
    "invitation",
    "invitations",
    "job_counts",
    "identity_of",
    "identity_providers",
    "kept_files",
    "listen",
    "newest_files",
    "notes_after",
    "notifications",
    "old_conversations",
    "old_feeds",
    "passkeys",
    "person",
    "ping",
    "push_credentials",
    "push_options",
    "push_test_arrived",
    "raw_bytes",
    "raw_files",
    "retention",
    "role_of",
    "scrub",
    "second_factor_required",
    "send",
    "server_keys",
    "staff",
    "tag_uses",
    "unsettled_uploads",
    "user_by_external_id",
    "user_fields",
    "users_of_external_id",
    "wakeable",
    "webhook_off_mail",
    "webhook_secrets",
    "workspace",
    "UnbindIdentity",
];

#[test]
fn the_day_does_whatever_is_not_cold() {
    let day = include_str!("day.rs");
    let mut missing = Vec::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        for name in offered(&fs::read_to_string(file).unwrap()) {
            let done = [format!(".{name}("), format!("{name} {{"), format!("{name}(")];
            if done.iter().any(|done| day.contains(done)) == COLD.contains(&name.as_str()) {
                missing.push(name);
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "neither in the day nor cold, or in both");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// The commands and queries of a file.
fn offered(text: &str) -> Vec<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let commands = text.lines().filter_map(|line| line.strip_prefix("impl Command for "));
    let queries = text.split("    pub async fn ").skip(1);
    let queries = queries.filter(|rest| rest.split(')').next().is_some_and(|to| to.contains("&self")));
    commands.chain(queries).map(name).collect()
}
