//! `GET /inbox/v1/bootstrap`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::VERSION;
use tidings_protocol::inbox::InboxBootstrap;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Limit, Query};

/// `?limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// How many conversations.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// Everything for the first screen, read at one moment, and the cursors from which changes go on.
#[utoipa::path(
    get, path = "/inbox/v1/bootstrap", tag = "inbox", security(("cookie" = [])), params(Asked),
    responses((status = 200, body = InboxBootstrap), Problems)
)]
pub(crate) async fn inbox_bootstrap(
    State(app): State<App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Json<InboxBootstrap>, Problem> {
    let snapshot = app.db.agent_bootstrap(agent.session.agent.id, asked.limit.0).await?;
    Ok(Json(InboxBootstrap {
        version: VERSION,
        agent: agent.session.agent,
        teams: snapshot.teams,
        agents: snapshot.agents,
        counts: snapshot.counts,
        conversations: snapshot.conversations,
        next: snapshot.next.map(|next| next.to_string()),
        map_address: app.config.map_address.template().map(str::to_owned),
        map_tiles: app.config.map_tiles.told(),
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::{AGENT_EMAIL, Harness};

    #[tokio::test]
    async fn the_first_screen_has_teams_colleagues_counts_and_conversations() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "hello").await;
        let cookie = harness.agent_cookie().await;
        let screen = harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.json();
        assert_eq!(screen["agent"]["email"], AGENT_EMAIL);
        assert_eq!(screen["teams"].as_array().unwrap().len(), 1);
        assert_eq!(screen["counts"]["unassigned"], 1);
        assert_eq!(screen["conversations"][0]["id"], conversation);
        assert_eq!(screen["conversations"][0]["user"]["external_id"], "ana");
        assert_eq!(screen["conversations"][0]["unread"], 1);
        let map = screen["map_address"].as_str().unwrap();
        assert!(map.contains("{latitude}") && map.contains("{longitude}"), "{map}");
        assert!(screen.get("map_tiles").is_none(), "{screen}");
    }

    #[tokio::test]
    async fn the_page_is_told_whose_tiles_the_operator_wants() {
        let harness = Harness::start_with(|config| {
            config.map_tiles.address = "/tiles/{z}/{x}/{y}.png".to_owned().try_into().ok();
            config.map_tiles.credit = Some("Example Maps ".to_owned());
        })
        .await;
        let cookie = harness.agent_cookie().await;
        let screen = harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.json();
        let expected = serde_json::json!({
            "address": "/tiles/{z}/{x}/{y}.png", "credit": "Example Maps", "deepest": 19
        });
        assert_eq!(screen["map_tiles"], expected);
    }
}
