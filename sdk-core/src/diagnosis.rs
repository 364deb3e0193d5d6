//! What is wrong, if anything, and what to do about it: for the developer of an app and for whoever helps its users. Holds
//! counts, times and codes, and nothing of what anybody wrote or is called.

use serde::Serialize;

use crate::item::SyncState;

/// How the client and what it stands on are at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// What is not as it should be; the worst first. Empty: all is well.
    pub findings: Vec<Finding>,
    /// What was looked at.
    pub facts: Facts,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable word for it, such as `clock_skew`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, in English.
    pub what: String,
    /// What to do about it.
    pub fix: &'static str,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is sent or shown as long as it lasts.
    Error,
    /// It works, and not as well as it could.
    Warning,
    /// Worth knowing.
    Notice,
}

/// What a diagnosis looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facts {
    /// The version of this library.
    pub sdk_version: &'static str,
    /// The version of the app, as it said.
    pub app_version: Option<String>,
    /// The language that pushes are worded in.
    pub locale: Option<String>,
    /// When, by the phone's clock, in unix milliseconds.
    pub at_ms: i64,
    /// Whether the app is on the screen, as it said.
    pub in_foreground: bool,
    /// Whether there is a network, as the app said.
    pub network_available: bool,
    /// How the client stands to the server, in one word.
    pub sync_state: &'static str,
    /// Whether anybody is signed in.
    pub signed_in: bool,
    /// What the server answered to a question made for this diagnosis.
    pub server: Reach,
    /// What waits to be sent.
    pub outbox: Queue,
    /// What lies on the phone.
    pub storage: Storage,
    /// How often the engine had to be started again since the user signed in. Each time is a fault of this library.
    pub engine_falls: u32,
    /// Whether the server knows how to wake this phone; `None` when the app never gave an address.
    pub push_address_told: Option<bool>,
}

/// Whether the server can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// Whether a Tidings server answered.
    pub reached: bool,
    /// Why not, or by what.
    pub detail: String,
    /// Milliseconds from the question to the answer.
    pub took_ms: u64,
    /// By how much the phone's clock is ahead of the server's, in milliseconds; to a second or so.
    pub clock_ahead_ms: Option<i64>,
}

/// What waits to be told the server: messages, edits and deletions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// How many items wait to be sent.
    pub waiting: u32,
    /// How long the oldest of them has waited, in milliseconds.
    pub oldest_ms: i64,
    /// The most attempts that one of them has had.
    pub most_attempts: u32,
    /// How many were refused.
    pub refused: u32,
    /// The codes of the refusals, each once.
    pub refusals: Vec<String>,
}

/// What a user's store takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Storage {
    /// Bytes of all files of the client's folder.
    pub bytes: u64,
    /// Conversations of the user who is signed in.
    pub conversations: i64,
    /// Their messages that lie on the phone.
    pub messages: i64,
    /// Why the store cannot be used, if it cannot: an error's code.
    pub fault: Option<String>,
}

/// A clock off by more is a finding: tokens have expired by then, or are not valid yet.
const SKEW_MS: i64 = 120_000;
/// An item that waits longer, with a server that answers, is a finding.
const STUCK_MS: i64 = 600_000;
/// More than this on disk is worth knowing.
const LARGE_BYTES: u64 = 500 * 1024 * 1024;

/// What the facts mean, the worst first.
pub(crate) fn judge(facts: Facts, state: &SyncState) -> Diagnosis {
    let mut findings: Vec<Finding> = [
        unreachable(&facts),
        signed_out(&facts),
        asleep(&facts),
        told_offline(&facts),
        turned_away(state),
        skewed(&facts),
        broken_store(&facts),
        stuck(&facts),
        refused(&facts),
        fallen(&facts),
        polling(state),
        unwakeable(&facts),
        large(&facts),
    ]
    .into_iter()
    .flatten()
    .collect();
    findings.sort_by_key(|finding| finding.severity);
    Diagnosis { findings, facts }
}

fn finding(code: &'static str, severity: Severity, what: impl Into<String>, fix: &'static str) -> Finding {
    Finding { code, severity, what: what.into(), fix }
}

fn unreachable(facts: &Facts) -> Option<Finding> {
    let fix = "Open the server's address with /health in the phone's browser. If it opens, compare it with server_url; if \
               not, the network, a proxy or the certificate is in the way.";
    let what = format!("the server was not reached: {}", facts.server.detail);
    (!facts.server.reached).then(|| finding("server_unreachable", Severity::Error, what, fix))
}

