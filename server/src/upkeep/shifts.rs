//! When the hours of a team end, what waits goes back from its agents to the team, where the team wants that. Rules for outside
//! of the hours give it on at once, the others when the hours begin again.

use std::ops::Range;
use std::time::Duration;

use tidings_protocol::id::TeamId;
use tidings_protocol::time::Timestamp;
use tidings_store::shifts::ReturnAtClose;

use super::{Lease, wait};
use crate::app::App;
use crate::assigning::assign_outside_of_hours;
use crate::hours::Hours;

/// How often.
const PAUSE: Duration = Duration::from_secs(30);
/// Conversations of one step.
const STEP: i64 = 100;
/// For so long after the end of the hours what somebody looks at is left to them: whoever goes home and leaves the page open looks
/// at it all night.
const LOOKS_MS: i64 = 30 * 60_000;

pub(super) fn spawn(app: &App) {
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let lease = Lease::new(&app, "shifts");
        while wait(&app, PAUSE).await {
            if let Err(error) = once(&app, &lease).await {
                tracing::warn!(%error, "what waits when hours end was not given back");
            }
        }
        lease.give_back(&app).await;
    });
}

async fn once(app: &App, lease: &Lease) -> tidings_store::Result<()> {
    let closed = closed(app).await?;
    if closed.is_empty() || !lease.hold(app).await? {
        return Ok(());
    }
    for (team, between) in closed {
        give_back_of(app, team, between).await?;
    }
    Ok(())
}

/// The teams that take back what waits and whose hours have ended, with the time until they begin again.
async fn closed(app: &App) -> tidings_store::Result<Vec<(TeamId, Range<Timestamp>)>> {
    let now = app.clock.now();
    let teams = app.db.teams_that_take_back().await?;
    // Hours that this program cannot read have no end: they were checked when they were set.
    let between = |(team, hours)| Some((team, Hours::new(&hours).ok()?.between(now)?));
    Ok(teams.into_iter().filter_map(between).collect())
}

/// Gives back what is to be given back now.
#[cfg(test)]
pub(crate) async fn give_back(app: &App) -> tidings_store::Result<()> {
    for (team, between) in closed(app).await? {
        give_back_of(app, team, between).await?;
    }
    Ok(())
}

