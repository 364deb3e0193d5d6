//! A day: people come, write, answer, read, look for something and go; what runs in the background runs.

use std::collections::HashMap;

use futures_util::future::join_all;
use tidings_protocol::alerts::PushSubscription;
use tidings_protocol::app;
use tidings_protocol::context::{Context, Fields, Screen};
use tidings_protocol::conversation::{ConversationState, Priority};
use tidings_protocol::cursor::Cursor;
use tidings_protocol::drafts::DraftKind;
use tidings_protocol::fallback::{Fallback, FallbackMinutes, FallbackWay};
use tidings_protocol::held::HoldUntil;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::{HandOverNote, SeenAssignee, View};
use tidings_protocol::message::{Choice, KnownPart, LiveLocation, Message, MoveLivePlace, Part, Parts};
use tidings_protocol::push::{PushEnvironment, PushProvider, PushTarget, WebPushKeys};
use tidings_protocol::satisfaction::{Questions, Satisfaction};
use tidings_protocol::saved_replies::SavedText;
use tidings_protocol::saved_views::{Filter, Order};
use tidings_protocol::search::{SearchAmong, SearchIn};
use tidings_protocol::text::MediaType;
use tidings_protocol::upload::Variant;
use tidings_protocol::webhooks::WebhookEvent;
use tidings_store::agent_sessions::{ProveAgentSession, SignInAgent, TouchAgentSession, Whereabouts};
use tidings_store::agents::{EndAgentSession, StartAgentSession};
use tidings_store::alerts::SetAgentNotifications;
use tidings_store::amend::{DeleteMessage, EditMessage};
use tidings_store::assigning::{AssignByRule, ReturnFromAway};
use tidings_store::attachments::{Facts, VariantFacts};
use tidings_store::audit::By;
use tidings_store::availability::{Availability, HandOver, SetAvailability};
use tidings_store::browsers::{
    DropBrowser, KeepAgentPushKey, ProveBrowser, StrikeBrowser, SubscribeBrowser, UnsubscribeBrowser,
};
use tidings_store::challenges::{ChallengePurpose, MakeChallenge, TakeChallenge};
use tidings_store::contexts::{FieldSource, KeepContext, SetConversationFields, SetUserFields};
use tidings_store::conversations::{Assign, HandTo, OpenConversation, SetState};
use tidings_store::devices::{DropPushToken, ProvePushToken, StrikePushToken, UpdateDevice};
use tidings_store::drafts::PutDraft;
use tidings_store::fallback::{HoldFallback, Mail, RecordFallback, ScheduleFallback, SetFallback, SetMail};
use tidings_store::held::{
    Hands, HoldReply, ReleaseReply, Released, ReturnReply, SendHeld, SetSendTime, WithdrawReply,
};
use tidings_store::hours::SetTeamHours;
use tidings_store::jobs::{BuryJob, ClaimJobs, DeferJob, FinishJob, RetryJob};
use tidings_store::leases::{GiveBackLease, TakeLease};
use tidings_store::ledger::{MarkCleared, NotePushReceipt, RecordPush};
use tidings_store::live_places::{EndOwnPlace, EndPlace, MovePlace};
use tidings_store::mentions::ReadMention;
use tidings_store::merging::MergeConversation;
use tidings_store::messages::{AppendMessage, Range};
use tidings_store::notes::AppendNote;
use tidings_store::passkeys::PasskeyUse;
use tidings_store::priority::SetPriority;
use tidings_store::push_contexts::Asked;
use tidings_store::receipts::{MoveTeamReceipt, MoveUserReceipt};
use tidings_store::reports::{Only, ReportAsked, Split};
use tidings_store::satisfaction::{AskSatisfaction, SetSatisfaction};
use tidings_store::saved_replies::{DeleteSavedReply, PutSavedReply};
use tidings_store::saved_views::{DeleteSavedView, PutSavedView};
use tidings_store::search::{Among, IndexFeed, SearchPlace};
use tidings_store::second_factors::Factor;
use tidings_store::shifts::ReturnAtClose;
use tidings_store::snooze::{Snooze, WakeConversation};
use tidings_store::tag_changes::{AlterTag, GoThroughTag, TagFate};
use tidings_store::tags::ChangeTags;
use tidings_store::uploads::{AddPiece, BeginUpload, GiveUpUpload, Piece, SettleUpload, Verdict};
use tidings_store::users::{SignIn, SignOut, UpsertUser};
use tidings_store::waking::HoldAgentMail;
use tidings_store::webhooks::{AddWebhook, ClaimDeliveries, SettleDelivery, Settled, SpreadFeed};
use tidings_store::{Error, team_feed, user_feed};

use crate::trial::{Trial, World, known, name};

