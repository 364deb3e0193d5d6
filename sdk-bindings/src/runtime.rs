//! The Tokio runtime that everything asynchronous runs on.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use crate::error::CoreError;

/// What a phone's core needs: waiting is what most of its work consists of.
const WORKERS: usize = 2;

/// The runtime, made at the first use and kept until the process ends.
pub(crate) fn handle() -> Result<Handle, CoreError> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread().worker_threads(WORKERS).thread_name("tidings").enable_all().build().ok()
    });
    let runtime = runtime.as_ref().ok_or_else(|| CoreError::internal("no thread could be started"))?;
    Ok(runtime.handle().clone())
}

/// Does the work on the runtime and waits for it. Who stops waiting does not stop the work.
pub(crate) async fn run<T, E, W>(work: W) -> Result<T, CoreError>
where
    T: Send + 'static,
    E: Into<CoreError> + Send + 'static,
    W: Future<Output = Result<T, E>> + Send + 'static,
{
    let (tell, told) = oneshot::channel();
    // As one type for all work: what Tokio makes for every type that it is given weighs more than the work.
    let task: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move { drop(tell.send(work.await)) });
    drop(handle()?.spawn(task));
    match told.await {
        Ok(done) => done.map_err(Into::into),
        // Its panic was caught: the app goes on.
        Err(_) => Err(CoreError::internal("a task of the library failed")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::error::CoreErrorCode;

    #[test]
    fn work_goes_on_when_nobody_waits_for_it_any_more() {
        let done = Arc::new(AtomicBool::new(false));
        let (mark, finished) = (done.clone(), Arc::new(tokio::sync::Notify::new()));
        let finish = finished.clone();
        handle().unwrap().block_on(async {
            let waiting = run::<(), CoreError, _>(async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                mark.store(true, Ordering::SeqCst);
                finish.notify_one();
                Ok(())
            });
            assert!(tokio::time::timeout(Duration::from_millis(1), waiting).await.is_err());
            assert!(!done.load(Ordering::SeqCst), "the caller gave up before it was done");
            finished.notified().await;
        });
        assert!(done.load(Ordering::SeqCst));
    }

    #[test]
    fn a_panic_becomes_an_internal_error() {
        let result = handle().unwrap().block_on(run::<(), CoreError, _>(async { panic!("on purpose") }));
        let CoreError::Failed { code, .. } = result.unwrap_err();
        assert_eq!(code, CoreErrorCode::Internal);
    }
}
