//! Waiting for what must come.

use std::time::Duration;

use anyhow::Context as _;

/// Asks again and again until there is an answer, at most `limit`; what was waited for is named in the error.
pub async fn until<T, F>(what: &str, limit: Duration, mut ask: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<Option<T>>>,
{
    let wait = async {
        loop {
            if let Some(found) = ask().await? {
                return anyhow::Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(limit, wait).await.with_context(|| format!("waited {limit:?} in vain: {what}"))?
}