pub(crate) async fn run(t: &Trial, w: &World) {
    let sign_in: SignIn = come(t, w).await;
    let session = wants_pushes(t, w).await;
    let id = write(t, w).await;
    has_enough(t, w, session, id).await;
    answer(t, w, id).await;
    read(t, w, id).await;
    send_a_file(t, w, id).await;
    look_for_something(t, w).await;
    push(t, w, id).await;
    tell_in_another_way(t, w, id).await;
    tell_own_systems(t, w, id).await;
    t.db.write(SignOut { token_hash: sign_in.session.token_hash, now: t.now() }).await.unwrap();
}

/// Signing in, and what each request asks about a session.
async fn come(t: &Trial, w: &World) -> SignIn {
    let sign_in = t.sign_in(w.app, known("customer-1"));
    t.db.write(sign_in.clone()).await.unwrap();
    t.sign_in_again(&sign_in).await.unwrap();
    let again = t.again(&sign_in);
    t.db.write(again.clone()).await.unwrap();
    let phone = again.session.token_hash;
    assert!(t.db.session(phone, t.now()).await.unwrap().is_some());
    let push = PushTarget {
        provider: PushProvider::Apns,
        token: name("a token"),
        environment: PushEnvironment::Sandbox,
        keys: None,
    };
    let update = app::UpdateDevice { push: Some(push), locale: Some(name("de")), app_version: None };
    t.db.write(UpdateDevice { device_id: w.device, update, now: t.now() }).await.unwrap();
    t.db.app(w.app).await.unwrap();
    t.db.appearance(w.app).await.unwrap();
    t.db.logo(w.app).await.unwrap();
    t.db.identity_keys(w.app).await.unwrap();
    t.db.push_credential(w.app, PushProvider::Apns).await.unwrap();
    t.db.server_key(t.hash()).await.unwrap();
    let (user_id, external_id) = (t.id(), name("customer-1"));
    let upsert = UpsertUser {
        app_id: w.app,
        user_id,
        external_id,
        name: Some(name("Léa")),
        email: None,
        now: t.now(),
    };
    t.db.write(upsert).await.unwrap();
    assert!(t.db.agent_by_email(&"Ana@acme.example".parse().unwrap()).await.unwrap().is_some());
    let (token_hash, now) = (t.hash(), t.now());
    let expires_at = now.plus_ms(3_600_000);
    assert!(t.db.second_factor(w.ana).await.unwrap().is_none());
    let start = StartAgentSession { agent_id: w.ana, token_hash, expires_at, now };
    let place = Whereabouts { address: "192.0.2.7".to_owned(), browser: None };
    let sign_in = SignInAgent { start, factor: Factor::None, place: place.clone() };
    assert!(t.db.write(sign_in).await.unwrap());
    t.db.write(TouchAgentSession { token_hash, place, now: now.plus_ms(1) }).await.unwrap();
    for factor in [None, Some(Factor::Code { step: 1 }), Some(Factor::Recovery(token_hash))] {
        t.db.write(ProveAgentSession { agent_id: w.ana, token_hash, factor, now }).await.unwrap();
    }
    let (challenge, holder, purpose) = (t.hash(), t.hash(), ChallengePurpose::SignIn);
    t.db.write(MakeChallenge { challenge, holder, purpose, now }).await.unwrap();
    assert!(t.db.write(TakeChallenge { challenge, holder, purpose, now }).await.unwrap());
    assert!(t.db.passkey(b"nobody's").await.unwrap().is_none());
    assert!(t.db.identity_provider(w.workspace).await.unwrap().is_none());
    let used = Factor::Passkey(PasskeyUse { id: t.id(), sign_count: 1, backed_up: false });
    t.db.write(ProveAgentSession { agent_id: w.ana, token_hash, factor: Some(used), now }).await.unwrap();
    assert!(t.db.agent_session(token_hash, now).await.unwrap().is_some());
    assert_eq!(t.db.sessions_that_go_on(&[token_hash, phone]).await.unwrap().len(), 2);
    t.db.write(EndAgentSession { token_hash, now }).await.unwrap();
    again
}

/// A rule gives what nobody has to somebody, and takes it from them when they are away.
async fn assign_by_rules(t: &Trial, w: &World, conversation_id: ConversationId) {
    let now = t.now();
    t.db.write(Assign { actor: w.ana(), conversation_id, assignee: None, now }).await.unwrap();
    t.db.routing(conversation_id, now).await.unwrap();
    let by_rule = AssignByRule { conversation_id, agent_id: w.ben, rule: name("A rule"), now };
    assert!(t.db.write(by_rule).await.unwrap());
    t.db.left_behind(100, now).await.unwrap();
    t.db.write(ReturnFromAway { conversation_id, agent_id: w.ben, now }).await.unwrap();
    t.db.latest_cases(w.team, 100, now).await.unwrap();
    t.db.teams_that_take_back().await.unwrap();
    t.db.left_at_close(w.team, now, None, 100, now).await.unwrap();
    let (agent_id, begin_at) = (w.ben, now.plus_ms(1_000));
    t.db.write(ReturnAtClose { conversation_id, agent_id, ended_at: now, begin_at, now }).await.unwrap();
}

