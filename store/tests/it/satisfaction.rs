use tidings_protocol::conversation::{ConversationState, InboxConversation};
use tidings_protocol::id::{ConversationId, JobId, MessageId};
use tidings_protocol::message::{Author, Choice, KnownPart, Message, Part, Parts};
use tidings_protocol::reports::Satisfied;
use tidings_protocol::satisfaction::{Questions, Satisfaction};
use tidings_protocol::time::Timestamp;
use tidings_store::conversations::{Assign, OpenConversation, SetState};
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::jobs::{ClaimJobs, JobPayload};
use tidings_store::messages::{AppendMessage, Range};
use tidings_store::receipts::MoveTeamReceipt;
use tidings_store::reports::{Group, ReportAsked, Split};
use tidings_store::satisfaction::{AskSatisfaction, SetSatisfaction};

use crate::trial::{Trial, World, name};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const BEGIN: i64 = 1_795_253_400_000;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_ms(BEGIN + minute * MINUTE_MS)
}

async fn switch_on(t: &Trial, w: &World, minutes: i64) {
    let after_minutes = minutes.try_into().unwrap();
    let satisfaction = Some(Satisfaction { after_minutes, questions: Questions::default() });
    t.db.write(SetSatisfaction { app_id: w.app, satisfaction, by: t.by() }).await.unwrap();
}

/// A conversation that is answered at once.
async fn answered(t: &Trial, w: &World, now: Timestamp) -> ConversationId {
    let open = OpenConversation { id: t.id(), user_id: w.user, title: None, now };
    let id = t.db.write(open).await.unwrap().value.id;
    t.db.write(AppendMessage { now, ..t.message(id, w.user(), "where is it") }).await.unwrap();
    t.db.write(AppendMessage { now, ..t.message(id, w.ana(), "here") }).await.unwrap();
    id
}

async fn set(
    t: &Trial,
    w: &World,
    conversation_id: ConversationId,
    state: ConversationState,
    now: Timestamp,
) {
    t.db.write(SetState { actor: w.ana(), conversation_id, state, now }).await.unwrap();
}

async fn close(t: &Trial, w: &World, id: ConversationId, now: Timestamp) {
    set(t, w, id, ConversationState::Closed, now).await;
}

async fn ask(t: &Trial, conversation_id: ConversationId, closed_at: Timestamp, now: Timestamp) -> bool {
    let parts = Parts::text(name("How was it?"));
    let job_id: JobId = t.id();
    t.db.write(AskSatisfaction { conversation_id, closed_at, parts, now, job_id }).await.unwrap()
}

async fn newest(t: &Trial, id: ConversationId) -> Message {
    t.db.messages(id, Range::Newest, 1).await.unwrap().messages.pop().unwrap()
}

fn choice(t: &Trial, w: &World, id: ConversationId, question: MessageId, option: &str) -> AppendMessage {
    let (option_id, label) = (name(option), name("Good"));
    let choice = Part::Known(KnownPart::Choice(Choice { message_id: question, option_id, label }));
    AppendMessage { parts: vec![choice].try_into().unwrap(), ..t.message(id, w.user(), "x") }
}

async fn header(t: &Trial, w: &World, id: ConversationId) -> InboxConversation {
    t.db.team_conversation(w.ana, id).await.unwrap().unwrap()
}

/// Jobs that ask, with when they are due.
async fn asking(t: &Trial, now: Timestamp) -> Vec<(ConversationId, Timestamp)> {
    let under_way = std::collections::HashMap::new();
    let claim = ClaimJobs { limit: 100, of_one_app: 100, under_way, lease_ms: DAY_MS, now };
    let jobs = t.db.write(claim).await.unwrap();
    let asked = jobs.iter().filter_map(|job| match job.payload {
        JobPayload::AskSatisfaction { conversation_id, closed_at, .. } => Some((conversation_id, closed_at)),
        _ => None,
    });
    asked.collect()
}

async fn counted(t: &Trial, w: &World) -> Satisfied {
    let bounds = vec![at(-10_000), at(100_000)];
    let asked = ReportAsked { teams: vec![w.team], bounds, split: None, only: None, now: at(0) };
    t.db.report(&asked).await.unwrap().total.satisfaction
}

