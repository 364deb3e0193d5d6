//! `GET /inbox/v1/reports` and `GET /inbox/v1/reports/{table}`.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tidings_protocol::hours::Day;
use tidings_protocol::reports::{Report, ReportSplit, ReportStep, ReportTable};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::reports::{Wish, csv, report};
use crate::request::{Path, Query};

/// `?from=&until=&days=&by=&split=&only=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The first day, such as `2026-11-01`; with `until` at most 366 days.
    #[param(value_type = Option<Day>)]
    from: Option<Day>,
    /// The last day; today when not said.
    #[param(value_type = Option<Day>)]
    until: Option<Day>,
    /// So many days up to `until`, instead of `from`; 28 when neither is said.
    #[param(minimum = 1, maximum = 366)]
    days: Option<i32>,
    /// Into what it is cut; `day` when not said.
    #[serde(default)]
    #[param(value_type = Option<ReportStep>)]
    by: ReportStep,
    /// By what the figures are told apart; not at all when not said.
    split: Option<ReportSplit>,
    /// Only this one: the id of a team or agent, or a tag, as `split` says. Empty, with `split=agent`: what is nobody's.
    only: Option<String>,
}

impl From<Asked> for Wish {
    fn from(asked: Asked) -> Self {
        let Asked { from, until, days, by, split, only } = asked;
        Self { from, until, days, by, split, only }
    }
}

