//! What agents say often.

use tidings_protocol::id::{AgentId, SavedReplyId, TeamId};
use tidings_protocol::saved_replies::SavedText;
use tidings_store::Error;
use tidings_store::saved_replies::{DeleteSavedReply, PutSavedReply};

use crate::trial::{Trial, name};

fn put(t: &Trial, agent_id: AgentId, team_id: Option<TeamId>, called: &str) -> PutSavedReply {
    let text = |language: &str| SavedText { language: name(language), text: name("Merci, {{user.name}}.") };
    PutSavedReply {
        agent_id,
        id: t.id(),
        team_id,
        name: name(called),
        texts: vec![text("fr"), text("en")],
        now: t.now(),
    }
}

async fn names(t: &Trial, agent: AgentId) -> Vec<String> {
    t.db.saved_replies(agent).await.unwrap().into_iter().map(|reply| reply.name.into_string()).collect()
}

both! {
    async fn a_teams_are_for_all_of_it_and_an_agents_own_for_nobody_else(t) {
        let w = t.world().await;
        let (team, own) = (put(t, w.ana, Some(w.team), "Team"), put(t, w.ana, None, "Own"));
        t.db.write(team.clone()).await.unwrap();
        t.db.write(own.clone()).await.unwrap();
        assert_eq!(names(t, w.ana).await, ["Own", "Team"]);
        assert_eq!(names(t, w.ben).await, ["Team"]);
        assert_eq!(names(t, w.stranger).await, [""; 0]);
        let changed = PutSavedReply { agent_id: w.ben, team_id: None, name: name("Changed"), ..team.clone() };
        let kept = t.db.write(changed).await.unwrap();
        assert_eq!(kept.team_id, Some(w.team), "whose it is stays as it was made");
        assert_eq!(names(t, w.ana).await, ["Changed", "Own"]);
        for (agent_id, reply) in [(w.ben, &own), (w.stranger, &own), (w.stranger, &team)] {
            let theirs = PutSavedReply { agent_id, ..reply.clone() };
            assert!(matches!(t.db.write(theirs).await, Err(Error::NotFound)));
            let delete = DeleteSavedReply { agent_id, id: reply.id };
            assert!(matches!(t.db.write(delete).await, Err(Error::NotFound)));
        }
        assert!(matches!(t.db.write(put(t, w.stranger, Some(w.team), "No")).await, Err(Error::NotFound)));
        t.db.write(DeleteSavedReply { agent_id: w.ben, id: team.id }).await.unwrap();
        t.db.write(DeleteSavedReply { agent_id: w.ben, id: team.id }).await.unwrap();
        assert_eq!(names(t, w.ana).await, ["Own"]);
    }

    async fn each_language_is_there_once_and_there_are_so_many_and_no_more(t) {
        let w = t.world().await;
        let good = put(t, w.ana, None, "Thanks");
        let twice = PutSavedReply { texts: [good.texts.clone(), good.texts.clone()].concat(), ..good.clone() };
        assert!(matches!(t.db.write(twice).await, Err(Error::Refused(_))));
        let none = PutSavedReply { texts: Vec::new(), ..good.clone() };
        assert!(matches!(t.db.write(none).await, Err(Error::Refused(_))));
        t.db.write(good.clone()).await.unwrap();
        for _ in 1..300 {
            t.db.write(PutSavedReply { id: t.id::<SavedReplyId>(), ..good.clone() }).await.unwrap();
        }
        assert!(matches!(t.db.write(put(t, w.ana, None, "One more")).await, Err(Error::Limit(_))));
        t.db.write(PutSavedReply { name: name("Changed"), ..good }).await.unwrap();
        t.db.write(put(t, w.ana, Some(w.team), "Of the team")).await.unwrap();
    }

    async fn the_language_of_a_user_is_that_of_the_device_seen_last(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.sql("UPDATE devices SET locale = NULL").await;
        assert_eq!(t.db.language_of_user(w.ana, id).await.unwrap(), None);
        t.sql("UPDATE devices SET locale = 'fr-CH'").await;
        assert_eq!(t.db.language_of_user(w.ana, id).await.unwrap().as_deref(), Some("fr-CH"));
        assert_eq!(t.db.language_of_user(w.stranger, id).await.unwrap(), None);
    }
}