both! {
    async fn a_closing_has_its_user_asked_later_where_the_app_wants_that(t) {
        let w = t.world().await;
        let before = answered(t, &w, at(0)).await;
        close(t, &w, before, at(1)).await;
        switch_on(t, &w, 10).await;
        let id = answered(t, &w, at(0)).await;
        close(t, &w, id, at(2)).await;
        // Closed already: nothing more.
        close(t, &w, id, at(3)).await;
        assert_eq!(asking(t, at(11)).await, []);
        assert_eq!(asking(t, at(12)).await, [(id, at(2))]);
    }

    async fn question_and_answer_change_nothing_but_what_is_said(t) {
        let w = t.world().await;
        let id = answered(t, &w, at(0)).await;
        let assign = Assign { actor: w.ana(), conversation_id: id, assignee: Some(w.ben), now: at(0) };
        t.db.write(assign).await.unwrap();
        let read = MoveTeamReceipt { agent_id: w.ana, conversation_id: id, read_seq: 2, now: at(0) };
        t.db.write(read).await.unwrap();
        close(t, &w, id, at(1)).await;
        let before = header(t, &w, id).await;
        assert!(ask(t, id, at(1), at(2)).await);
        let question = newest(t, id).await;
        assert_eq!((question.author.clone(), question.seq), (Author::System, 3));
        let asked = header(t, &w, id).await;
        assert_eq!((asked.unread, asked.waiting_since, asked.state), (0, None, ConversationState::Closed));
        assert_eq!(t.db.user_conversation(w.user, id).await.unwrap().unwrap().unread, 2);
        let answer = t.db.write(choice(t, &w, id, question.id, "satisfaction_4")).await.unwrap().value;
        let after = header(t, &w, id).await;
        assert_eq!((after.state, after.waiting_since, after.unread), (ConversationState::Closed, None, 0));
        assert_eq!((after.assignee_id, after.last_seq), (before.assignee_id, answer.seq));
        assert_eq!(counted(t, &w).await, Satisfied { asked: 1, answered: 1, good: 1, sum: 4 });
        // What is written afterwards does as usual.
        t.db.write(t.message(id, w.user(), "and another thing")).await.unwrap();
        let again = header(t, &w, id).await;
        assert_eq!((again.state, again.unread), (ConversationState::Open, 1));
        assert!(again.waiting_since.is_some());
        // An answer that comes late leaves the one who waits waiting.
        t.db.write(choice(t, &w, id, question.id, "satisfaction_2")).await.unwrap();
        let late = header(t, &w, id).await;
        assert_eq!((late.state, late.waiting_since), (ConversationState::Open, again.waiting_since));
        assert_eq!(counted(t, &w).await, Satisfied { asked: 1, answered: 1, good: 0, sum: 2 }, "the last counts");
        let card = t.db.user_card(w.ana, id, at(5)).await.unwrap().unwrap().ratings;
        assert_eq!((card.count, card.sum, card.last.unwrap().score), (1, 2, 2));
    }

    async fn nobody_is_asked_in_vain_or_twice(t) {
        let w = t.world().await;
        let id = answered(t, &w, at(0)).await;
        assert!(!ask(t, id, at(1), at(2)).await, "it is open");
        close(t, &w, id, at(1)).await;
        assert!(!ask(t, id, at(0), at(2)).await, "another closing");
        set(t, &w, id, ConversationState::Open, at(3)).await;
        assert!(!ask(t, id, at(1), at(4)).await, "opened again");
        close(t, &w, id, at(5)).await;
        assert!(!ask(t, id, at(1), at(6)).await, "closed again since: that closing asks");
        assert!(ask(t, id, at(5), at(6)).await);
        assert!(!ask(t, id, at(5), at(7)).await, "asked");
        let other = answered(t, &w, at(8)).await;
        close(t, &w, other, at(9)).await;
        assert!(!ask(t, other, at(9), at(10)).await, "left in peace");
        assert!(!ask(t, other, at(9), at(6 + 14 * 24 * 60 - 1)).await);
        assert!(ask(t, other, at(9), at(6 + 14 * 24 * 60)).await);
        let open = OpenConversation { id: t.id(), user_id: w.other_user, title: None, now: at(0) };
        let alone = t.db.write(open).await.unwrap().value.id;
        t.db.write(t.message(alone, w.other_user(), "hello?")).await.unwrap();
        close(t, &w, alone, at(1)).await;
        assert!(!ask(t, alone, at(1), at(2)).await, "no agent wrote");
    }

    async fn only_a_choice_of_that_question_is_an_answer(t) {
        let w = t.world().await;
        let id = answered(t, &w, at(0)).await;
        close(t, &w, id, at(1)).await;
        assert!(ask(t, id, at(1), at(2)).await);
        let question = newest(t, id).await.id;
        t.db.write(choice(t, &w, id, question, "satisfaction_9")).await.unwrap();
        assert_eq!(header(t, &w, id).await.state, ConversationState::Open, "any other choice is a message");
        close(t, &w, id, at(3)).await;
        let elsewhere: MessageId = t.id();
        t.db.write(choice(t, &w, id, elsewhere, "satisfaction_5")).await.unwrap();
        assert_eq!(header(t, &w, id).await.state, ConversationState::Open);
        assert_eq!(counted(t, &w).await, Satisfied { asked: 1, ..Satisfied::default() });
    }

    async fn a_score_belongs_to_whose_the_conversation_was(t) {
        let w = t.world().await;
        let id = answered(t, &w, at(0)).await;
        let assign = |assignee, now| Assign { actor: w.ana(), conversation_id: id, assignee: Some(assignee), now };
        t.db.write(assign(w.ben, at(0))).await.unwrap();
        close(t, &w, id, at(1)).await;
        t.db.write(assign(w.ana, at(2))).await.unwrap();
        assert!(ask(t, id, at(1), at(3)).await);
        let question = newest(t, id).await.id;
        t.db.write(choice(t, &w, id, question, "satisfaction_5")).await.unwrap();
        let bounds = vec![at(0), at(10)];
        let asked = ReportAsked { teams: vec![w.team], bounds, split: Some(Split::Agent), only: None, now: at(9) };
        let groups = t.db.report(&asked).await.unwrap().groups;
        let full = Satisfied { asked: 1, answered: 1, good: 1, sum: 5 };
        assert_eq!(groups[&Group::Agent(Some(w.ben))].0.satisfaction, full);
        assert_eq!(groups[&Group::Agent(Some(w.ana))].0.satisfaction, Satisfied::default());
    }

    async fn what_somebody_thought_is_erased_with_them(t) {
        let w = t.world().await;
        switch_on(t, &w, 0).await;
        let id = answered(t, &w, at(0)).await;
        close(t, &w, id, at(1)).await;
        assert!(ask(t, id, at(1), at(2)).await);
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        while t.db.write(EraseStep { user_id: w.user, now: at(3) }).await.unwrap() != Erasing::Done {}
        assert_eq!(t.number("SELECT COUNT(*) FROM ratings").await, 0);
        assert_eq!(asking(t, at(100_000)).await, []);
        assert!(!ask(t, id, at(1), at(4)).await);
    }
}
