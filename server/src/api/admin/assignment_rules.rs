//! `GET` and `PUT /admin/v1/assignment_rules`, `POST /admin/v1/assignment_rules/trial`, `PUT /admin/v1/agents/{id}/talents`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::assigning::{AssignmentRules, RulesTrial, Talents, Tried};
use tidings_protocol::id::AgentId;
use tidings_store::assigning::{Candidate, Case, SetAssignmentRules, SetTalents};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::assigning::{Decided, decide};
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Conversations that rules are tried on.
const TRIED: usize = 100;

/// By which rules conversations come to agents.
#[utoipa::path(
    get, path = "/admin/v1/assignment_rules", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = AssignmentRules), Problems)
)]
pub(crate) async fn get_assignment_rules(
    State(app): State<App>,
    backend: Backend,
) -> Result<Json<AssignmentRules>, Problem> {
    Ok(Json(app.db.assignment_rules(backend.workspace_id).await?))
}

/// Replaces the rules. They hold for what is opened, or opened again, from now on.
#[utoipa::path(
    put, path = "/admin/v1/assignment_rules", tag = "admin", security(("server_key" = [])),
    request_body = AssignmentRules, responses((status = 204, description = "Set"), Problems)
)]
pub(crate) async fn set_assignment_rules(
    State(app): State<App>,
    backend: Backend,
    Body(rules): Body<AssignmentRules>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(SetAssignmentRules { workspace_id, rules, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tries rules on the last 100 conversations, and changes nothing.
#[utoipa::path(
    post, path = "/admin/v1/assignment_rules/trial", tag = "admin", security(("server_key" = [])),
    request_body = AssignmentRules, responses((status = 200, body = RulesTrial), Problems)
)]
pub(crate) async fn try_assignment_rules(
    State(app): State<App>,
    backend: Backend,
    Body(rules): Body<AssignmentRules>,
) -> Result<Json<RulesTrial>, Problem> {
    let mut conversations = Vec::new();
    for team in app.db.teams(backend.workspace_id).await? {
        let limit = i64::try_from(TRIED).unwrap_or(i64::MAX);
        let (cases, candidates) = app.db.latest_cases(team.id, limit, app.clock.now()).await?;
        let there: Vec<_> = candidates.into_iter().map(there).collect();
        conversations.extend(cases.into_iter().map(|case| tried(&rules, case, &there)));
    }
    conversations.sort_by_key(|tried| std::cmp::Reverse((tried.opened_at, tried.conversation_id)));
    conversations.truncate(TRIED);
    Ok(Json(RulesTrial { conversations }))
}

/// Somebody as they would be with nothing to do.
fn there(candidate: Candidate) -> Candidate {
    Candidate { load: -1, is_away: false, ..candidate }
}

fn tried(rules: &AssignmentRules, case: Case, there: &[Candidate]) -> Tried {
    let decided = decide(&rules.rules, &case, there, case.opened_at);
    let (rule, agent_ids) =
        decided.map_or((None, Vec::new()), |Decided { rule, agents }| (Some(rule), agents));
    let Case { id: conversation_id, opened_at, user_name, .. } = case;
    Tried { conversation_id, opened_at, user_name, rule, agent_ids }
}

/// Says what an agent can, and how much they take.
#[utoipa::path(
    put, path = "/admin/v1/agents/{id}/talents", tag = "admin", security(("server_key" = [])),
    params(("id" = AgentId, Path)), request_body = Talents,
    responses((status = 204, description = "Set"), Problems)
)]
pub(crate) async fn set_talents(
    State(app): State<App>,
    backend: Backend,
    Path(agent_id): Path<AgentId>,
    Body(talents): Body<Talents>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(SetTalents { workspace_id, agent_id, talents, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::id::{AgentId, ConversationId};

    use crate::assigning::assign;
    use crate::testing::Harness;
    use crate::upkeep::returns::give_back;

    const RULES: &str = "/admin/v1/assignment_rules";

    async fn put(harness: &Harness, path: &str, body: &Value) -> u16 {
        harness.put(path, body).bearer(&harness.server_key).await.status
    }

    async fn assignee(harness: &Harness, cookie: &str, conversation: &str) -> Value {
        harness.get(&format!("/inbox/v1/conversations/{conversation}")).cookie(cookie).await.json()
    }

    #[tokio::test]
    async fn what_is_opened_goes_to_whom_the_rules_choose_and_says_so() {
        let harness = Harness::start().await;
        let ben = AgentId::from_parts(7, [7; 10]);
        harness.new_agent(ben, harness.workspace_id, "ben@example.org", None).await;
        let talents = format!("/admin/v1/agents/{ben}/talents");
        assert_eq!(put(&harness, &talents, &json!({ "skills": ["billing"], "at_most": 1 })).await, 204);
        let rules = json!({ "rules": [
            { "name": "Money", "to": { "kind": "agent", "skill": "Billing" } },
            { "name": "The rest", "to": { "kind": "nobody" } },
        ] });
        assert_eq!(put(&harness, RULES, &rules).await, 204);
        let token = harness.user("ana").await;
        let cookie = harness.agent_cookie().await;
        let mut found = Vec::new();
        for number in 1..=2 {
            let id = harness.conversation(&token, number).await;
            assign(&harness.app.db, id.parse::<ConversationId>().unwrap(), harness.app.clock.now())
                .await
                .unwrap();
            found.push(assignee(&harness, &cookie, &id).await);
        }
        assert_eq!((&found[0]["assignee_id"], &found[0]["routed"]["rule"]), (&json!(ben), &json!("Money")));
        assert_eq!(
            (&found[1]["assignee_id"], &found[1]["routed"]),
            (&Value::Null, &Value::Null),
            "Ben has enough"
        );
        let trial = harness.post(&format!("{RULES}/trial"), &rules).bearer(&harness.server_key).await.json();
        let trial = trial["conversations"].as_array().unwrap();
        assert_eq!(
            (trial.len(), &trial[1]["rule"], &trial[1]["agent_ids"]),
            (2, &json!("Money"), &json!([ben]))
        );
        let staff = harness.get("/admin/v1/agents").bearer(&harness.server_key).await.json();
        let of_ben = staff["agents"].as_array().unwrap().iter().find(|one| one["id"] == json!(ben)).unwrap();
        assert_eq!(of_ben["talents"]["skills"], json!(["billing"]));
        let hand = format!("/inbox/v1/conversations/{}/assignee", found[0]["id"].as_str().unwrap());
        let handed =
            harness.put(&hand, &json!({ "agent_id": null })).cookie(&cookie).same_origin().await.json();
        assert_eq!(handed["routed"]["rule"], Value::Null, "by somebody's hand");
    }

    #[tokio::test]
    async fn what_somebody_left_goes_back_and_to_the_next() {
        let harness = Harness::start().await;
        let ben = AgentId::from_parts(7, [7; 10]);
        harness.new_agent(ben, harness.workspace_id, "ben@example.org", None).await;
        let rules = json!({ "rules": [{ "name": "All", "to": { "kind": "agent" } }], "return_after": 10 });
        assert_eq!(put(&harness, RULES, &rules).await, 204);
        let token = harness.user("ana").await;
        let id = harness.conversation(&token, 1).await;
        harness.send(&token, &id, 1, "hello").await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/inbox/v1/conversations/{id}/assignee");
        harness.put(&path, &json!({ "agent_id": harness.agent_id })).cookie(&cookie).same_origin().await;
        let away = harness.put("/inbox/v1/availability", &json!({ "state": "away" })).cookie(&cookie);
        assert_eq!(away.same_origin().await.status, 204);
        give_back(&harness.app).await.unwrap();
        assert_eq!(assignee(&harness, &cookie, &id).await["assignee_id"], json!(harness.agent_id), "not yet");
        harness.hand.advance_ms(601_000);
        give_back(&harness.app).await.unwrap();
        let found = assignee(&harness, &cookie, &id).await;
        assert_eq!(found["assignee_id"], json!(ben));
        assert_eq!(
            (&found["routed"]["rule"], &found["routed"]["away_agent_id"]),
            (&json!("All"), &json!(harness.agent_id))
        );
    }

    #[tokio::test]
    async fn rules_that_make_no_sense_are_refused_with_their_place() {
        let harness = Harness::start().await;
        let rule = |more: Value| {
            let mut rule = json!({ "name": "A rule", "to": { "kind": "agent" } });
            rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "rules": [rule] })
        };
        for more in [json!({ "name": "" }), json!({ "to": { "kind": "team" } }), json!({ "hours": "night" })]
        {
            assert_eq!(put(&harness, RULES, &rule(more.clone())).await, 400, "{more}");
        }
        assert_eq!(put(&harness, RULES, &json!({ "rules": [], "return_after": 0 })).await, 400);
        let many = json!({ "rules": vec![rule(json!({}))["rules"][0].clone(); 51] });
        assert_eq!(put(&harness, RULES, &many).await, 400);
    }
}
