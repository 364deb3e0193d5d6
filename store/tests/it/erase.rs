use std::path::Path;

use tidings_protocol::change::{Catchup, ChangeKind};
use tidings_protocol::id::{ConversationId, UserId};
use tidings_protocol::push::PushProvider;
use tidings_protocol::search::SearchIn;
use tidings_store::audit::AuditFilter;
use tidings_store::contexts::{FieldSource, SetConversationFields};
use tidings_store::erase::{BeginErasure, EraseStep, Erasing, RememberErasures, fingerprint};
use tidings_store::ledger::RecordPush;
use tidings_store::scrub::Depth;
use tidings_store::search::{IndexFeed, Indexed};
use tidings_store::users::{NewSession, SignIn};
use tidings_store::{DatabaseUrl, EndedSession, Error};

use crate::contexts;
use crate::trial::{Trial, World, known, name};

/// Erases to the end, and says in how many steps.
async fn erase(t: &Trial, w: &World) -> usize {
    t.db.write(BeginErasure { user_id: w.user, workspace_id: Some(w.workspace), by: t.by() }).await.unwrap();
    let mut steps = 1;
    while t.db.write(EraseStep { user_id: w.user, now: t.now() }).await.unwrap() != Erasing::Done {
        steps += 1;
    }
    steps
}

async fn index(t: &Trial, w: &World) {
    while t.db.write(IndexFeed { team_id: w.team, limit: 100 }).await.unwrap() == Indexed::GoesOn {}
}

/// What the person leaves everywhere, each found in the bytes before and not after.
const TRACES: [&str; 9] = [
    "externalquince",
    "Quincename",
    "quince@trace.example",
    "quincetitle",
    "quincewords",
    "quincereply",
    "quincescreen",
    "quinceplan",
    "quinceorder",
];

