//! Replies that wait before their user sees them: law 1, law 2, and what may come in between.

use futures_util::future::join_all;
use tidings_protocol::conversation::{ConversationState, InboxConversation};
use tidings_protocol::held::{HoldUntil, ReturnReason, WaitsFor};
use tidings_protocol::id::{AgentId, ConversationId, MessageId};
use tidings_protocol::inbox::View;
use tidings_protocol::limits;
use tidings_protocol::message::{Author, Parts};
use tidings_protocol::time::Timestamp;
use tidings_store::access::{Access, SetAgentAccess};
use tidings_store::attachments::FileState;
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::held::{
    Hands, HoldReply, ReleaseReply, Released, ReturnReply, SendHeld, SetSendTime, WithdrawReply,
};
use tidings_store::jobs::{ClaimJobs, JobPayload};
use tidings_store::messages::Range;
use tidings_store::uploads::DoomExpired;
use tidings_store::{Error, Result};

use crate::files::{HOURS_MS, file, state, with_files};
use crate::trial::{Trial, World, name};

impl Trial {
    pub(crate) fn hold(
        &self,
        conversation_id: ConversationId,
        agent_id: AgentId,
        words: &str,
        until: HoldUntil,
    ) -> HoldReply {
        HoldReply {
            id: self.id(),
            conversation_id,
            agent_id,
            parts: Parts::text(name(words)),
            quote: None,
            seen_seq: Some(3),
            until,
            then_close: false,
            now: self.now(),
            job_id: self.id(),
        }
    }

    /// What its job does when the time has come that the header says.
    pub(crate) async fn release(&self, w: &World, id: ConversationId, reply: MessageId) -> ReleaseReply {
        let held = header(self, w, id).await.held;
        let send_at = held.iter().find(|held| held.id == reply).unwrap().send_at.unwrap();
        ReleaseReply { conversation_id: id, id: reply, send_at, now: send_at, job_id: self.id() }
    }
}

async fn header(t: &Trial, w: &World, id: ConversationId) -> InboxConversation {
    t.db.team_conversation(w.ana, id).await.unwrap().unwrap()
}

/// A conversation of three messages, the last of the user.
async fn asked(t: &Trial, w: &World) -> ConversationId {
    let id = t.open_conversation(w.user).await.id;
    t.send(id, w.user(), "Where is my order?").await;
    t.send(id, w.ana(), "Which one?").await;
    t.send(id, w.user(), "The blue one.").await;
    id
}

async fn said(t: &Trial, id: ConversationId) -> Vec<String> {
    let messages = t.db.messages(id, Range::After(0), 100).await.unwrap().messages;
    messages.iter().filter_map(|it| it.parts[0].as_text().map(str::to_owned)).collect()
}

/// What the view says, and what it counts.
async fn to_approve(t: &Trial, w: &World) -> (Vec<ConversationId>, i64) {
    let (rows, _) = t.db.team_conversations(w.ben, View::Approvals, None, 10).await.unwrap();
    let counts = t.db.view_counts(w.ben).await.unwrap();
    (rows.iter().map(|row| row.id).collect(), counts.approvals)
}

fn back(t: &Trial, id: MessageId, conversation_id: ConversationId, agent_id: AgentId) -> WithdrawReply {
    WithdrawReply { id, conversation_id, agent_id, hands: Hands::Any, now: t.now() }
}

const MOMENT: HoldUntil = HoldUntil::Seconds { seconds: 5 };

