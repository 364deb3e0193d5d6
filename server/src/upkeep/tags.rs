//! Conversations whose tag is renamed, merged into another or deleted are gone through: at once by the request that asks for it, as
//! far as somebody waits for that, and what is left here, also of a node that died.

use std::time::Duration;

use tidings_store::tag_changes::{GoThroughTag, GoingTag};

use super::{Lease, wait};
use crate::app::App;

/// How often.
const PAUSE: Duration = Duration::from_secs(10);
/// Tags looked up at once.
const TAGS: i64 = 20;
/// Steps between two looks at whether this node may go on.
const STEPS: usize = 50;

pub(super) fn spawn(app: &App) {
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let lease = Lease::new(&app, "tags");
        while wait(&app, PAUSE).await {
            if let Err(error) = once(&app, &lease).await {
                tracing::warn!(%error, "conversations of a tag that is being changed were not gone through");
            }
        }
        lease.give_back(&app).await;
    });
}

async fn once(app: &App, lease: &Lease) -> tidings_store::Result<()> {
    loop {
        let going = app.db.going_tags(TAGS).await?;
        if going.is_empty() || app.lifecycle.soft().is_cancelled() || !lease.hold(app).await? {
            return Ok(());
        }
        go_through(app, going, STEPS).await?;
    }
}

/// Goes through conversations in at most so many steps; answers whether that was all.
pub(crate) async fn go_through(
    app: &App,
    going: Vec<GoingTag>,
    mut steps: usize,
) -> tidings_store::Result<bool> {
    for tag in going {
        let step = GoThroughTag { tag, now: app.clock.now() };
        while app.db.write(step.clone()).await? {
            steps = steps.saturating_sub(1);
            if steps == 0 {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_store::audit::By;
    use tidings_store::tag_changes::{AlterTag, TagFate};

    use super::*;
    use crate::testing::Harness;

    #[tokio::test]
    async fn what_a_node_left_undone_another_one_does() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let id = harness.conversation(&token, 1).await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/inbox/v1/conversations/{id}/tags");
        harness.post(&path, &json!({ "add": ["Refunf"] })).cookie(&cookie).same_origin().await;
        // Decided, and then the node died.
        let fate = TagFate::Named("Refund".try_into().unwrap());
        let (workspace_id, by) = (harness.workspace_id, By::command_line(harness.app.clock.now()));
        let tag = "refunf".try_into().unwrap();
        harness.app.db.write(AlterTag { workspace_id, tag, fate, by }).await.unwrap();
        let tags = || async {
            harness.get(&format!("/inbox/v1/conversations/{id}")).cookie(&cookie).await.json()["tags"].clone()
        };
        assert_eq!(tags().await, json!(["Refunf"]));
        let listed = harness.get("/admin/v1/tags").bearer(&harness.server_key).await.json();
        assert_eq!(listed["tags"][1]["changing"], json!(true));
        once(&harness.app, &Lease::new(&harness.app, "tags")).await.unwrap();
        assert_eq!(tags().await, json!(["Refund"]));
        let listed = harness.get("/admin/v1/tags").bearer(&harness.server_key).await.json();
        assert_eq!(listed["tags"].as_array().unwrap().len(), 1);
    }
}
