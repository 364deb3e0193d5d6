//! Colleagues whom notes mention.

use std::collections::HashMap;

use tidings_protocol::alerts::AgentNotifications;
use tidings_protocol::conversation::{InboxConversation, Mentioned};
use tidings_protocol::id::{AgentId, ConversationId, NoteId};
use tidings_protocol::inbox::View;
use tidings_protocol::limits;
use tidings_store::Error;
use tidings_store::access::{Access, SetAgentAccess};
use tidings_store::alerts::SetAgentNotifications;
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::jobs::{ClaimJobs, JobPayload};
use tidings_store::mentions::ReadMention;
use tidings_store::messages::Range;
use tidings_store::notes::AppendNote;

use crate::trial::{Trial, World, name};

impl Trial {
    pub(crate) fn mentioning(&self, id: ConversationId, by: AgentId, whom: &[AgentId]) -> AppendNote {
        AppendNote {
            id: self.id(),
            conversation_id: id,
            agent_id: by,
            text: name("@Ben, can you look?"),
            mentions: whom.to_vec(),
            now: self.now(),
        }
    }

    /// Of the newest note that mentions the agent.
    pub(crate) async fn read_mention(&self, id: ConversationId, agent_id: AgentId) -> ReadMention {
        let header = self.db.team_conversation(agent_id, id).await.unwrap().unwrap();
        let note_id = header.mentioned.iter().find(|it| it.agent_id == agent_id).unwrap().note_id;
        ReadMention { agent_id, conversation_id: id, note_id, now: self.now() }
    }
}

async fn header(t: &Trial, w: &World, id: ConversationId) -> InboxConversation {
    t.db.team_conversation(w.ana, id).await.unwrap().unwrap()
}

async fn ids(t: &Trial, agent: AgentId) -> Vec<ConversationId> {
    t.db.team_conversations(agent, View::Mentions, None, 50)
        .await
        .unwrap()
        .0
        .iter()
        .map(|row| row.id)
        .collect()
}

async fn unseen(t: &Trial, agent: AgentId) -> i64 {
    t.db.view_counts(agent).await.unwrap().mentions
}

const fn mentioned(agent_id: AgentId, note_id: NoteId, unread: bool) -> Mentioned {
    Mentioned { agent_id, note_id, unread }
}

/// What is due within an hour.
async fn jobs(t: &Trial) -> Vec<JobPayload> {
    let claim = ClaimJobs {
        limit: 100,
        of_one_app: 100,
        under_way: HashMap::new(),
        lease_ms: 1_000_000,
        now: t.later(3_600_000),
    };
    t.db.write(claim).await.unwrap().into_iter().map(|job| job.payload).collect()
}