both! {
    async fn law_2_a_held_reply_is_sent_once_at_its_time_however_often_its_job_runs(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        let theirs = t.db.user_bootstrap(w.user, 10).await.unwrap();
        let command = HoldReply { then_close: true, ..t.hold(id, w.ana, "On its way.", MOMENT) };
        let first = t.db.write(command.clone()).await.unwrap();
        assert!(first.is_new);
        let held = &first.value.held[0];
        assert_eq!((held.id, held.waits_for, held.send_at), (command.id, WaitsFor::Undo, Some(command.now.plus_ms(5_000))));
        assert_eq!(t.db.user_bootstrap(w.user, 10).await.unwrap(), theirs, "its user sees nothing of it");
        let again = t.db.write(command.clone()).await.unwrap();
        assert!(!again.is_new && again.value == first.value);
        let other = HoldReply { parts: Parts::text(name("Something else")), ..command.clone() };
        assert!(matches!(t.db.write(other).await, Err(Error::IdConflict)));
        let claim = |now: Timestamp| ClaimJobs {
            limit: 10, of_one_app: 10, under_way: std::collections::HashMap::default(), lease_ms: 60_000, now,
        };
        let send_at = command.now.plus_ms(5_000);
        let early = t.db.write(claim(send_at.plus_ms(-1))).await.unwrap();
        assert!(!early.iter().any(|job| matches!(job.payload, JobPayload::ReleaseReply { .. })), "{early:?}");
        let due = t.db.write(claim(send_at)).await.unwrap();
        let payload = JobPayload::ReleaseReply { user_id: w.user, conversation_id: id, message_id: command.id, send_at };
        assert_eq!(due.iter().filter(|job| job.payload == payload).count(), 1, "{due:?}");
        let release = t.release(&w, id, command.id).await;
        let all = join_all((0..8).map(|_| t.db.write(ReleaseReply { job_id: t.id(), ..release }))).await;
        let sent = all.into_iter().map(Result::unwrap).filter(|it| matches!(it, Released::Sent(_))).count();
        assert_eq!(sent, 1);
        assert_eq!(said(t, id).await[3..], ["On its way."]);
        let now = header(t, &w, id).await;
        assert_eq!((now.held.len(), now.state, now.waiting_since), (0, ConversationState::Closed, None));
        assert!(!t.db.write(command.clone()).await.unwrap().is_new, "held again after it was sent");
        assert_eq!(said(t, id).await.len(), 4);
        let pushes = "SELECT COUNT(*) FROM jobs WHERE payload LIKE '%\"push\"%' AND payload LIKE '%\"seq\":4%'";
        assert_eq!(t.number(pushes).await, 1, "the message wakes its user once");
    }

    async fn what_was_taken_back_is_not_sent_not_even_by_a_request_that_comes_late(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        let command = t.hold(id, w.ana, "On its way.", MOMENT);
        t.db.write(command.clone()).await.unwrap();
        let release = t.release(&w, id, command.id).await;
        let withdrawn = t.db.write(back(t, command.id, id, w.ben)).await.unwrap();
        assert_eq!(withdrawn.held, [], "a colleague takes it back too");
        assert_eq!(t.db.write(release).await.unwrap(), Released::Nothing);
        assert!(!t.db.write(command.clone()).await.unwrap().is_new);
        // The request to take it back was the quicker one.
        let late = t.hold(id, w.ana, "Too late.", MOMENT);
        t.db.write(back(t, late.id, id, w.ana)).await.unwrap();
        assert!(!t.db.write(late).await.unwrap().is_new);
        assert_eq!((said(t, id).await.len(), header(t, &w, id).await.held.len()), (3, 0));
        assert_eq!(t.number("SELECT COUNT(*) FROM held_replies WHERE parts <> '[]'").await, 0);
        // A day later nobody remembers it.
        let next = HoldReply { now: t.later(2 * 86_400_000), ..t.hold(id, w.ana, "Hello?", HoldUntil::Approval) };
        t.db.write(next).await.unwrap();
        assert_eq!(t.number("SELECT COUNT(*) FROM held_replies").await, 1);
    }

    async fn what_was_overtaken_comes_back_to_its_author_and_is_neither_sent_nor_lost(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        let blind = HoldReply { seen_seq: Some(2), ..t.hold(id, w.ana, "On its way.", MOMENT) };
        assert!(matches!(t.db.write(blind).await, Err(Error::Moved(unseen)) if unseen.len() == 1));
        let tomorrow = HoldUntil::Time { send_at: t.later(86_400_000) };
        let (command, anyway) = (
            t.hold(id, w.ana, "On its way.", tomorrow),
            HoldReply { seen_seq: None, ..t.hold(id, w.ana, "Good morning.", tomorrow) },
        );
        for one in [&command, &anyway] {
            t.db.write(one.clone()).await.unwrap();
        }
        t.send(id, w.user(), "It has come!").await;
        let release = t.release(&w, id, command.id).await;
        assert_eq!(t.db.write(release).await.unwrap(), Released::Returned(ReturnReason::Moved));
        let release = t.release(&w, id, anyway.id).await;
        assert!(matches!(t.db.write(release).await.unwrap(), Released::Sent(_)));
        assert_eq!(said(t, id).await[3..], ["It has come!", "Good morning."]);
        let held = header(t, &w, id).await.held;
        assert_eq!((held.len(), held[0].waits_for, held[0].send_at), (1, WaitsFor::Author, None));
        assert_eq!(held[0].returned.as_ref().unwrap().why, ReturnReason::Moved);
        assert_eq!(held[0].parts[0].as_text(), Some("On its way."));
        let deliver = SendHeld {
            conversation_id: id, id: command.id, agent_id: w.ana, seen_seq: Some(3), parts: None, now: t.now(), job_id: t.id(),
        };
        assert!(matches!(t.db.write(deliver.clone()).await, Err(Error::Moved(_))), "still not seen");
        assert_eq!(header(t, &w, id).await.held.len(), 1);
        let sent = t.db.write(SendHeld { seen_seq: Some(5), ..deliver.clone() }).await.unwrap();
        assert_eq!((sent.seq, &t.db.write(deliver).await.unwrap()), (6, &sent), "once, with the same answer");
        let late = back(t, command.id, id, w.ana);
        assert!(matches!(t.db.write(late).await, Err(Error::NotEditable(_))));
    }

    async fn an_author_who_may_not_answer_any_more_does_not_answer(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        let command = t.hold(id, w.ana, "On its way.", MOMENT);
        t.db.write(command.clone()).await.unwrap();
        let disable = SetAgentAccess { workspace_id: w.workspace, agent_id: w.ana, access: Access::Shut, by: t.by() };
        t.db.write(disable).await.unwrap();
        let held = t.db.team_conversation(w.ben, id).await.unwrap().unwrap().held;
        let send_at = held[0].send_at.unwrap();
        let release = ReleaseReply { conversation_id: id, id: command.id, send_at, now: send_at, job_id: t.id() };
        assert_eq!(t.db.write(release).await.unwrap(), Released::Returned(ReturnReason::NotAllowed));
        assert_eq!(said(t, id).await.len(), 3);
    }

    async fn another_time_is_the_one_that_counts(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        let command = t.hold(id, w.ana, "On its way.", MOMENT);
        t.db.write(command.clone()).await.unwrap();
        let first = t.release(&w, id, command.id).await;
        let send_at = t.later(3_600_000);
        let set = SetSendTime { id: command.id, conversation_id: id, agent_id: w.ben, send_at, now: t.now(), job_id: t.id() };
        let held = t.db.write(set).await.unwrap().held;
        assert_eq!((held[0].waits_for, held[0].send_at), (WaitsFor::Time, Some(send_at)));
        assert_eq!(t.db.write(first).await.unwrap(), Released::Nothing);
        let past = SetSendTime { send_at: t.later(-1), now: t.now(), ..set };
        assert!(matches!(t.db.write(past).await, Err(Error::Refused(_))));
        let release = t.release(&w, id, command.id).await;
        assert!(matches!(t.db.write(release).await.unwrap(), Released::Sent(_)));
        assert!(matches!(t.db.write(set).await, Err(Error::NotEditable(_))));
    }

    async fn a_proposal_goes_out_in_its_authors_name_when_it_is_approved_with_other_words_if_need_be(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        let (one, two) = (
            t.hold(id, w.ana, "Yes.", HoldUntil::Approval), t.hold(id, w.ana, "Sure.", HoldUntil::Approval),
        );
        for proposal in [&one, &two] {
            t.db.write(proposal.clone()).await.unwrap();
        }
        assert_eq!(to_approve(t, &w).await, (vec![id], 1));
        let give_back = ReturnReply {
            id: one.id, conversation_id: id, agent_id: w.ben, note: name("Say which one."), now: t.now(),
        };
        let held = t.db.write(give_back.clone()).await.unwrap().held;
        let returned = held[0].returned.as_ref().unwrap();
        assert_eq!((held[0].waits_for, returned.agent_id), (WaitsFor::Author, Some(w.ben)));
        assert_eq!(returned.note.as_ref().unwrap().as_str(), "Say which one.");
        assert_eq!(t.db.write(give_back.clone()).await.unwrap().held, held, "the same again");
        let others = ReturnReply { note: name("And warmer."), ..give_back };
        assert!(matches!(t.db.write(others).await, Err(Error::Refused(_))));
        let parts = Some(Parts::text(name("With pleasure.")));
        let deliver = SendHeld {
            conversation_id: id, id: two.id, agent_id: w.ben, seen_seq: Some(3), parts, now: t.now(), job_id: t.id(),
        };
        let sent = t.db.write(deliver.clone()).await.unwrap();
        assert_eq!(sent.parts[0].as_text(), Some("With pleasure."));
        assert_eq!(t.db.write(deliver.clone()).await.unwrap(), sent, "the same again");
        let others = SendHeld { agent_id: w.ana, parts: Some(Parts::text(name("Gladly."))), ..deliver };
        assert!(matches!(t.db.write(others).await, Err(Error::IdConflict)), "who was slower is told so");
        assert!(matches!(sent.author, Author::Agent { id, .. } if id == w.ana), "{:?}", sent.author);
        assert_eq!(to_approve(t, &w).await, (vec![], 0));
    }

    async fn law_9_nobody_else_touches_what_is_held(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        let command = t.hold(id, w.ana, "On its way.", MOMENT);
        let foreign = HoldReply { agent_id: w.stranger, ..command.clone() };
        assert!(matches!(t.db.write(foreign).await, Err(Error::NotFound)));
        t.db.write(command.clone()).await.unwrap();
        assert!(matches!(t.db.write(back(t, command.id, id, w.stranger)).await, Err(Error::NotFound)));
        let own_only = WithdrawReply { hands: Hands::Own, ..back(t, command.id, id, w.ben) };
        assert!(matches!(t.db.write(own_only).await, Err(Error::NotFound)));
        let elsewhere = t.open_conversation(w.user).await.id;
        assert!(matches!(t.db.write(back(t, command.id, elsewhere, w.ana)).await, Err(Error::NotFound)));
        let deliver = SendHeld {
            conversation_id: id, id: command.id, agent_id: w.stranger, seen_seq: None, parts: None, now: t.now(), job_id: t.id(),
        };
        assert!(matches!(t.db.write(deliver).await, Err(Error::NotFound)));
        assert_eq!(header(t, &w, id).await.held.len(), 1);
    }

    async fn law_12_only_so_much_is_held_in_one_conversation(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        for _ in 0..limits::HELD_REPLIES {
            t.db.write(t.hold(id, w.ana, "More", HoldUntil::Approval)).await.unwrap();
        }
        let more = t.hold(id, w.ana, "Too much", HoldUntil::Approval);
        assert!(matches!(t.db.write(more.clone()).await, Err(Error::Limit(_))));
        let first = header(t, &w, id).await.held[0].id;
        t.db.write(back(t, first, id, w.ana)).await.unwrap();
        t.db.write(more).await.unwrap();
        let long = "é".repeat(limits::TEXT_BYTES / 2);
        let other = asked(t, &w).await;
        let mut held = 0;
        while t.db.write(t.hold(other, w.ana, &long, HoldUntil::Approval)).await.is_ok() {
            held += 1;
        }
        assert!((4..10).contains(&held), "{held}");
    }

    async fn law_10_the_files_of_a_held_reply_stay_and_go_with_it(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        let (kept, gone) = (file(t, w.ana()).await, file(t, w.ana()).await);
        let with = |file| HoldReply {
            parts: with_files(t, id, w.ana(), &[file]).parts, ..t.hold(id, w.ana, "x", HoldUntil::Approval)
        };
        let (sent, withdrawn) = (with(&kept), with(&gone));
        for one in [&sent, &withdrawn] {
            t.db.write(one.clone()).await.unwrap();
        }
        let late = t.later(HOURS_MS + 3_600_000);
        t.db.write(DoomExpired { now: late, limit: 100 }).await.unwrap();
        for file in [&kept, &gone] {
            assert_eq!(state(t, file.id).await, Some(FileState::Complete));
            assert!(t.db.visible_file(w.ben(), file.id).await.unwrap().is_some(), "a colleague sees it");
            assert!(t.db.visible_file(w.user(), file.id).await.unwrap().is_none(), "its user does not");
        }
        t.db.write(back(t, withdrawn.id, id, w.ana)).await.unwrap();
        assert!(t.db.visible_file(w.ben(), gone.id).await.unwrap().is_none());
        let deliver = SendHeld {
            conversation_id: id, id: sent.id, agent_id: w.ana, seen_seq: None, parts: None, now: t.now(), job_id: t.id(),
        };
        t.db.write(deliver).await.unwrap();
        assert!(t.db.visible_file(w.user(), kept.id).await.unwrap().is_some());
        t.db.write(DoomExpired { now: late.plus_ms(HOURS_MS), limit: 100 }).await.unwrap();
        assert_eq!(state(t, gone.id).await, Some(FileState::Doomed));
        assert_eq!(state(t, kept.id).await, Some(FileState::Complete));
    }

    async fn law_11_what_is_held_for_a_user_goes_with_them(t) {
        let w = t.world().await;
        let id = asked(t, &w).await;
        let secret = file(t, w.ana()).await;
        let parts = with_files(t, id, w.ana(), &[&secret]).parts;
        t.db.write(HoldReply { parts, ..t.hold(id, w.ana, "x", MOMENT) }).await.unwrap();
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        let step = EraseStep { user_id: w.user, now: t.now() };
        while matches!(t.db.write(step).await.unwrap(), Erasing::GoesOn(_)) {}
        assert_eq!(t.db.write(step).await.unwrap(), Erasing::FilesLeft);
        assert_eq!(state(t, secret.id).await, Some(FileState::Doomed));
        assert_eq!(t.number("SELECT COUNT(*) FROM held_replies").await, 0);
        assert_eq!(t.number("SELECT COUNT(*) FROM jobs WHERE payload LIKE '%release_reply%'").await, 0);
    }
}
