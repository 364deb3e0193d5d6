//! Tells webhooks: what the feeds of teams say becomes deliveries, and those that are due are told. One node does it at
//! a time; when two do, deliveries have the same ids and are claimed once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::id::WebhookId;
use tidings_store::webhooks::{ClaimDeliveries, DueWebhook, Spread, SpreadFeed};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Lease;
use crate::app::App;
use crate::push::net::{Net, Speaks, Trust};
use crate::push::seal::Seals;
use crate::webhooks::tell::Teller;

/// How often it is looked whether there is anything to tell.
const LOOK: Duration = Duration::from_secs(1);
/// How long this node goes on before it makes sure that the work is still its own. Half of a lease.
const HOLD: Duration = Duration::from_secs(15);
/// Changes of one step. A step is one command among others, and others wait for it.
const STEP: i64 = 50;
/// Requests to one webhook at a time: one that hangs keeps its own events waiting and no other's.
const HANDS: usize = 8;
/// How long a claim holds: three times as long as an exchange may take.
const LEASE_MS: i64 = 60_000;
/// How long requests may take to finish when the process ends.
const DRAIN: Duration = Duration::from_secs(15);

/// Starts to tell; it ends with the server.
///
/// # Errors
/// When the configuration of push, whose ways out are used, cannot be used.
pub(super) fn spawn(app: &App) -> anyhow::Result<()> {
    metrics::describe_counter!(
        "tidings_webhook_deliveries_total",
        "Attempts to tell webhooks, by what came of them"
    );
    let push = &app.config.push;
    let trust = Trust::load(push.extra_ca.as_deref())?;
    let teller = Teller {
        db: app.db.clone(),
        clock: app.clock.clone(),
        net: Arc::new(Net::to(&trust, push.reach(), Speaks::Either)),
        reach: push.reach(),
        seals: Seals::of(&app.config)?,
    };
    let app = app.clone();
    let lifecycle = app.lifecycle.clone();
    lifecycle.spawn(async move {
        let lease = Lease::new(&app, "webhooks");
        Round { app: &app, lease: &lease, teller, held_at: None, hands: HashMap::new() }.run().await;
        lease.give_back(&app).await;
    });
    Ok(())
}

struct Round<'a> {
    app: &'a App,
    lease: &'a Lease,
    teller: Teller,
    /// When this node last made sure that the work is its own.
    held_at: Option<Instant>,
    /// Those of each webhook.
    hands: HashMap<WebhookId, Arc<Semaphore>>,
}

impl Round<'_> {
    async fn run(mut self) {
        let mut in_flight = JoinSet::new();
        while !self.app.lifecycle.is_draining() {
            if let Err(error) = self.turn(&mut in_flight).await {
                tracing::warn!(%error, "webhooks were not told");
            }
            tokio::select! {
                () = self.app.lifecycle.soft().cancelled() => {}
                Some(_) = in_flight.join_next() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        let finished = async { while in_flight.join_next().await.is_some() {} };
        tokio::select! {
            () = finished => {}
            () = tokio::time::sleep(DRAIN) => tracing::warn!("webhooks are left to the next process"),
            () = self.app.lifecycle.hard().cancelled() => {}
        }
    }

    async fn turn(&mut self, in_flight: &mut JoinSet<()>) -> tidings_store::Result<()> {
        let (db, clock) = (&self.app.db, &self.app.clock);
        let untold = db.untold_teams().await?;
        if untold.is_empty() && db.due_webhooks(clock.now()).await?.is_empty() {
            return Ok(());
        }
        if !self.hold().await? {
            return Ok(());
        }
        for team_id in untold {
            while !self.app.lifecycle.is_draining()
                && db.write(SpreadFeed { team_id, limit: STEP }).await? == Spread::GoesOn
            {}
        }
        for webhook in db.due_webhooks(clock.now()).await? {
            self.claim(in_flight, webhook).await?;
        }
        Ok(())
    }

    async fn hold(&mut self) -> tidings_store::Result<bool> {
        if self.held_at.is_some_and(|at| at.elapsed() < HOLD) {
            return Ok(true);
        }
        let is_held = self.lease.hold(self.app).await?;
        self.held_at = is_held.then(Instant::now);
        Ok(is_held)
    }

    /// Claims what there are hands for, and tells it beside this.
    async fn claim(&mut self, in_flight: &mut JoinSet<()>, webhook: DueWebhook) -> tidings_store::Result<()> {
        let hands = self.hands.entry(webhook.id).or_insert_with(|| Arc::new(Semaphore::new(HANDS)));
        let free = hands.available_permits();
        if free == 0 {
            return Ok(());
        }
        let now = self.app.clock.now();
        let limit = i64::try_from(free).unwrap_or_default();
        let claim = ClaimDeliveries { webhook_id: webhook.id, limit, until: now.plus_ms(LEASE_MS), now };
        for claimed in self.app.db.write(claim).await? {
            // The permit goes back however this ends.
            let Ok(hand) = hands.clone().try_acquire_owned() else { break };
            let (teller, webhook) = (self.teller.clone(), webhook.clone());
            in_flight.spawn(async move {
                if let Err(error) = teller.tell(&webhook, claimed).await {
                    tracing::warn!(webhook_id = %webhook.id, %error, "a webhook is told again later");
                }
                drop(hand);
            });
        }
        Ok(())
    }
}