both! {
    async fn who_is_mentioned_finds_it_in_a_view_and_counts_what_is_unseen(t) {
        let w = t.world().await;
        let (id, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        let first = t.db.write(t.mentioning(id, w.ana, &[w.ben, w.ben])).await.unwrap().value;
        assert_eq!(first.mentions.iter().map(|it| (it.agent_id, it.name.as_str())).collect::<Vec<_>>(), [(w.ben, "Ben")]);
        assert_eq!(header(t, &w, id).await.mentioned, [mentioned(w.ben, first.id, true)]);
        assert_eq!((ids(t, w.ben).await, unseen(t, w.ben).await), (vec![id], 1));
        assert_eq!((ids(t, w.ana).await, unseen(t, w.ana).await), (vec![], 0));
        t.db.write(t.mentioning(other, w.ana, &[w.ben])).await.unwrap();
        assert_eq!((ids(t, w.ben).await, unseen(t, w.ben).await), (vec![other, id], 2));

        let read = t.read_mention(id, w.ben).await;
        let second = t.db.write(t.mentioning(id, w.ana, &[w.ben])).await.unwrap().value;
        t.db.write(read).await.unwrap();
        assert_eq!(header(t, &w, id).await.mentioned, [mentioned(w.ben, second.id, true)], "the newer one is not seen");
        t.db.write(t.read_mention(id, w.ben).await).await.unwrap();
        assert_eq!(header(t, &w, id).await.mentioned, [mentioned(w.ben, second.id, false)]);
        assert_eq!((ids(t, w.ben).await, unseen(t, w.ben).await), (vec![other, id], 1));
    }

    async fn a_mention_is_an_id_and_no_word_of_the_text(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.note(id, w.ana, "@Ben @Ana").await;
        assert_eq!((header(t, &w, id).await.mentioned, ids(t, w.ben).await), (vec![], vec![]));
        // Whoever mentions themselves knows.
        let own = t.db.write(t.mentioning(id, w.ana, &[w.ana])).await.unwrap().value;
        assert_eq!((own.mentions.len(), header(t, &w, id).await.mentioned), (1, vec![]));
        let refused = t.db.write(t.mentioning(id, w.ana, &[w.stranger])).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        let many = vec![w.ben; limits::MENTIONS + 1];
        assert!(matches!(t.db.write(t.mentioning(id, w.ana, &many)).await, Err(Error::Refused(_))));
        let away = SetAgentAccess { workspace_id: w.workspace, agent_id: w.ben, access: Access::Shut, by: t.by() };
        t.db.write(away).await.unwrap();
        assert!(matches!(t.db.write(t.mentioning(id, w.ana, &[w.ben])).await, Err(Error::Refused(_))));
    }

    async fn the_same_note_again_gives_the_first_and_with_other_mentions_it_is_another(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let note = t.mentioning(id, w.ana, &[w.ben]);
        let first = t.db.write(note.clone()).await.unwrap();
        t.db.write(t.read_mention(id, w.ben).await).await.unwrap();
        let again = t.db.write(note.clone()).await.unwrap();
        assert_eq!((again.is_new, &again.value), (false, &first.value));
        assert_eq!(unseen(t, w.ben).await, 0, "a repeat is no other mention");
        for mentions in [vec![], vec![w.ana], vec![w.ana, w.ben]] {
            let other = t.db.write(AppendNote { mentions, ..note.clone() }).await;
            assert!(matches!(other, Err(Error::IdConflict)), "{other:?}");
        }
        let thread = t.db.thread(w.ben, id, Range::After(0), 10).await.unwrap().unwrap();
        assert_eq!(thread.notes, [first.value]);
    }

    async fn who_is_mentioned_is_told_as_they_chose_and_the_job_knows_how_it_stands(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let wish = async |push, mail| {
            let mut wishes = AgentNotifications::default();
            (wishes.mentioned.push, wishes.mentioned.mail) = (push, mail);
            t.db.write(SetAgentNotifications { agent_id: w.ben, wishes }).await.unwrap();
        };
        t.db.write(t.mentioning(id, w.ana, &[w.ben])).await.unwrap();
        assert_eq!(jobs(t).await, [], "no browser to be woken, no wish for an e-mail");
        wish(true, true).await;
        crate::alerts::browser(t, w.ben, "https://push.example.org/ben").await;
        let note = t.db.write(t.mentioning(id, w.ana, &[w.ben])).await.unwrap().value;
        let (agent_id, user_id, note_id) = (w.ben, w.user, note.id);
        let mut due = jobs(t).await;
        due.sort_by_key(|job| matches!(job, JobPayload::MailMention { .. }));
        assert_eq!(due, [
            JobPayload::PushMention { agent_id, user_id, conversation_id: id, note_id },
            JobPayload::MailMention { agent_id, user_id, conversation_id: id, note_id },
        ]);
        let context = async || t.db.mention_context(w.ben, id, note.id, t.now()).await.unwrap();
        let now = context().await.unwrap();
        assert_eq!((now.is_unread, now.means.mail, now.reach.browsers.len(), &now.note), (true, true, 1, &note));
        t.goes_away(w.ben, None).await;
        assert_eq!(context().await, None, "nothing wakes who is away");
        t.comes_back(w.ben).await;
        t.db.write(t.read_mention(id, w.ben).await).await.unwrap();
        assert!(!context().await.unwrap().is_unread);
        t.db.write(t.mentioning(id, w.ana, &[w.ben])).await.unwrap();
        assert_eq!(context().await, None, "the newer one's job tells");
        assert_eq!(t.db.mention_context(w.ana, id, note.id, t.now()).await.unwrap(), None);
        wish(false, false).await;
        jobs(t).await;
        t.db.write(t.mentioning(id, w.ana, &[w.ben])).await.unwrap();
        assert_eq!(jobs(t).await, []);
    }

    async fn another_team_s_conversation_is_not_there(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let note = t.db.write(t.mentioning(id, w.ana, &[w.ben])).await.unwrap().value;
        let read = ReadMention { agent_id: w.stranger, conversation_id: id, note_id: note.id, now: t.now() };
        assert!(matches!(t.db.write(read).await, Err(Error::NotFound)));
        assert_eq!(ids(t, w.stranger).await, []);
    }

    async fn a_mention_goes_with_the_user_whose_conversation_it_is_in(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.db.write(t.mentioning(id, w.ana, &[w.ben])).await.unwrap();
        let begin = BeginErasure { user_id: w.user, workspace_id: None, by: t.by() };
        t.db.write(begin).await.unwrap();
        while t.db.write(EraseStep { user_id: w.user, now: t.now() }).await.unwrap() != Erasing::Done {}
        assert_eq!((ids(t, w.ben).await, unseen(t, w.ben).await), (vec![], 0));
    }
}
