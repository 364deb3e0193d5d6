//! When a team answers, and what was said in it.

use tidings_protocol::hours::TeamHours;
use tidings_store::Error;
use tidings_store::hours::{SetTeamHours, Speaker};

fn mondays() -> TeamHours {
    let stored = r#"{"time_zone":"Europe/Paris","week":[{"day":"monday","from":"09:00","until":"17:00"}]}"#;
    serde_json::from_str(stored).unwrap()
}

both! {
    async fn the_hours_of_a_team_are_its_own_and_in_the_log(t) {
        let w = t.world().await;
        let set = SetTeamHours {
            workspace_id: w.workspace,
            team_id: w.team,
            hours: Some(mondays()),
            by: t.by(),
        };
        t.db.write(set.clone()).await.unwrap();
        let answering = t.db.answering_team(w.app).await.unwrap().unwrap();
        assert_eq!((answering.id, answering.hours), (w.team, Some(mondays())));
        let teams = t.db.teams(w.workspace).await.unwrap();
        assert_eq!(teams.iter().filter(|team| team.hours.is_some()).count(), 1);
        let other = SetTeamHours { workspace_id: t.id(), ..set.clone() };
        assert!(matches!(t.db.write(other).await, Err(Error::NotFound)));
        t.db.write(SetTeamHours { hours: None, ..set }).await.unwrap();
        assert_eq!(t.db.answering_team(w.app).await.unwrap().unwrap().hours, None);
    }

    async fn what_was_said_lately_is_read_in_order_with_who_said_it(t) {
        let w = t.world().await;
        let conversation = t.open_conversation(w.user).await.id;
        for (actor, text) in [(w.user(), "one"), (w.user(), "two"), (w.ana(), "three")] {
            t.send(conversation, actor, text).await;
        }
        let long_ago = t.now().plus_ms(-1_000_000);
        let spoken = t.db.spoken_in_team(w.team, long_ago).await.unwrap();
        let by: Vec<_> = spoken.iter().map(|spoken| &spoken.by).collect();
        assert!(matches!(by[..], [Speaker::User, Speaker::User, Speaker::Agent(Some(_))]), "{by:?}");
        assert!(spoken.is_sorted_by_key(|spoken| spoken.at));
        assert_eq!(t.db.spoken_in_team(w.team, t.now().plus_ms(1_000_000)).await.unwrap(), []);
        assert_eq!(t.db.spoken_in_team(t.id(), long_ago).await.unwrap(), []);
    }
}