fn signed_out(facts: &Facts) -> Option<Finding> {
    let fix = "Call sign_in, or sign_in_anonymously, at each start of the app.";
    (!facts.signed_in).then(|| finding("signed_out", Severity::Error, "nobody is signed in", fix))
}

fn asleep(facts: &Facts) -> Option<Finding> {
    let fix = "Call set_visibility(foreground) when the app comes to the screen: nothing connects before.";
    let what = "the app has not said that it is on the screen";
    (!facts.in_foreground).then(|| finding("in_background", Severity::Notice, what, fix))
}

fn told_offline(facts: &Facts) -> Option<Finding> {
    let fix =
        "The app said set_network(unavailable) and has not taken it back: tell it when the network returns.";
    let what = "the server answers, but the app said that there is no network";
    let wrong = facts.server.reached && !facts.network_available;
    wrong.then(|| finding("network_told_unavailable", Severity::Error, what, fix))
}

fn turned_away(state: &SyncState) -> Option<Finding> {
    match state {
        SyncState::NeedsToken => Some(finding(
            "token_refused",
            Severity::Error,
            "the app's backend gave no identity token, or the server did not accept it",
            "Check the token's `aud`, `exp` and key at the backend, then call sign_in again; the log has the server's reason.",
        )),
        SyncState::Refused { code } => Some(finding(
            "client_refused",
            Severity::Error,
            format!("the server refuses this client with the close code {code}"),
            "Look the code up in the protocol's list of close codes; mostly the app needs a later version of this library.",
        )),
        _ => None,
    }
}

fn skewed(facts: &Facts) -> Option<Finding> {
    let ahead = facts.server.clock_ahead_ms.filter(|ahead| ahead.abs() > SKEW_MS)?;
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    let what = format!("the phone's clock is {} s {way} the server's", ahead.abs() / 1000);
    let fix = "Have the phone take its time from the network. Messages are in order all the same; tokens that the phone \
               judges by its clock are not.";
    Some(finding("clock_skew", Severity::Warning, what, fix))
}

fn broken_store(facts: &Facts) -> Option<Finding> {
    let fault = facts.storage.fault.as_ref()?;
    let fix =
        "With `storage_full`, free some space. With `storage`, check that the app may write into data_dir.";
    Some(finding("store_unusable", Severity::Error, format!("the store cannot be used: {fault}"), fix))
}

fn stuck(facts: &Facts) -> Option<Finding> {
    let queue = &facts.outbox;
    let stuck = facts.server.reached && queue.waiting > 0 && queue.oldest_ms > STUCK_MS;
    let what = format!(
        "{} items wait, the oldest for {} min, after up to {} attempts",
        queue.waiting,
        queue.oldest_ms / 60_000,
        queue.most_attempts
    );
    let fix = "The server answers and yet nothing is sent: look at the sync state, and at the log for `not sent yet`.";
    stuck.then(|| finding("outbox_stuck", Severity::Warning, what, fix))
}

fn refused(facts: &Facts) -> Option<Finding> {
    let queue = &facts.outbox;
    let what = format!("{} items were refused by the server: {}", queue.refused, queue.refusals.join(", "));
    let fix =
        "Show failed messages with a way to retry or discard them; the codes are in the list of problems.";
    (queue.refused > 0).then(|| finding("items_refused", Severity::Warning, what, fix))
}

fn fallen(facts: &Facts) -> Option<Finding> {
    let what = format!("the engine failed {} times and was started again", facts.engine_falls);
    let fix = "This is a fault of the library: report it with the exported diagnostics. Nothing was lost.";
    (facts.engine_falls > 0).then(|| finding("engine_failed", Severity::Warning, what, fix))
}

fn polling(state: &SyncState) -> Option<Finding> {
    let what = "no WebSocket gets through, so changes are asked for every 15 s";
    let fix = "Let the proxy in front of the server pass upgrades on /app/v1/socket; in this network, another proxy may be \
               in the way.";
    (*state == SyncState::Polling).then(|| finding("no_sockets", Severity::Warning, what, fix))
}

