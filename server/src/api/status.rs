//! How the server is: for operators, for load balancers, for Prometheus.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::openapi::Problems;
use crate::app::App;
use crate::bus::BusHealth;
use crate::problem::Problem;

/// How long the database may take to answer before the server counts as not ready.
const DATABASE: Duration = Duration::from_secs(2);

/// How the process is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `ok`, or `degraded` when something is missing and everything still works, only slower.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
    /// `sqlite` or `postgres`.
    database: &'static str,
    /// What nodes tell each other goes through: `redis`, `postgres`, `none` because there is one node, or `disconnected`.
    bus: &'static str,
    /// Open sockets of this node.
    sockets: usize,
    /// What the server works without for the moment, and what follows from it.
    degraded: Vec<&'static str>,
}

/// The process, and what it works without.
#[utoipa::path(get, path = "/health", tag = "status", responses((status = 200, body = Health)))]
pub(crate) async fn health(State(app): State<App>) -> Json<Health> {
    let (bus, degraded) = match app.bus.health() {
        BusHealth::Alone => ("none", vec![]),
        BusHealth::Redis => ("redis", vec![]),
        BusHealth::Postgres => ("postgres", vec![]),
        BusHealth::PostgresMeanwhile => {
            ("postgres", vec!["redis: PostgreSQL carries what nodes tell each other, a little later"])
        }
        BusHealth::Disconnected => {
            ("disconnected", vec!["bus: messages between nodes arrive a second or two later"])
        }
    };
    Json(Health {
        status: if degraded.is_empty() { "ok" } else { "degraded" },
        version: env!("CARGO_PKG_VERSION"),
        database: app.db.backend(),
        bus,
        sockets: app.hub.sockets(),
        degraded,
    })
}

/// Whether to send traffic here.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Ready {
    /// True; otherwise the answer is 503.
    ready: bool,
}

/// Whether to send traffic here: 503 while the server drains or cannot reach its database.
#[utoipa::path(get, path = "/ready", tag = "status", responses((status = 200, body = Ready), Problems))]
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Ready>, Problem> {
    if app.lifecycle.is_draining() {
        return Err(Problem::unavailable().detail("the server is about to stop"));
    }
    match tokio::time::timeout(DATABASE, app.db.ping()).await {
        Ok(Ok(())) => Ok(Json(Ready { ready: true })),
        _ => Err(Problem::unavailable().detail("the database is out of reach")),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Harness;

    #[tokio::test]
    async fn health_says_what_it_runs_on() {
        let harness = Harness::start().await;
        let health = harness.get("/health").await.json();
        assert_eq!(health["status"], "ok");
        assert_eq!(health["database"], "sqlite");
        assert_eq!(health["bus"], "none");
    }

    #[tokio::test]
    async fn a_draining_server_is_not_ready_and_still_healthy() {
        let harness = Harness::start().await;
        assert_eq!(harness.get("/ready").await.status, 200);
        harness.app.lifecycle.soft().cancel();
        let answer = harness.get("/ready").await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"));
        assert_eq!(harness.get("/health").await.status, 200);
    }
}
