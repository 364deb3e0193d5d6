use tidings_protocol::conversation::ConversationState;
use tidings_protocol::id::ConversationId;
use tidings_protocol::reports::{Figures, Took};
use tidings_protocol::time::Timestamp;
use tidings_store::conversations::{Assign, OpenConversation, SetState};
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::messages::AppendMessage;
use tidings_store::reports::{Counted, Group, Only, ReportAsked, Split};
use tidings_store::tags::ChangeTags;
use tidings_store::{Actor, Error};

use crate::trial::{Trial, World, name};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// A midnight.
const BEGIN: i64 = 1_795_219_200_000;

/// So many days and minutes after the beginning.
fn at(day: i64, minute: i64) -> Timestamp {
    Timestamp::from_unix_ms(BEGIN + day * DAY_MS + minute * MINUTE_MS)
}

async fn open(t: &Trial, w: &World, now: Timestamp) -> ConversationId {
    let open = OpenConversation { id: t.id(), user_id: w.user, title: None, now };
    t.db.write(open).await.unwrap().value.id
}

async fn say(t: &Trial, id: ConversationId, actor: Actor, now: Timestamp) {
    t.db.write(AppendMessage { now, ..t.message(id, actor, "hello") }).await.unwrap();
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

/// Three days, as they were.
async fn count(t: &Trial, w: &World, split: Option<Split>, only: Option<Only>) -> Counted {
    let bounds = (0..4).map(|day| at(day, 0)).collect();
    let asked = ReportAsked { teams: vec![w.team], bounds, split, only, now: at(3, 0) };
    t.db.report(&asked).await.unwrap()
}

fn took(count: i64, median: i64, p90: i64) -> Took {
    Took { count, median_s: Some(median * 60), p90_s: Some(p90 * 60) }
}

both! {
    async fn what_happened_is_counted_in_the_day_in_which_it_did(t) {
        let w = t.world().await;
        let id = open(t, &w, at(0, 0)).await;
        say(t, id, w.user(), at(0, 1)).await;
        say(t, id, w.user(), at(0, 2)).await;
        say(t, id, w.ana(), at(1, 1)).await;
        // Only the first answer is one.
        say(t, id, w.user(), at(1, 2)).await;
        say(t, id, w.ben(), at(1, 3)).await;
        set(t, &w, id, ConversationState::Closed, at(1, 10)).await;
        // Twice the same is once.
        set(t, &w, id, ConversationState::Closed, at(1, 11)).await;
        say(t, id, w.user(), at(2, 0)).await;
        set(t, &w, id, ConversationState::Closed, at(2, 5)).await;
        set(t, &w, id, ConversationState::Open, at(2, 6)).await;
        say(t, id, w.user(), at(2, 7)).await;
        let counted = count(t, &w, None, None).await;
        let first = Figures { opened: 1, received: 2, ..Figures::default() };
        let second = Figures {
            received: 1,
            sent: 2,
            first_answer: took(1, 24 * 60, 24 * 60),
            resolution: took(1, 24 * 60 + 10, 24 * 60 + 10),
            ..Figures::default()
        };
        let third = Figures { reopened: 2, received: 2, resolution: took(1, 5, 5), ..Figures::default() };
        assert_eq!(counted.periods, [first, second, third]);
        let total = Figures {
            opened: 1,
            reopened: 2,
            received: 5,
            sent: 2,
            first_answer: took(1, 24 * 60, 24 * 60),
            resolution: took(2, 5, 24 * 60 + 10),
            ..Figures::default()
        };
        assert_eq!(counted.total, total);
        assert_eq!((counted.backlog.under_1d, counted.backlog.sum()), (1, 1), "since the last day's beginning");
    }

    async fn half_and_nine_of_ten_are_those_of_the_times_themselves(t) {
        let w = t.world().await;
        for minutes in [10, 1, 9, 2, 8, 3, 7, 4, 6, 5] {
            let id = open(t, &w, at(0, 0)).await;
            say(t, id, w.user(), at(0, 0)).await;
            say(t, id, w.ana(), at(0, minutes)).await;
        }
        let counted = count(t, &w, None, None).await;
        assert_eq!(counted.total.first_answer, took(10, 5, 9));
        assert_eq!(counted.periods[1].first_answer, Took::default());
    }

    async fn groups_are_told_apart_and_each_can_be_asked_for_alone(t) {
        let w = t.world().await;
        let [first, second, third] = [open(t, &w, at(0, 0)).await, open(t, &w, at(0, 0)).await, open(t, &w, at(0, 0)).await];
        for id in [first, second, third] {
            say(t, id, w.user(), at(0, 0)).await;
        }
        let assign = Assign { actor: w.ana(), conversation_id: second, assignee: Some(w.ben), now: at(0, 1) };
        t.db.write(assign).await.unwrap();
        say(t, first, w.ana(), at(0, 3)).await;
        say(t, second, w.ana(), at(0, 5)).await;
        // Whose it is when it is resolved, not who resolves it.
        set(t, &w, second, ConversationState::Closed, at(0, 6)).await;
        for (conversation_id, tag) in [(first, "Parcel"), (second, "parcel"), (second, "Refund")] {
            let add = vec![name(tag)];
            t.db.write(ChangeTags { actor: w.ana(), conversation_id, add, remove: Vec::new(), now: at(0, 7) })
                .await
                .unwrap();
        }
        let by_agent = count(t, &w, Some(Split::Agent), None).await.groups;
        let (ana, _) = by_agent[&Group::Agent(Some(w.ana))];
        assert_eq!((ana.opened, ana.received, ana.sent, ana.first_answer, ana.resolution.count), (0, 0, 2, took(2, 3, 5), 0));
        let (ben, _) = by_agent[&Group::Agent(Some(w.ben))];
        assert_eq!((ben.opened, ben.received, ben.sent, ben.resolution), (1, 1, 0, took(1, 6, 6)));
        let (nobody, waits) = by_agent[&Group::Agent(None)];
        assert_eq!((nobody.opened, nobody.received, waits.under_7d), (2, 2, 1));
        let by_tag = count(t, &w, Some(Split::Tag), None).await.groups;
        let opened: Vec<_> = by_tag.iter().map(|(group, (figures, _))| (group.clone(), figures.opened)).collect();
        assert_eq!(opened, [(Group::Tag("Parcel".to_owned()), 2), (Group::Tag("Refund".to_owned()), 1)]);
        let by_team = count(t, &w, Some(Split::Team), None).await;
        assert_eq!(by_team.groups[&Group::Team(w.team)].0, by_team.total);
        let only = count(t, &w, Some(Split::Agent), Some(Only::Agent(Some(w.ben)))).await.total;
        assert_eq!((only.opened, only.received, only.sent), (1, 1, 0));
        let only = count(t, &w, Some(Split::Agent), Some(Only::Agent(None))).await;
        assert_eq!((only.total.opened, only.backlog.sum()), (2, 1));
        let only = count(t, &w, Some(Split::Tag), Some(Only::Tag(name("REFUND")))).await.total;
        assert_eq!((only.opened, only.received, only.sent, only.resolution.count), (1, 1, 1, 1));
    }

    async fn another_team_and_another_time_are_not_counted(t) {
        let w = t.world().await;
        let id = open(t, &w, at(3, 0)).await;
        say(t, id, w.user(), at(3, 0)).await;
        assert_eq!(count(t, &w, None, None).await.total, Figures::default());
        let bounds = vec![at(3, 0), at(4, 0)];
        let asked = ReportAsked { teams: vec![t.id()], bounds, split: None, only: None, now: at(4, 0) };
        let elsewhere = t.db.report(&asked).await.unwrap();
        assert_eq!((elsewhere.total, elsewhere.backlog.sum()), (Figures::default(), 0));
        let asked = ReportAsked { teams: vec![w.team], ..asked };
        assert_eq!(t.db.report(&asked).await.unwrap().total.opened, 1);
    }

    async fn what_was_erased_is_not_counted_any_more(t) {
        let w = t.world().await;
        let id = open(t, &w, at(0, 0)).await;
        say(t, id, w.user(), at(0, 0)).await;
        say(t, id, w.ana(), at(0, 1)).await;
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        while t.db.write(EraseStep { user_id: w.user, now: at(1, 0) }).await.unwrap() != Erasing::Done {}
        assert_eq!(count(t, &w, None, None).await.total, Figures::default());
        assert_eq!(t.number("SELECT COUNT(*) FROM milestones").await, 0);
    }

    async fn what_was_there_before_reports_is_counted_by_the_migration(t) {
        let w = t.world().await;
        let id = open(t, &w, at(0, 0)).await;
        say(t, id, w.user(), at(0, 1)).await;
        say(t, id, w.ana(), at(0, 4)).await;
        set(t, &w, id, ConversationState::Closed, at(0, 10)).await;
        say(t, id, w.user(), at(1, 0)).await;
        set(t, &w, id, ConversationState::Closed, at(1, 5)).await;
        let before = count(t, &w, Some(Split::Agent), None).await;
        t.sql("DELETE FROM milestones").await;
        assert_eq!(count(t, &w, None, None).await.total.opened, 0);
        let text = include_str!("../../../migrations/0037_reports.sql");
        let again = text.split_once("author_id);\n").unwrap().1;
        t.sql(again).await;
        let mut after = count(t, &w, Some(Split::Agent), None).await;
        assert_eq!((after.total, &after.periods), (before.total, &before.periods));
        // Who closed what nobody had was not told to anybody.
        assert_eq!(after.groups.remove(&Group::Agent(None)).unwrap().0.resolution.count, 2);
    }

    async fn whoever_asks_for_no_team_gets_nothing(t) {
        let w = t.world().await;
        open(t, &w, at(0, 0)).await;
        let asked = ReportAsked { teams: Vec::new(), bounds: vec![at(0, 0), at(1, 0)], split: Some(Split::Tag), only: None, now: at(1, 0) };
        let nothing: Result<Counted, Error> = t.db.report(&asked).await;
        assert_eq!(nothing.unwrap(), Counted { periods: vec![Figures::default()], ..Counted::default() });
    }
}