fn unwakeable(facts: &Facts) -> Option<Finding> {
    match facts.push_address_told {
        None if facts.signed_in => Some(finding(
            "no_push_address",
            Severity::Notice,
            "the app has given no push address, so this phone cannot be woken",
            "Call set_push_target with what APNs or FCM gave the app; it is kept for whoever signs in.",
        )),
        Some(false) => Some(finding(
            "push_address_not_told",
            Severity::Notice,
            "the server does not know the newest push address yet",
            "It is told when the server can be reached.",
        )),
        _ => None,
    }
}

fn large(facts: &Facts) -> Option<Finding> {
    let what = format!("the client's folder holds {} MiB", facts.storage.bytes / 1024 / 1024);
    let fix = "Signing out with Erase removes a user's store.";
    (facts.storage.bytes > LARGE_BYTES).then(|| finding("large_store", Severity::Notice, what, fix))
}

pub(crate) const fn word(state: &SyncState) -> &'static str {
    match state {
        SyncState::SignedOut => "signed_out",
        SyncState::Suspended => "suspended",
        SyncState::Offline => "offline",
        SyncState::SigningIn => "signing_in",
        SyncState::NeedsToken => "needs_token",
        SyncState::Connecting => "connecting",
        SyncState::CatchingUp => "catching_up",
        SyncState::Live => "live",
        SyncState::Polling => "polling",
        SyncState::Waiting { .. } => "waiting",
        SyncState::Refused { .. } => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Facts {
        Facts {
            sdk_version: "1",
            app_version: None,
            locale: None,
            at_ms: 0,
            in_foreground: true,
            network_available: true,
            sync_state: "live",
            signed_in: true,
            server: Reach { reached: true, detail: String::new(), took_ms: 5, clock_ahead_ms: Some(900) },
            outbox: Queue::default(),
            storage: Storage::default(),
            engine_falls: 0,
            push_address_told: Some(true),
        }
    }

    fn codes(facts: Facts, state: &SyncState) -> Vec<&'static str> {
        judge(facts, state).findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn nothing_is_found_where_all_is_well() {
        assert!(codes(well(), &SyncState::Live).is_empty());
    }

    #[test]
    fn each_thing_that_is_wrong_is_found_and_says_what_to_do() {
        let unreachable = Reach { reached: false, ..well().server };
        let skewed = Reach { clock_ahead_ms: Some(-130_000), ..well().server };
        let stuck = Queue { waiting: 2, oldest_ms: 700_000, ..Queue::default() };
        let refused = Queue { refused: 1, refusals: vec!["too_large".to_owned()], ..Queue::default() };
        let broken = Storage { fault: Some("storage_full".to_owned()), ..Storage::default() };
        let table = [
            (Facts { server: unreachable, ..well() }, "server_unreachable"),
            (Facts { server: skewed, ..well() }, "clock_skew"),
            (Facts { signed_in: false, ..well() }, "signed_out"),
            (Facts { in_foreground: false, ..well() }, "in_background"),
            (Facts { network_available: false, ..well() }, "network_told_unavailable"),
            (Facts { outbox: stuck, ..well() }, "outbox_stuck"),
            (Facts { outbox: refused, ..well() }, "items_refused"),
            (Facts { storage: broken, ..well() }, "store_unusable"),
            (Facts { storage: Storage { bytes: 1 << 40, ..Storage::default() }, ..well() }, "large_store"),
            (Facts { engine_falls: 1, ..well() }, "engine_failed"),
            (Facts { push_address_told: None, ..well() }, "no_push_address"),
            (Facts { push_address_told: Some(false), ..well() }, "push_address_not_told"),
        ];
        for (facts, code) in table {
            let found = judge(facts, &SyncState::Live).findings;
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].code, code);
            assert!(!found[0].what.is_empty() && !found[0].fix.is_empty());
        }
        assert_eq!(codes(well(), &SyncState::NeedsToken), ["token_refused"]);
        assert_eq!(codes(well(), &SyncState::Refused { code: 4100 }), ["client_refused"]);
        assert_eq!(codes(well(), &SyncState::Polling), ["no_sockets"]);
    }

    #[test]
    fn the_worst_comes_first() {
        let facts = Facts { push_address_told: None, engine_falls: 1, network_available: false, ..well() };
        assert_eq!(
            codes(facts, &SyncState::Live),
            ["network_told_unavailable", "engine_failed", "no_push_address"]
        );
    }
}