/// From where they wrote, and what is said of them.
async fn tell(t: &Trial, user_id: UserId, conversation_id: ConversationId) {
    t.db.write(contexts::keep(t, user_id, conversation_id, Some(t.id()), "quincescreen")).await.unwrap();
    for source in [FieldSource::App, FieldSource::Backend] {
        t.db.write(contexts::say(t, user_id, source, r#"{"plan":"quinceplan"}"#)).await.unwrap();
    }
    let fields = contexts::fields(r#"{"order":"quinceorder"}"#);
    t.db.write(SetConversationFields { conversation_id, user_id, fields, now: t.now() }).await.unwrap();
}

/// The files of a database.
fn bytes_of(path: &Path) -> Vec<u8> {
    let folder = path.parent().unwrap();
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.flat_map(|file| std::fs::read(file).unwrap()).collect()
}

fn has(bytes: &[u8], trace: &[u8]) -> bool {
    bytes.windows(trace.len()).any(|window| window == trace)
}

/// A person who has left all their traces, and somebody else whose words stay.
async fn life(t: &Trial, w: &World) -> SignIn {
    let sign_in = SignIn {
        identity: tidings_store::users::Identity::Known {
            external_id: name("externalquince"),
            key_id: None,
            name: Some(name("Quincename")),
            email: Some("quince@trace.example".parse().unwrap()),
        },
        ..t.sign_in(w.app, known("externalquince"))
    };
    let person = t.db.write(sign_in.clone()).await.unwrap();
    let actor = tidings_store::Actor::User { user_id: person.id, device_id: sign_in.device.id };
    for round in 0..3 {
        let open = tidings_store::conversations::OpenConversation {
            id: t.id(),
            user_id: person.id,
            title: Some(name("quincetitle")),
            now: t.now(),
        };
        let id = t.db.write(open).await.unwrap().value.id;
        for n in 0..40 {
            t.send(id, actor, &format!("quincewords number {round} {n} {}", "filling ".repeat(40))).await;
        }
        tell(t, person.id, id).await;
        let reply = t.send(id, w.ana(), "quincereply from Ana").await;
        t.note(id, w.ana, "quincewords in a note").await;
        let push = RecordPush {
            message_id: reply.id,
            device_id: sign_in.device.id,
            provider: PushProvider::Fcm,
            accepted: true,
            detail: "projects/x".to_owned(),
            now: t.now(),
        };
        t.db.write(push).await.unwrap();
        let told = tidings_store::fallback::RecordFallback {
            user_id: person.id,
            conversation_id: id,
            first_seq: reply.seq,
            last_seq: reply.seq,
            way: tidings_protocol::fallback::FallbackWay::Email,
            accepted: false,
            detail: "550 quince@trace.example is nobody".to_owned(),
            pause: 60.try_into().unwrap(),
            now: t.now(),
        };
        t.db.write(told).await.unwrap();
    }
    let other = t.open_conversation(w.other_user).await;
    t.send(other.id, w.other_user(), "pearwords of somebody else").await;
    index(t, w).await;
    sign_in
}

both! {
    async fn an_erased_user_is_gone_and_nobody_else_is(t) {
        let w = t.world().await;
        let gone = t.open_conversation(w.user).await;
        t.send(gone.id, w.user(), "hello").await;
        t.note(gone.id, w.ana, "a note").await;
        let stays = t.open_conversation(w.other_user).await;
        t.send(stays.id, w.other_user(), "hello").await;
        let before = t.db.agent_bootstrap(w.ana, 10).await.unwrap();
        erase(t, &w).await;
        assert!(matches!(t.db.user_bootstrap(w.user, 10).await, Err(Error::NotFound)));
        assert!(t.db.team_conversation(w.ana, gone.id).await.unwrap().is_none());
        assert!(t.db.team_conversation(w.ana, stays.id).await.unwrap().is_some());
        let cursor = before.teams.iter().find(|team| team.id == w.team).unwrap().cursor;
        let Catchup::Changes(page) = t.db.team_changes(w.team, cursor, 100).await.unwrap() else { panic!() };
        let kinds: Vec<_> = page.changes.iter().map(|change| (change.kind, change.conversation_id)).collect();
        assert_eq!(kinds, [(ChangeKind::ConversationErased, gone.id)]);
        assert!(page.conversations.is_empty());
        assert_eq!(t.number("SELECT COUNT(*) FROM jobs WHERE payload LIKE '%usr_%'").await, 0);
    }

    /// A reader who was away reads the whole feed: each change of what is gone says that it is.
    async fn a_reader_who_was_away_learns_that_it_is_gone(t) {
        let w = t.world().await;
        let start = t.db.agent_bootstrap(w.ana, 10).await.unwrap().teams[0].cursor;
        let gone = t.open_conversation(w.user).await;
        t.send(gone.id, w.user(), "hello").await;
        t.note(gone.id, w.ana, "a note").await;
        erase(t, &w).await;
        let Catchup::Changes(page) = t.db.team_changes(w.team, start, 100).await.unwrap() else { panic!() };
        assert_eq!(page.changes.len(), 4);
        for change in page.changes {
            assert_eq!((change.kind, change.message, change.note), (ChangeKind::ConversationErased, None, None));
        }
    }

    async fn sessions_end_at_once_and_the_same_person_begins_anew(t) {
        let w = t.world().await;
        let now = t.now();
        let sign_in = SignIn {
            session: NewSession { token_hash: t.hash(), expires_at: now.plus_ms(60_000) },
            ..t.sign_in(w.app, known("customer-1"))
        };
        assert_eq!(t.db.write(sign_in.clone()).await.unwrap().id, w.user);
        t.commits.lock().unwrap().clear();
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        let ended: Vec<_> =
            t.commits.lock().unwrap().iter().flat_map(|one| one.ended_sessions.clone()).collect();
        assert!(ended.contains(&EndedSession::App(sign_in.session.token_hash)));
        // Not under way any more for them: the next sign-in is another person.
        let again = t.sign_in_again(&sign_in).await.unwrap();
        assert_ne!(again.id, w.user);
        while t.db.write(EraseStep { user_id: w.user, now: t.now() }).await.unwrap() != Erasing::Done {}
        assert!(t.db.user_bootstrap(again.id, 10).await.is_ok());
    }

    async fn an_erasure_that_was_interrupted_is_found_and_ended(t) {
        let w = t.world().await;
        let conversation = t.open_conversation(w.user).await;
        t.send(conversation.id, w.user(), "hello").await;
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        assert_eq!(t.db.erasures_under_way().await.unwrap(), [w.user]);
        // An agent writes meanwhile.
        t.send(conversation.id, w.ana(), "are you there?").await;
        while t.db.write(EraseStep { user_id: w.user, now: t.now() }).await.unwrap() != Erasing::Done {}
        assert!(t.db.erasures_under_way().await.unwrap().is_empty());
        assert_eq!(t.db.erased().await.unwrap(), [fingerprint(w.user)]);
        assert_eq!(t.number("SELECT COUNT(*) FROM messages").await, 0);
        assert!(matches!(
            t.db.write(t.message(conversation.id, w.ana(), "too late")).await, Err(Error::NotFound)
        ));
    }

    async fn what_was_not_begun_is_not_erased(t) {
        let w = t.world().await;
        assert_eq!(t.db.write(EraseStep { user_id: w.user, now: t.now() }).await.unwrap(), Erasing::Done);
        assert!(t.db.user_bootstrap(w.user, 10).await.is_ok());
        let nobody = BeginErasure { user_id: t.id(), workspace_id: None, by: t.by() };
        assert!(matches!(t.db.write(nobody).await, Err(Error::NotFound)));
        let elsewhere = BeginErasure { user_id: w.user, workspace_id: Some(t.id()), by: t.by() };
        assert!(matches!(t.db.write(elsewhere).await, Err(Error::NotFound)));
        assert!(t.db.user_bootstrap(w.user, 10).await.is_ok());
    }

    async fn a_restored_backup_knows_whom_to_forget_again(t) {
        let w = t.world().await;
        let prints = vec![fingerprint(w.user), fingerprint(t.id())];
        t.db.write(RememberErasures { fingerprints: prints, now: t.now() }).await.unwrap();
        assert_eq!(t.db.erased_and_back().await.unwrap(), [w.user]);
        erase(t, &w).await;
        assert!(t.db.erased_and_back().await.unwrap().is_empty());
    }

    async fn the_audit_log_keeps_the_act_and_forgets_the_person(t) {
        let w = t.world().await;
        erase(t, &w).await;
        let log = t.db.audit_log(w.workspace, &AuditFilter::default(), 1).await.unwrap();
        assert_eq!(log.entries[0].target.as_deref(), Some(fingerprint(w.user).as_str()));
        assert!(!format!("{log:?}").contains(&w.user.to_string()));
    }

    /// Erased is erased: neither in a row of any table nor in the bytes below it.
    async fn law_11_nothing_of_an_erased_user_is_left(t) {
        let mut w = t.world().await;
        let sign_in = life(t, &w).await;
        w.user = t.db.user_by_external_id(w.app, &name("externalquince")).await.unwrap().unwrap();
        let mut traces: Vec<Vec<u8>> = TRACES.iter().map(|trace| trace.as_bytes().to_vec()).collect();
        traces.push(w.user.uuid().as_bytes().to_vec());
        traces.push(sign_in.device.id.uuid().as_bytes().to_vec());
        traces.push(w.user.to_string().into_bytes());
        let found = |bytes: &[u8]| traces.iter().filter(|trace| has(bytes, trace)).count();
        // Only what is written as text in the log of jobs is not there before.
        let before = t.raw().await;
        assert!(found(&before) >= TRACES.len() + 2, "{}", found(&before));
        let query = "quincewords".parse().unwrap();
        let hits = t.db.search_as_agent(w.ana, &query, SearchIn::Messages, None, 100, t.now()).await.unwrap();
        assert_eq!(hits.hits.len(), 100);
        let steps = erase(t, &w).await;
        assert!(steps > 3, "{steps}");
        let depth = if t.db.backend() == "sqlite" { Depth::Free } else { Depth::Rewrite };
        t.db.scrub(depth).await.unwrap();
        let hits = t.db.search_as_agent(w.ana, &query, SearchIn::Messages, None, 100, t.now()).await.unwrap();
        assert!(hits.hits.is_empty());
        let after = t.raw().await;
        for trace in &traces {
            assert!(!has(&after, trace), "{}", String::from_utf8_lossy(trace));
        }
        assert!(has(&after, b"pearword"), "what others wrote stays");
    }
}

impl Trial {
    /// The bytes in which the database keeps everything: its files, or the files of its tables and indexes.
    pub(crate) async fn raw(&self) -> Vec<u8> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => bytes_of(path),
            DatabaseUrl::Postgres(_) => self.relation_bytes().await,
        }
    }
}