async fn give_back_of(app: &App, team: TeamId, between: Range<Timestamp>) -> tidings_store::Result<()> {
    let Range { start: ended_at, end: begin_at } = between;
    let mut after = None;
    loop {
        let now = app.clock.now();
        let (found, next) = app.db.left_at_close(team, ended_at, after, STEP, now).await?;
        let looks_count = now < ended_at.plus_ms(LOOKS_MS);
        for (conversation_id, agent_id) in found {
            if looks_count && app.hub.looks_at(tidings_store::team_feed(team), conversation_id, agent_id) {
                continue;
            }
            let back = ReturnAtClose { conversation_id, agent_id, ended_at, begin_at, now };
            if app.db.write(back).await? {
                assign_outside_of_hours(&app.db, conversation_id, now).await?;
            }
        }
        let Some(next) = next else { return Ok(()) };
        after = Some(next);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::id::{AgentId, ConversationId};

    use super::*;
    use crate::assigning::assign;
    use crate::live::hub::Bell;
    use crate::live::views::{Gaze, Viewing};
    use crate::testing::Harness;

    const HOUR_MS: i64 = 3_600_000;

    async fn put(harness: &Harness, path: &str, body: &Value) {
        assert_eq!(harness.put(path, body).bearer(&harness.server_key).await.status, 204, "{path}");
    }

    /// The clock of the tests stands at 2026-11-21, a Saturday, at half past nine.
    async fn until_eleven(harness: &Harness, hands_back: bool) {
        let week = json!([
            { "day": "saturday", "from": "09:00", "until": "11:00" },
            { "day": "monday", "from": "09:00", "until": "17:00" },
        ]);
        let hours = json!({ "time_zone": "UTC", "week": week, "hands_back": hands_back });
        put(harness, &format!("/admin/v1/teams/{}/hours", harness.team_id), &json!({ "hours": hours })).await;
    }

    /// A conversation in which somebody waits, with the agent.
    async fn waits(harness: &Harness, cookie: &str) -> ConversationId {
        let token = harness.user("ana").await;
        let id = harness.conversation(&token, 1).await;
        harness.send(&token, &id, 1, "hello").await;
        let path = format!("/inbox/v1/conversations/{id}/assignee");
        harness.put(&path, &json!({ "agent_id": harness.agent_id })).cookie(cookie).same_origin().await;
        id.parse().unwrap()
    }

    async fn header(harness: &Harness, cookie: &str, id: ConversationId) -> Value {
        harness.get(&format!("/inbox/v1/conversations/{id}")).cookie(cookie).await.json()
    }

    #[tokio::test]
    async fn what_waits_goes_back_when_the_hours_end_and_on_when_they_begin() {
        let harness = Harness::start().await;
        let ben = AgentId::from_parts(7, [7; 10]);
        harness.new_agent(ben, harness.workspace_id, "ben@example.org", None).await;
        let skills = json!({ "skills": ["mornings"] });
        put(&harness, &format!("/admin/v1/agents/{ben}/talents"), &skills).await;
        let rule = json!({ "name": "All", "to": { "kind": "agent", "skill": "mornings" } });
        put(&harness, "/admin/v1/assignment_rules", &json!({ "rules": [rule] })).await;
        let cookie = harness.agent_cookie().await;
        let id = waits(&harness, &cookie).await;
        until_eleven(&harness, true).await;
        give_back(&harness.app).await.unwrap();
        assert_eq!(
            header(&harness, &cookie, id).await["assignee_id"],
            json!(harness.agent_id),
            "within hours"
        );
        harness.hand.advance_ms(2 * HOUR_MS);
        until_eleven(&harness, false).await;
        give_back(&harness.app).await.unwrap();
        assert_eq!(header(&harness, &cookie, id).await["assignee_id"], json!(harness.agent_id), "not wanted");
        until_eleven(&harness, true).await;
        give_back(&harness.app).await.unwrap();
        let found = header(&harness, &cookie, id).await;
        assert_eq!(
            (&found["assignee_id"], &found["routed"]["off_agent_id"]),
            (&Value::Null, &json!(harness.agent_id))
        );
        harness.hand.advance_ms(46 * HOUR_MS);
        assign(&harness.app.db, id, harness.app.clock.now()).await.unwrap();
        let found = header(&harness, &cookie, id).await;
        assert_eq!((&found["assignee_id"], &found["routed"]["rule"]), (&json!(ben), &json!("All")));
        give_back(&harness.app).await.unwrap();
        assert_eq!(header(&harness, &cookie, id).await["assignee_id"], json!(ben), "on Monday he is there");
    }

    #[tokio::test]
    async fn a_rule_for_outside_of_the_hours_gives_it_on_at_once() {
        let harness = Harness::start().await;
        let ben = AgentId::from_parts(7, [7; 10]);
        harness.new_agent(ben, harness.workspace_id, "ben@example.org", None).await;
        put(&harness, &format!("/admin/v1/agents/{ben}/talents"), &json!({ "skills": ["nights"] })).await;
        let rule =
            json!({ "name": "At night", "hours": "closed", "to": { "kind": "agent", "skill": "nights" } });
        put(&harness, "/admin/v1/assignment_rules", &json!({ "rules": [rule] })).await;
        let cookie = harness.agent_cookie().await;
        let id = waits(&harness, &cookie).await;
        until_eleven(&harness, true).await;
        harness.hand.advance_ms(2 * HOUR_MS);
        for _ in 0..2 {
            give_back(&harness.app).await.unwrap();
            let found = header(&harness, &cookie, id).await;
            assert_eq!((&found["assignee_id"], &found["routed"]["rule"]), (&json!(ben), &json!("At night")));
            harness.hand.advance_ms(HOUR_MS);
        }
    }

    #[tokio::test]
    async fn what_its_agent_looks_at_stays_for_half_an_hour() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let id = waits(&harness, &cookie).await;
        until_eleven(&harness, true).await;
        let (feed, agent) = (tidings_store::team_feed(harness.team_id), harness.agent_id);
        let _follower = harness.app.hub.follow(feed, &Bell::default());
        let viewing = Viewing { conversation_id: id, agent_id: agent, gaze: Gaze::There };
        harness.app.hub.viewing(feed, viewing);
        harness.hand.advance_ms(HOUR_MS + LOOKS_MS + 1_000);
        give_back(&harness.app).await.unwrap();
        assert_eq!(header(&harness, &cookie, id).await["assignee_id"], json!(agent));
        harness.hand.advance_ms(LOOKS_MS);
        give_back(&harness.app).await.unwrap();
        assert_eq!(header(&harness, &cookie, id).await["assignee_id"], Value::Null);
    }
}