/// Two conversations are merged, had back, and merged again until the user writes.
async fn merge(t: &Trial, w: &World, conversation_id: ConversationId) {
    let into = t.open_conversation(w.user).await.id;
    for into in [Some(into), None, Some(into)] {
        t.db.write(MergeConversation { actor: w.ana(), conversation_id, into, now: t.now() }).await.unwrap();
    }
    t.db.write(t.message(conversation_id, w.user(), "I write on here")).await.unwrap();
}

/// An agent sets a browser up for pushes, so that what the user writes wakes somebody.
async fn wants_pushes(t: &Trial, w: &World) -> [u8; 32] {
    let (session, now) = (t.hash(), t.now());
    let start =
        StartAgentSession { agent_id: w.ana, token_hash: session, expires_at: now.plus_ms(3_600_000), now };
    t.db.write(start).await.unwrap();
    t.db.write(KeepAgentPushKey { workspace_id: w.workspace, config: "{}".to_owned(), now }).await.unwrap();
    t.db.agent_push_key(w.workspace).await.unwrap();
    let keys = WebPushKeys { p256dh: name("point"), auth: name("secret") };
    let endpoint = "https://push.example.org/1".to_owned().try_into().unwrap();
    let subscription = PushSubscription { endpoint, keys, locale: None };
    let subscribe = SubscribeBrowser { id: t.id(), session, agent_id: w.ana, subscription, now };
    t.db.write(subscribe).await.unwrap();
    let mut wishes = t.db.wishes_of_agent(w.ana).await.unwrap();
    wishes.unassigned.push = true;
    t.db.write(SetAgentNotifications { agent_id: w.ana, wishes }).await.unwrap();
    session
}

/// What the push needs to know, and the ends that a subscription may have.
async fn has_enough(t: &Trial, w: &World, session: [u8; 32], id: ConversationId) {
    let now = t.now();
    let context = t.db.agent_push_context(w.ana, id, 1, now).await.unwrap().unwrap();
    assert_eq!(t.db.write(HoldAgentMail { agent_id: w.ana, now: t.now() }).await.unwrap(), None);
    let browser = context.reach.browsers[0].id;
    assert_eq!(t.db.agent_browsers(w.ana, now).await.unwrap().len(), 1);
    t.db.write(ProveBrowser { id: browser }).await.unwrap();
    let endpoint = || "another".to_owned();
    t.db.write(StrikeBrowser { id: browser, endpoint: endpoint(), now }).await.unwrap();
    let drop = DropBrowser { id: browser, endpoint: endpoint(), registered_before: now };
    t.db.write(drop).await.unwrap();
    t.db.write(UnsubscribeBrowser { session }).await.unwrap();
}

/// One after the other, many at once, one of them twice.
async fn write(t: &Trial, w: &World) -> ConversationId {
    let open = OpenConversation { id: t.id(), user_id: w.user, title: None, now: t.now() };
    let id = t.db.write(open.clone()).await.unwrap().value.id;
    assert!(!t.db.write(open).await.unwrap().is_new);
    let first: AppendMessage = t.message(id, w.user(), "hello");
    t.db.write(first.clone()).await.unwrap();
    assert!(!t.db.write(first).await.unwrap().is_new);
    tell(t, w, id).await;
    let other = t.open_conversation(w.other_user).await.id;
    join_all((0..60).map(|n| {
        let (id, actor) = match n % 3 {
            0 => (id, w.user()),
            1 => (id, w.ana()),
            _ => (other, w.other_user()),
        };
        t.db.write(t.message(id, actor, &format!("hello number {n}")))
    }))
    .await
    .into_iter()
    .for_each(|sent| drop(sent.unwrap()));
    id
}

