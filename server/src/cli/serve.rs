//! `tidings serve`.

use crate::config::Config;
use crate::lifecycle::Ending;

/// Runs the server until it is asked to end.
pub(super) async fn serve(config: Config) -> anyhow::Result<Ending> {
    crate::run(config).await
}
