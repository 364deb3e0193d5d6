//! Settles with the other nodes what was taken from the buckets of limits: see [`crate::rates`].

use std::time::Duration;

use crate::app::App;

/// How often nodes settle.
const SETTLE: Duration = Duration::from_millis(250);

/// Starts to settle; it ends with the server.
pub fn spawn(app: &App) {
    let (app, soft) = (app.clone(), app.lifecycle.soft().clone());
    app.lifecycle.clone().spawn(async move {
        loop {
            tokio::select! {
                () = soft.cancelled() => return,
                () = tokio::time::sleep(SETTLE) => {}
            }
            app.bus.tell_spent(&app.rates.take_spent());
            app.rates.debit(&app.bus.take_spent_elsewhere());
        }
    });
}