/// How much there was to do in the agent's teams, how soon it was done, and what waits now; owners and administrators see all
/// teams. Days are those of the clock by which most teams keep their hours; UTC when none does.
#[utoipa::path(
    get, path = "/inbox/v1/reports", tag = "inbox", security(("cookie" = [])), params(Asked),
    responses((status = 200, body = Report), Problems)
)]
pub(crate) async fn get_report(
    State(app): State<App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Json<Report>, Problem> {
    report(&app, &agent.session, &asked.into()).await.map(Json)
}

/// A chart of a report as a table for spreadsheets: CSV after RFC 4180 in UTF-8.
#[utoipa::path(
    get, path = "/inbox/v1/reports/{table}", tag = "inbox", security(("cookie" = [])),
    params(("table" = ReportTable, Path), Asked),
    responses((status = 200, description = "The table", body = String, content_type = "text/csv"), Problems)
)]
pub(crate) async fn get_report_table(
    State(app): State<App>,
    agent: Agent,
    Path(table): Path<ReportTable>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let report = report(&app, &agent.session, &asked.into()).await?;
    let name = format!("tidings-{}-{}-{}.csv", csv::word(table), report.from, report.until);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, csv::table(&report, table)).into_response())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::inbox::AgentRole;

    use crate::testing::Harness;

    /// A conversation that is answered after two minutes and resolved after five, and one that waits.
    async fn one_day(harness: &Harness) {
        let token = harness.user("ana").await;
        let cookie = harness.agent_cookie().await;
        let first = harness.conversation(&token, 1).await;
        harness.send(&token, &first, 1, "where is it").await;
        harness.hand.advance_ms(120_000);
        harness.reply(&first, 2, "on its way").await;
        harness.hand.advance_ms(180_000);
        let tags = json!({ "add": ["=Parcel"] });
        let path = format!("/inbox/v1/conversations/{first}/tags");
        assert_eq!(harness.post(&path, &tags).cookie(&cookie).same_origin().await.status, 200);
        let path = format!("/inbox/v1/conversations/{first}/state");
        let closed = json!({ "state": "closed" });
        assert_eq!(harness.put(&path, &closed).cookie(&cookie).same_origin().await.status, 200);
        let second = harness.conversation(&token, 2).await;
        harness.send(&token, &second, 3, "and this?").await;
    }

    #[tokio::test]
    async fn a_day_is_counted_as_it_was() {
        let harness = Harness::start().await;
        one_day(&harness).await;
        let cookie = harness.agent_cookie().await;
        let get = |query: &str| {
            let path = format!("/inbox/v1/reports{query}");
            let (harness, cookie) = (&harness, &cookie);
            async move { harness.get(&path).cookie(cookie).await.json() }
        };
        let report = get("?days=7").await;
        let total = json!({
            "opened": 2, "reopened": 0, "received": 2, "sent": 1,
            "first_answer": { "count": 1, "median_s": 120, "p90_s": 120 },
            "resolution": { "count": 1, "median_s": 300, "p90_s": 300 },
            "satisfaction": { "asked": 0, "answered": 0, "good": 0, "sum": 0 },
        });
        assert_eq!(report["total"], total);
        assert_eq!((&report["time_zone"], &report["until"]), (&json!("UTC"), &json!("2026-11-21")));
        assert_eq!(report["periods"].as_array().unwrap().len(), 7);
        assert_eq!(report["periods"][6]["figures"], total);
        assert_eq!(report["periods"][5]["figures"]["opened"], 0);
        assert_eq!(report["backlog"]["under_1h"], 1);
        assert_eq!(report["groups"], json!([]));
        let by_tag = get("?days=7&split=tag").await;
        assert_eq!(by_tag["groups"][0]["name"], "=Parcel");
        assert_eq!(by_tag["groups"][0]["figures"]["opened"], 1);
        let agent = harness.agent_id.to_string();
        let by_agent = get("?days=7&split=agent").await;
        let of_agent = by_agent["groups"].as_array().unwrap().iter().find(|it| it["id"] == agent.as_str());
        assert_eq!(of_agent.unwrap()["figures"]["sent"], 1);
        let only = get(&format!("?days=7&split=agent&only={agent}")).await;
        assert_eq!((&only["total"]["sent"], &only["total"]["received"]), (&json!(1), &json!(0)));
        let nobodys = get("?days=7&split=agent&only=").await;
        assert_eq!((&nobodys["total"]["sent"], &nobodys["total"]["received"]), (&json!(0), &json!(2)));
        let team = harness.team_id;
        let of_team = get(&format!("?days=7&split=team&only={team}")).await;
        assert_eq!((&of_team["total"], &of_team["groups"][0]["name"]), (&total, &json!("Support")));
    }

    #[tokio::test]
    async fn a_chart_is_a_table_for_spreadsheets() {
        let harness = Harness::start().await;
        one_day(&harness).await;
        let cookie = harness.agent_cookie().await;
        let get = |path: String| {
            let (harness, cookie) = (&harness, &cookie);
            async move { harness.get(&path).cookie(cookie).await }
        };
        let volume = get("/inbox/v1/reports/volume?days=2&split=tag".to_owned()).await;
        assert_eq!(volume.header("content-type"), "text/csv; charset=utf-8; header=present");
        let name = "attachment; filename=\"tidings-volume-2026-11-20-2026-11-21.csv\"";
        assert_eq!(volume.header("content-disposition"), name);
        let rows = [
            "from,until,group_id,group,conversations_opened,conversations_reopened,messages_received,messages_sent",
            "2026-11-20,2026-11-20,,,0,0,0,0",
            "2026-11-21,2026-11-21,,,2,0,2,1",
            "2026-11-20,2026-11-21,'=Parcel,'=Parcel,1,0,1,1",
            "2026-11-20,2026-11-21,,total,2,0,2,1",
        ];
        assert_eq!(volume.text(), rows.map(|row| format!("{row}\r\n")).concat());
        let backlog = get("/inbox/v1/reports/backlog".to_owned()).await.text();
        assert!(backlog.ends_with(",,total,1,0,0,0,0,0\r\n"), "{backlog}");
        for table in ["first_answer", "resolution", "satisfaction"] {
            assert_eq!(get(format!("/inbox/v1/reports/{table}")).await.status, 200, "{table}");
        }
        assert_eq!(get("/inbox/v1/reports/everything".to_owned()).await.code(), "invalid_parameter");
    }

    #[tokio::test]
    async fn agents_see_their_own_teams_and_administrators_all() {
        let harness = Harness::start().await;
        one_day(&harness).await;
        let stranger = harness.agent_of_another_team().await;
        let path = "/inbox/v1/reports?days=7&split=team";
        let report = harness.get(path).cookie(&stranger).await.json();
        assert_eq!((&report["total"]["opened"], &report["groups"]), (&json!(0), &json!([])));
        // Their last role is one that cannot be given away: somebody must be left who administers.
        for role in [AgentRole::Viewer, AgentRole::Admin] {
            harness.set_role(harness.agent_id, role).await;
            let cookie = harness.agent_cookie().await;
            assert_eq!(harness.get(path).cookie(&cookie).await.json()["total"]["opened"], 2, "{role:?}");
        }
    }

    #[tokio::test]
    async fn what_makes_no_sense_is_refused_in_words() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        for query in [
            "days=367",
            "from=2026-11-02&until=2026-11-01",
            "from=2020-01-01",
            "from=today",
            "only=tag",
            "split=team&only=nobody",
        ] {
            let answer = harness.get(&format!("/inbox/v1/reports?{query}")).cookie(&cookie).await;
            assert_eq!(answer.code(), "invalid_parameter", "{query}");
            assert_ne!(answer.json()["detail"], Value::Null, "{query}");
        }
    }
}
