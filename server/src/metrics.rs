//! `GET /metrics`: figures in the text form of Prometheus. Names carry their units; labels are of bounded number.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::app::App;

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// How often figures are drained into their histograms when nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder of this process: there is one, however many servers a test starts.
fn recorder() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS);
        let recorder = builder.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
        let handle = recorder.handle();
        // Somebody else's recorder stays: then there is nothing of ours to show.
        let _ = metrics::set_global_recorder(recorder);
        describe();
        handle
    })
}

fn describe() {
    metrics::describe_histogram!(
        "tidings_http_request_duration_seconds",
        "Requests by method, route and status"
    );
    metrics::describe_gauge!("tidings_sockets", "Open sockets of this node");
    metrics::describe_counter!("tidings_store_batches_total", "Transactions that were committed");
    metrics::describe_counter!("tidings_store_commands_total", "Commands in them");
    metrics::describe_gauge!("tidings_store_commit_seconds_total", "Time that commits took");
    metrics::describe_gauge!(
        "tidings_search_behind_seconds",
        "Age of the oldest change that cannot be found yet"
    );
    metrics::describe_counter!("tidings_retention_rows_total", "Rows that were too old and are gone");
    metrics::describe_gauge!("tidings_store_queue", "Commands that wait for the writer");
}

/// Starts to record.
pub fn start(app: &App) {
    let handle = recorder();
    let lifecycle = app.lifecycle.clone();
    app.lifecycle.spawn(async move {
        let mut upkeep = tokio::time::interval(UPKEEP);
        loop {
            tokio::select! {
                () = lifecycle.soft().cancelled() => return,
                _ = upkeep.tick() => handle.run_upkeep(),
            }
        }
    });
}

/// `GET /metrics`, alone: for an address of its own.
pub fn router(app: App) -> Router {
    Router::new().route("/metrics", get(render)).with_state(app)
}

/// `GET /metrics`.
pub async fn render(State(app): State<App>) -> impl IntoResponse {
    let handle = recorder();
    let writes = app.db.write_metrics();
    metrics::gauge!("tidings_sockets").set(as_f64(app.hub.sockets()));
    metrics::counter!("tidings_store_batches_total").absolute(writes.batches);
    metrics::counter!("tidings_store_commands_total").absolute(writes.commands);
    metrics::gauge!("tidings_store_commit_seconds_total").set(writes.commit_seconds);
    metrics::gauge!("tidings_store_queue").set(as_f64(usize::try_from(writes.queued).unwrap_or(usize::MAX)));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render())
}

#[expect(clippy::cast_precision_loss, reason = "a count that has no place in 52 bits needs no precision")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use crate::testing::Harness;

    #[tokio::test]
    async fn requests_are_counted_by_route_and_not_by_address() {
        let harness = Harness::start().await;
        harness.get("/app/v1/conversations/cnv_01h2xcejqtf2nbrexx3vqjhp41").await;
        harness.get("/no/such/place/7").await;
        let text = harness.get("/metrics").await.text();
        let counted = r#"method="GET",route="/app/v1/conversations/{id}",status="401""#;
        assert!(text.contains(counted), "{text}");
        assert!(!text.contains("cnv_") && !text.contains("/no/such"), "{text}");
        for name in ["tidings_sockets", "tidings_store_batches_total", "tidings_store_queue"] {
            assert!(text.contains(name), "{name}");
        }
    }
}
