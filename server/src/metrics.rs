//! `GET /metrics`: figures in the text form of Prometheus. Names carry their units; labels are of bounded number.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tidings_store::Distribution;

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
    metrics::gauge!("tidings_store_queue").set(as_f64(usize::try_from(writes.queued).unwrap_or(usize::MAX)));
    let mut text = handle.render();
    append(
        &mut text,
        "tidings_store_batch_commands",
        "Commands that were committed together",
        &writes.batch_commands,
    );
    append(
        &mut text,
        "tidings_store_commit_duration_seconds",
        "From the first row that a batch has collected to the flushed commit; what its commands read before is not in it",
        &writes.commit_seconds,
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

/// Appends a histogram that the store has counted.
fn append(text: &mut String, name: &str, about: &str, of: &Distribution) {
    // Writing to a text does not fail.
    let _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} histogram");
    for (bound, count) in of.at_most {
        let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {count}");
    }
    let (count, sum) = (of.count, of.sum);
    let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {sum}\n{name}_count {count}\n");
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
        // Nothing is recorded before somebody asked, or the program started.
        harness.get("/metrics").await;
        harness.get("/app/v1/conversations/cnv_01h2xcejqtf2nbrexx3vqjhp41").await;
        harness.get("/no/such/place/7").await;
        let text = harness.get("/metrics").await.text();
        let counted = r#"method="GET",route="/app/v1/conversations/{id}",status="401""#;
        assert!(text.contains(counted), "{text}");
        assert!(!text.contains("cnv_") && !text.contains("/no/such"), "{text}");
        for name in ["tidings_sockets", "tidings_store_queue"] {
            assert!(text.contains(name), "{name}");
        }
    }
    #[tokio::test]
    async fn commits_are_histograms_that_a_write_grows() {
        let harness = Harness::start().await;
        let before = figure(&harness.get("/metrics").await.text(), "tidings_store_batch_commands_count");
        harness.user("customer-9").await;
        let text = harness.get("/metrics").await.text();
        let [batches, all, commits, seconds] = [
            "tidings_store_batch_commands_count",
            r#"tidings_store_batch_commands_bucket{le="256"}"#,
            "tidings_store_commit_duration_seconds_count",
            "tidings_store_commit_duration_seconds_sum",
        ]
        .map(|name| figure(&text, name));
        assert!(batches > before && seconds > 0.0, "{text}");
        assert_eq!((all.to_bits(), commits.to_bits()), (batches.to_bits(), batches.to_bits()), "{text}");
    }

    fn figure(text: &str, name: &str) -> f64 {
        let line =
            text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}