/// From where somebody wrote, and what is said of them.
async fn tell(t: &Trial, w: &World, conversation_id: ConversationId) {
    let (user_id, now) = (w.user, t.now());
    let keep = |message_id, screen: &str| {
        let screen = Screen { name: name(screen), title: None, detail: None };
        let context = Context { screen: Some(screen), ..Context::default() };
        KeepContext { conversation_id, user_id, message_id, context, now }
    };
    t.db.write(keep(None, "home")).await.unwrap();
    t.db.write(keep(Some(t.id()), "checkout")).await.unwrap();
    let fields: Fields = serde_json::from_str(r#"{"plan":"gold"}"#).unwrap();
    for fields in [fields, Fields::default()] {
        let set = SetConversationFields { conversation_id, user_id, fields: fields.clone(), now };
        t.db.write(set).await.unwrap();
        t.db.write(SetUserFields { user_id, source: FieldSource::App, fields, now }).await.unwrap();
    }
}

async fn answer(t: &Trial, w: &World, conversation_id: ConversationId) {
    let late = AppendMessage { seen_seq: Some(1), ..t.message(conversation_id, w.ben(), "I answer") };
    assert!(matches!(t.db.write(late).await, Err(Error::Moved(_))));
    let quoting =
        AppendMessage { quote: Some(t.id()), ..t.message(conversation_id, w.ana(), "I answer you") };
    assert!(matches!(t.db.write(quoting).await, Err(Error::Quote)));
    let note = AppendNote {
        id: t.id(),
        conversation_id,
        agent_id: w.ana,
        text: name("careful"),
        mentions: vec![w.ben],
        now: t.now(),
    };
    t.db.write(note.clone()).await.unwrap();
    t.db.write(note.clone()).await.unwrap();
    t.db.mention_context(w.ben, conversation_id, note.id, t.now()).await.unwrap().unwrap();
    t.db.write(ReadMention { agent_id: w.ben, conversation_id, note_id: note.id, now: t.now() })
        .await
        .unwrap();
    let (actor, now) = (w.ana(), t.now());
    let assign = Assign { actor, conversation_id, assignee: Some(w.ben), now };
    t.db.write(assign).await.unwrap();
    let seen = Some(SeenAssignee { agent_id: Some(w.ben) });
    let words = Some(HandOverNote { id: t.id(), text: name("Back on Monday.") });
    t.db.write(HandTo { assign, seen, note: words }).await.unwrap();
    for availability in [Availability::Away { until: None }, Availability::Available] {
        t.db.write(SetAvailability { agent_id: w.ben, availability, now }).await.unwrap();
    }
    t.db.who_is_away(w.workspace, now).await.unwrap();
    assign_by_rules(t, w, conversation_id).await;
    let over = HandOver { agent_id: w.ben, to: Some(w.ana), note: Some(name("Please.")), told: false, now };
    t.db.write(over).await.unwrap();
    t.db.write(HandOver { agent_id: w.ana, to: None, note: None, told: false, now }).await.unwrap();
    for until in [Some(now.plus_ms(60_000)), None, Some(now.plus_ms(60_000))] {
        t.db.write(Snooze { actor, conversation_id, until, now, job_id: t.id() }).await.unwrap();
    }
    let until = now.plus_ms(60_000);
    t.db.write(WakeConversation { conversation_id, until, now: until }).await.unwrap();
    t.db.write(SetPriority { actor, conversation_id, priority: Priority::High, now }).await.unwrap();
    for (add, remove) in [("Refund", "tag 1"), ("tag 2", "refund")] {
        let (add, remove) = (vec![name(add)], vec![name(remove)]);
        t.db.write(ChangeTags { actor, conversation_id, add, remove, now }).await.unwrap();
    }
    alter_tag(t, w).await;
    hold(t, w, conversation_id).await;
    merge(t, w, conversation_id).await;
    for text in [Some(name("Dear")), None] {
        let (agent_id, kind) = (w.ana, DraftKind::Reply);
        t.db.write(PutDraft { agent_id, conversation_id, kind, text, written_at: now, now }).await.unwrap();
    }
    t.db.drafts(w.ana, 0, 10).await.unwrap();
    t.db.tags(w.ana).await.unwrap();
    for team_id in [None, Some(w.team)] {
        let texts = vec![SavedText { language: name("en"), text: name("Thank you.") }];
        let (agent_id, id) = (w.ana, t.id());
        t.db.write(PutSavedReply { agent_id, id, team_id, name: name("Thanks"), texts, now }).await.unwrap();
        t.db.write(DeleteSavedReply { agent_id, id }).await.unwrap();
    }
    let hours = SetTeamHours { workspace_id: w.workspace, team_id: w.team, hours: None, by: t.by() };
    t.db.write(hours).await.unwrap();
    t.db.answering_team(w.app).await.unwrap();
    t.db.spoken_in_team(w.team, now.plus_ms(-1_000)).await.unwrap();
    t.db.push_credentials_of(w.app).await.unwrap();
    t.db.saved_replies(w.ana).await.unwrap();
    narrow_down(t, w).await;
    t.db.waiting_of(w.ana, &[conversation_id]).await.unwrap();
    count(t, w).await;
    t.db.language_of_user(w.ana, conversation_id).await.unwrap();
    assert!(t.db.user_card(w.ana, conversation_id, now).await.unwrap().is_some());
    ask(t, w, conversation_id).await;
    for state in [ConversationState::Open, ConversationState::Closed, ConversationState::Open] {
        t.db.write(SetState { actor, conversation_id, state, now }).await.unwrap();
    }
    let id = t.db.write(t.message(conversation_id, actor, "Adieu.")).await.unwrap().value.id;
    let text = name("Au revoir.");
    t.db.write(EditMessage { conversation_id, id, actor, text, now }).await.unwrap();
    t.db.write(DeleteMessage { conversation_id, id, actor, now }).await.unwrap();
    places(t, w, conversation_id).await;
    let receipt = MoveTeamReceipt { agent_id: w.ana, conversation_id, read_seq: 3, now };
    t.db.write(receipt).await.unwrap();
    let receipt =
        MoveUserReceipt { user_id: w.user, conversation_id, delivered_seq: 9, read_seq: 5, from: None, now };
    t.db.write(receipt).await.unwrap();
}

/// Somebody is asked what they think, and answers.
async fn ask(t: &Trial, w: &World, conversation_id: ConversationId) {
    let after_minutes = 0.try_into().unwrap();
    let wish = Satisfaction { after_minutes, questions: Questions::default() };
    let set = SetSatisfaction { app_id: w.app, satisfaction: Some(wish), by: t.by() };
    t.db.write(set).await.unwrap();
    assert!(t.db.satisfaction(w.app).await.unwrap().is_some());
    let (actor, closed_at) = (w.ana(), t.now());
    let state = ConversationState::Closed;
    t.db.write(SetState { actor, conversation_id, state, now: closed_at }).await.unwrap();
    assert!(t.db.asked_how(conversation_id).await.unwrap().is_some());
    let (parts, now) = (Parts::text(name("And?")), t.now());
    let ask = AskSatisfaction { conversation_id, closed_at, parts, now, job_id: t.id() };
    assert!(t.db.write(ask).await.unwrap());
    let newest = t.db.messages(conversation_id, Range::Newest, 1).await.unwrap();
    let question = newest.messages[0].id;
    let (option_id, label) = (name("satisfaction_5"), name("Very good"));
    let choice = Part::Known(KnownPart::Choice(Choice { message_id: question, option_id, label }));
    let answer = AppendMessage {
        parts: vec![choice].try_into().unwrap(),
        ..t.message(conversation_id, w.user(), "x")
    };
    t.db.write(answer).await.unwrap();
    t.db.write(SetSatisfaction { app_id: w.app, satisfaction: None, by: t.by() }).await.unwrap();
}

/// Lists are narrowed down and put into another order, and kept as views.
async fn narrow_down(t: &Trial, w: &World) {
    let tag = Filter { tag: Some(name("tag 1")), ..Filter::default() };
    let colleague = Filter { view: View::Closed, agent_id: Some(w.ben), ..Filter::default() };
    let urgent = |filter: &Filter| Filter { priority: Some(Priority::Urgent), ..filter.clone() };
    let closed = Filter { view: View::Closed, ..Filter::default() };
    let longest = |filter: &Filter| Filter { view: View::All, order: Order::Waiting, ..filter.clone() };
    let more = [urgent(&tag), urgent(&colleague), urgent(&closed), urgent(&Filter::default()), longest(&tag)];
    t.db.apps_of_agent(w.ana).await.unwrap();
    let of_app = Filter { app_id: Some(w.app), ..closed.clone() };
    let more = more.into_iter().chain([Filter { view: View::All, ..of_app.clone() }, of_app]);
    let more = more.chain([longest(&colleague), longest(&closed)]).map(|filter| (filter, false));
    for (filter, is_shared) in [(tag.clone(), false), (colleague.clone(), true)].into_iter().chain(more) {
        let (id, now) = (t.id(), t.now());
        t.db.filtered_conversations(w.ana, &filter, None, 5).await.unwrap();
        let name = name("Kept");
        t.db.write(PutSavedView { agent_id: w.ana, id, name, filter, is_shared, now }).await.unwrap();
        t.db.saved_views(w.ana).await.unwrap();
        t.db.write(DeleteSavedView { agent_id: w.ana, id }).await.unwrap();
    }
}

/// Somebody looks at reports.
async fn count(t: &Trial, w: &World) {
    let (teams, now) = (vec![w.team], t.now());
    let bounds: Vec<_> = (0..8).map(|day| now.plus_ms((day - 7) * 86_400_000)).collect();
    for split in [None, Some(Split::Team), Some(Split::Agent), Some(Split::Tag)] {
        for only in [None, Some(Only::Agent(Some(w.ana))), Some(Only::Tag(name("tag 1")))] {
            let (teams, bounds) = (teams.clone(), bounds.clone());
            t.db.report(&ReportAsked { teams, bounds, split, only, now }).await.unwrap();
        }
    }
}

/// Somebody shares where they are.
async fn places(t: &Trial, w: &World, conversation_id: ConversationId) {
    let actor = w.user();
    for early in [true, false] {
        let live = Part::Known(KnownPart::LiveLocation(LiveLocation::for_seconds(900)));
        let share =
            AppendMessage { parts: vec![live].try_into().unwrap(), ..t.message(conversation_id, actor, "x") };
        let now = share.now;
        let Message { id, seq, .. } = t.db.write(share).await.unwrap().value;
        let place =
            MoveLivePlace { number: 1, latitude: 46.9, longitude: 7.4, accuracy_m: None, measured_at: None };
        t.db.write(MovePlace { conversation_id, id, actor, place, now }).await.unwrap();
        if early {
            t.db.write(EndOwnPlace { conversation_id, id, actor, now }).await.unwrap();
        }
        let until = now.plus_ms(900_000);
        t.db.write(EndPlace { conversation_id, seq, until, now: until }).await.unwrap();
    }
}

/// Replies that wait, and what becomes of them.
async fn hold(t: &Trial, w: &World, conversation_id: ConversationId) {
    let (agent_id, now) = (w.ana, t.now());
    let hold = |until| HoldReply {
        id: t.id(),
        conversation_id,
        agent_id,
        parts: Parts::text(name("In a moment.")),
        quote: None,
        seen_seq: None,
        until,
        then_close: false,
        now,
        job_id: t.id(),
    };
    let moment = hold(HoldUntil::Seconds { seconds: 5 });
    t.db.write(moment.clone()).await.unwrap();
    assert!(!t.db.write(moment.clone()).await.unwrap().is_new);
    let send_at = now.plus_ms(60_000);
    let (id, job_id) = (moment.id, t.id());
    t.db.write(SetSendTime { id, conversation_id, agent_id, send_at, now, job_id }).await.unwrap();
    let release = ReleaseReply { conversation_id, id, send_at, now: send_at, job_id: t.id() };
    assert!(matches!(t.db.write(release).await.unwrap(), Released::Sent(_)));
    let overtaken = HoldReply { seen_seq: Some(1_000_000), ..hold(HoldUntil::Seconds { seconds: 5 }) };
    t.db.write(overtaken.clone()).await.unwrap();
    let [back, approved, unknown] = [HoldUntil::Approval, HoldUntil::Approval, HoldUntil::Approval].map(hold);
    for one in [&back, &approved] {
        t.db.write(one.clone()).await.unwrap();
    }
    let note = name("Warmer.");
    t.db.write(ReturnReply { id: back.id, conversation_id, agent_id, note, now }).await.unwrap();
    let id = approved.id;
    let send = SendHeld { conversation_id, id, agent_id, seen_seq: None, parts: None, now, job_id: t.id() };
    t.db.write(send.clone()).await.unwrap();
    t.db.write(send).await.unwrap();
    for id in [back.id, overtaken.id, unknown.id] {
        t.db.write(WithdrawReply { id, conversation_id, agent_id, hands: Hands::Own, now }).await.unwrap();
    }
}

/// A tag that many have is written in another way, and then becomes another one.
async fn alter_tag(t: &Trial, w: &World) {
    for fate in [TagFate::Named(name("Tag 2")), TagFate::Becomes(name("refund"))] {
        let tag = name("tag 2");
        t.db.write(AlterTag { workspace_id: w.workspace, tag, fate, by: t.by() }).await.unwrap();
        for tag in t.db.going_tags(100).await.unwrap() {
            while t.db.write(GoThroughTag { tag: tag.clone(), now: t.now() }).await.unwrap() {}
        }
    }
}

/// First screens, what came after a cursor, pages of history and of lists.
async fn read(t: &Trial, w: &World, id: ConversationId) {
    t.db.user_bootstrap(w.user, 50).await.unwrap();
    t.db.agent_bootstrap(w.ana, 50).await.unwrap();
    for seq in [0, 5, 1_000_000] {
        let cursor = Cursor { epoch: t.db.epoch(), seq };
        t.db.user_changes(w.user, cursor, 500).await.unwrap();
        t.db.team_changes(w.team, cursor, 500).await.unwrap();
        t.db.user_page(w.user, cursor, 500).await.unwrap();
        t.db.team_page(w.team, cursor, 500).await.unwrap();
    }
    t.db.feed_heads(&[user_feed(w.user), team_feed(w.team)]).await.unwrap();
    for range in [Range::Newest, Range::Before(9), Range::After(9)] {
        t.db.messages(id, range, 5).await.unwrap();
        t.db.user_messages(w.user, id, range, 5).await.unwrap();
        t.db.thread(w.ana, id, range, 5).await.unwrap();
    }
    assert!(t.db.user_messages(w.user, t.id(), Range::Newest, 5).await.unwrap().is_none());
    t.db.user_conversation(w.user, id).await.unwrap();
    t.db.team_conversation(w.ana, id).await.unwrap();
    t.db.conversation_owners(id).await.unwrap();
    t.db.view_counts(w.ana).await.unwrap();
    let (_, next) = t.db.user_conversations(w.user, None, 1).await.unwrap();
    t.db.user_conversations(w.user, next, 5).await.unwrap();
    for view in [
        View::Mine,
        View::Unassigned,
        View::All,
        View::Snoozed,
        View::Closed,
        View::Approvals,
        View::Mentions,
    ] {
        let (_, next) = t.db.team_conversations(w.ana, view, None, 1).await.unwrap();
        t.db.team_conversations(w.ana, view, next, 5).await.unwrap();
    }
}

async fn look_for_something(t: &Trial, w: &World) {
    t.db.search_is_behind().await.unwrap();
    for team_id in t.db.unindexed_teams().await.unwrap() {
        t.db.write(IndexFeed { team_id, limit: 500 }).await.unwrap();
    }
    t.db.unindexed_since().await.unwrap();
    let query = "hello".parse().unwrap();
    let found = t.db.search_as_user(w.user, &query, None, 5, t.now()).await.unwrap();
    assert!(!found.hits.is_empty());
    for within in [SearchIn::Messages, SearchIn::Notes, SearchIn::People] {
        t.db.search_as_agent(w.ana, &query, within, None, 5, t.now()).await.unwrap();
        let among = Among {
            kind: Some(SearchAmong::Mine),
            tag: Some(name("vip")),
            from: Some(query.clone()),
            assignee: Some(w.ben),
            since: Some(t.now()),
            until: Some(t.now()),
        };
        let place = SearchPlace { within, among, before: None, limit: 5 };
        t.db.search_among(w.ana, &query, &place, t.now()).await.unwrap();
    }
}

/// A file comes in two pieces, is looked at, sent, and fetched by both sides; another is given up.
async fn send_a_file(t: &Trial, w: &World, id: ConversationId) {
    let begin = BeginUpload {
        id: t.id(),
        actor: w.user(),
        name: Some(name("parcel.pdf")),
        length: 10,
        sha256: [7; 32],
        now: t.now(),
    };
    t.db.write(begin.clone()).await.unwrap();
    for start in [0, 5] {
        let piece = Piece { start, bytes: 5, token: t.id() };
        let add = AddPiece { id: begin.id, actor: begin.actor, piece, now: t.now() };
        assert!(t.db.write(add).await.unwrap().is_some());
    }
    assert_eq!(t.db.pieces(begin.id).await.unwrap().len(), 2);
    let media_type: MediaType = name("application/pdf");
    let original = VariantFacts {
        variant: Variant::Original,
        media_type: media_type.clone(),
        bytes: 10,
        sha256: None,
        size: None,
    };
    let facts = Facts { media_type, bytes: 10, size: None, thumbhash: None, variants: vec![original] };
    let settle = SettleUpload { id: begin.id, verdict: Verdict::Complete(facts), now: t.now() };
    let file = t.db.write(settle).await.unwrap().unwrap();
    let parts = vec![Part::Known(KnownPart::Attachment(file.attachment().unwrap()))];
    let message = AppendMessage { parts: parts.try_into().unwrap(), ..t.message(id, w.user(), "a file") };
    t.db.write(message).await.unwrap();
    t.db.own_file(w.user(), file.id).await.unwrap();
    for actor in [w.user(), w.ana()] {
        assert!(t.db.visible_file(actor, file.id).await.unwrap().is_some());
    }
    assert!(t.db.complete_file(file.id).await.unwrap().is_some());
    let given_up = BeginUpload { id: t.id(), ..begin };
    t.db.write(given_up.clone()).await.unwrap();
    t.db.write(GiveUpUpload { id: given_up.id, actor: given_up.actor }).await.unwrap();
}

/// A message that no device got: somebody is told by e-mail, and a backend asks what became of it.
async fn tell_in_another_way(t: &Trial, w: &World, id: ConversationId) {
    let (now, pause) = (t.now(), FallbackMinutes::hour());
    let wish = Fallback { way: FallbackWay::Email, after_minutes: pause, pause_minutes: pause, link: None };
    let by = By::command_line(now);
    t.db.write(SetFallback { app_id: w.app, fallback: Some(wish), by }).await.unwrap();
    let context = t.db.fallback_context(w.user, id, 7).await.unwrap().unwrap();
    let (message_id, seq) = (context.newest.id, context.newest.seq);
    let look = ScheduleFallback {
        id: t.id(),
        app_id: w.app,
        user_id: w.user,
        conversation_id: id,
        message_id,
        seq,
        run_at: now,
    };
    t.db.write(look).await.unwrap();
    assert_eq!(t.db.write(HoldFallback { user_id: w.user, now }).await.unwrap(), None);
    let told = RecordFallback {
        user_id: w.user,
        conversation_id: id,
        first_seq: seq,
        last_seq: seq,
        way: FallbackWay::Email,
        accepted: true,
        detail: "250".to_owned(),
        pause,
        now,
    };
    t.db.write(told).await.unwrap();
    assert_eq!(t.db.fallback_link(w.user, id).await.unwrap(), None);
    let mail = SetMail { user_id: w.user, mail: Mail::Stopped, by: None, now };
    t.db.write(mail).await.unwrap();
    assert_eq!(
        t.db.message_ledger(w.workspace, message_id).await.unwrap().unwrap().ledger.fallbacks.len(),
        1
    );
    assert!(!t.db.user_ledger(w.workspace, w.user, 5).await.unwrap().unwrap().is_empty());
    assert!(!t.db.user_devices(w.user, now).await.unwrap().is_empty());
}

/// A company's own systems hear what happens.
async fn tell_own_systems(t: &Trial, w: &World, id: ConversationId) {
    let add = AddWebhook {
        id: t.id(),
        workspace_id: w.workspace,
        url: name("https://hooks.example.com/"),
        events: vec![WebhookEvent::MessageReceived, WebhookEvent::NoteAdded].try_into().unwrap(),
        secret: "sealed".to_owned(),
        off: None,
        by: t.by(),
    };
    let webhook_id = t.db.write(add).await.unwrap().id;
    t.db.write(t.message(id, w.user(), "hello again")).await.unwrap();
    t.note(id, w.ana, "careful").await;
    for team_id in t.db.untold_teams().await.unwrap() {
        t.db.write(SpreadFeed { team_id, limit: 50 }).await.unwrap();
    }
    let now = t.now();
    assert_eq!(t.db.due_webhooks(now).await.unwrap().len(), 1);
    let claim = ClaimDeliveries { webhook_id, limit: 8, until: now.plus_ms(60_000), now };
    for (claimed, settled) in
        t.db.write(claim).await.unwrap().into_iter().zip([Settled::Failed, Settled::Delivered])
    {
        assert!(t.db.webhook_data(&claimed).await.unwrap().is_some());
        let (id, attempt) = (claimed.id, claimed.attempt);
        let answer = "HTTP 500".to_owned();
        t.db.write(SettleDelivery { webhook_id, id, attempt, settled, answer, now }).await.unwrap();
    }
    assert!(t.db.card_source(w.app).await.unwrap().is_none());
    assert_eq!(t.db.webhooks(w.workspace, now).await.unwrap().len(), 1);
    let told = t.db.webhook_deliveries(w.workspace, webhook_id, None, 5).await.unwrap();
    assert_eq!(told.deliveries.len(), 2);
}

/// Jobs are claimed and end in each way; what a push needs to know.
async fn push(t: &Trial, w: &World, id: ConversationId) {
    let (holder, now) = (t.id(), t.now());
    t.db.write(TakeLease { name: "trial", holder, until: now.plus_ms(1000), now }).await.unwrap();
    t.db.write(GiveBackLease { name: "trial", holder }).await.unwrap();
    let context = t.db.push_context(w.user, id, 7, now).await.unwrap().unwrap();
    let asked = Asked { user_id: w.user, conversation_id: id, seq: 7 };
    assert_eq!(t.db.push_contexts(&[asked], now).await.unwrap().found, [Some(context.clone())]);
    let message_id = context.message.id;
    let push = RecordPush {
        message_id,
        device_id: w.device,
        provider: PushProvider::Apns,
        accepted: true,
        detail: "id".to_owned(),
        now,
    };
    t.db.write(push).await.unwrap();
    t.db.ledger(w.ana, id, message_id).await.unwrap();
    let receipt = NotePushReceipt { user_id: w.user, device_id: w.device, message_id, shown: true, now };
    t.db.write(receipt).await.unwrap();
    t.db.clear_context(w.user, id, t.id(), now).await.unwrap().unwrap();
    t.db.write(MarkCleared { conversation_id: id, device_id: w.device, seq: 9, now }).await.unwrap();
    let claim = ClaimJobs { limit: 4, of_one_app: 10, under_way: HashMap::new(), lease_ms: 60_000, now };
    let jobs = t.db.write(claim).await.unwrap();
    let [first, second, third, fourth] = &jobs[..] else { panic!("{jobs:?}") };
    t.db.write(FinishJob { id: first.id, lease: first.lease }).await.unwrap();
    let error = || "no".to_owned();
    let retry = RetryJob { id: second.id, lease: second.lease, run_at: now.plus_ms(1), error: error() };
    t.db.write(retry).await.unwrap();
    t.db.write(BuryJob { id: third.id, lease: third.lease, error: error(), now }).await.unwrap();
    t.db.write(DeferJob { id: fourth.id, lease: fourth.lease, run_at: now.plus_ms(1) }).await.unwrap();
    let token = "a token".to_owned();
    let proof = ProvePushToken { device_id: w.device, token: token.clone(), environment: None };
    t.db.write(proof).await.unwrap();
    t.db.write(StrikePushToken { device_id: w.device, token: token.clone(), now }).await.unwrap();
    t.db.write(DropPushToken { device_id: w.device, token, registered_before: None, now }).await.unwrap();
}
