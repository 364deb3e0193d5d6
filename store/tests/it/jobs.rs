use std::collections::{HashMap, HashSet};

use futures_util::future::join_all;
use tidings_protocol::id::{AppId, ConversationId};
use tidings_protocol::time::Timestamp;
use tidings_store::Error;
use tidings_store::dead_jobs::ReviveJob;
use tidings_store::jobs::{BuryJob, ClaimJobs, DeferJob, FinishJob, Job, JobCounts, JobPayload, RetryJob};

use crate::trial::{Trial, World};

async fn with_jobs(t: &Trial, w: &World, n: usize) -> ConversationId {
    let id = t.open_conversation(w.user).await.id;
    for n in 0..n {
        t.send(id, w.ana(), &n.to_string()).await;
    }
    id
}

fn claiming(limit: i64, now: Timestamp) -> ClaimJobs {
    ClaimJobs { limit, of_one_app: 1_000, under_way: HashMap::new(), lease_ms: 60_000, now }
}

async fn claim(t: &Trial, limit: i64) -> Vec<Job> {
    t.db.write(claiming(limit, t.now())).await.unwrap()
}

both! {
    async fn a_job_is_claimed_once_and_finished(t) {
        let w = t.world().await;
        let id = with_jobs(t, &w, 3).await;
        let jobs = claim(t, 2).await;
        assert_eq!(jobs.len(), 2);
        let JobPayload::Push { user_id, conversation_id, seq, .. } = jobs[0].payload else { panic!() };
        assert_eq!((user_id, conversation_id, seq, jobs[0].attempts), (w.user, id, 1, 1));
        let rest = claim(t, 10).await;
        assert_eq!(rest.len(), 1);
        assert_eq!(claim(t, 10).await, []);
        for job in jobs.iter().chain(&rest) {
            assert!(t.db.write(FinishJob { id: job.id, lease: job.lease }).await.unwrap());
            assert!(!t.db.write(FinishJob { id: job.id, lease: job.lease }).await.unwrap());
        }
        assert_eq!(t.db.job_counts().await.unwrap(), JobCounts::default());
    }

    async fn jobs_that_end_together_end_each_for_itself(t) {
        let w = t.world().await;
        with_jobs(t, &w, 10).await;
        let now = t.now();
        let first = t.db.write(claiming(10, now)).await.unwrap();
        let again = t.db.write(claiming(10, now.plus_ms(60_000))).await.unwrap();
        with_jobs(t, &w, 20).await;
        let others = t.db.write(claiming(20, t.now())).await.unwrap();
        assert_eq!((first.len(), again.len(), others.len()), (10, 10, 20));
        // The first ten have been claimed a second time: with the lease of the first claim they cannot be ended.
        let ends = first.iter().chain(&others).map(|job| FinishJob { id: job.id, lease: job.lease });
        let ended = join_all(ends.map(|end| t.db.write(end))).await;
        let ended: Vec<bool> = ended.into_iter().map(Result::unwrap).collect();
        assert_eq!((ended[..10].contains(&true), ended[10..].contains(&false)), (false, false), "{ended:?}");
        assert_eq!(t.db.job_counts().await.unwrap().waiting, 10);
        let ends = again.iter().map(|job| FinishJob { id: job.id, lease: job.lease });
        assert!(join_all(ends.map(|end| t.db.write(end))).await.into_iter().all(Result::unwrap));
        assert_eq!(t.db.job_counts().await.unwrap().waiting, 0);
    }

    async fn a_lease_that_ran_out_gives_the_job_to_another(t) {
        let w = t.world().await;
        with_jobs(t, &w, 1).await;
        let now = t.now();
        let first = t.db.write(claiming(1, now)).await.unwrap();
        let early = t.db.write(claiming(1, now.plus_ms(59_999))).await.unwrap();
        assert_eq!(early, []);
        let later = t.db.write(claiming(1, now.plus_ms(60_000))).await.unwrap();
        assert_eq!((later[0].id, later[0].attempts), (first[0].id, 2));
        // The first worker comes back too late: nothing of what it says counts.
        let (id, lease) = (first[0].id, first[0].lease);
        assert!(!t.db.write(FinishJob { id, lease }).await.unwrap());
        assert!(!t.db.write(RetryJob { id, lease, run_at: now, error: "late".to_owned() }).await.unwrap());
        assert!(!t.db.write(BuryJob { id, lease, error: "late".to_owned(), now }).await.unwrap());
        assert!(t.db.write(FinishJob { id, lease: later[0].lease }).await.unwrap());
    }

    async fn a_retry_waits_for_its_time_and_a_dead_job_is_kept(t) {
        let w = t.world().await;
        with_jobs(t, &w, 1).await;
        let job = claim(t, 1).await.remove(0);
        let run_at = t.now().plus_ms(600_000);
        assert!(t.db.write(RetryJob { id: job.id, lease: job.lease, run_at, error: "503".to_owned() }).await.unwrap());
        assert_eq!(claim(t, 1).await, []);
        assert_eq!(t.db.job_counts().await.unwrap(), JobCounts { waiting: 1, oldest_run_at: Some(run_at), dead: 0 });
        let again = t.db.write(claiming(1, run_at)).await.unwrap().remove(0);
        assert_eq!((again.attempts, again.payload.clone(), again.created_at), (2, job.payload, job.created_at));
        let bury = BuryJob { id: again.id, lease: again.lease, error: "gone".to_owned(), now: run_at };
        assert!(t.db.write(bury).await.unwrap());
        assert_eq!(t.db.job_counts().await.unwrap(), JobCounts { waiting: 0, oldest_run_at: None, dead: 1 });
    }

    async fn a_job_that_was_put_off_was_not_tried(t) {
        let w = t.world().await;
        with_jobs(t, &w, 1).await;
        let job = claim(t, 1).await.remove(0);
        let run_at = t.now().plus_ms(8_000);
        assert!(t.db.write(DeferJob { id: job.id, lease: job.lease, run_at }).await.unwrap());
        assert!(!t.db.write(DeferJob { id: job.id, lease: job.lease + 1, run_at }).await.unwrap());
        assert_eq!(claim(t, 1).await, []);
        let again = t.db.write(claiming(1, run_at)).await.unwrap().remove(0);
        assert_eq!((again.attempts, again.lease), (1, 2));
        let bury = BuryJob { id: again.id, lease: again.lease, error: "x".to_owned(), now: run_at };
        assert!(t.db.write(bury).await.unwrap());
        let dead = t.db.dead_pushes(Some(w.workspace), 10).await.unwrap();
        assert_eq!((dead.len(), dead[0].attempts, dead[0].app_id), (1, 1, Some(w.app)));
        let elsewhere = Some(t.id());
        assert_eq!(t.db.dead_pushes(elsewhere, 10).await.unwrap(), []);
        let revive = |workspace_id| ReviveJob { id: again.id, workspace_id, now: run_at };
        assert!(matches!(t.db.write(revive(elsewhere)).await, Err(Error::NotFound)));
        t.db.write(revive(Some(w.workspace))).await.unwrap();
        let revived = t.db.write(claiming(1, run_at)).await.unwrap().remove(0);
        assert_eq!((revived.id, revived.attempts, revived.created_at), (job.id, 1, run_at));
    }

    async fn many_workers_never_get_the_same_job(t) {
        let w = t.world().await;
        with_jobs(t, &w, 40).await;
        let another = t.another(1).await.unwrap();
        let dbs = [&t.db, &another];
        let now = t.now();
        let claims = (0..12_usize).map(|n| dbs[n % 2].write(claiming(5, now)));
        let mut jobs: Vec<_> = join_all(claims).await.into_iter().flat_map(Result::unwrap).collect();
        jobs.extend(t.db.write(claiming(100, now)).await.unwrap());
        let ids: HashSet<_> = jobs.iter().map(|job| job.id).collect();
        assert_eq!((jobs.len(), ids.len()), (40, 40));
        another.close().await;
    }

    async fn an_app_with_many_jobs_does_not_stand_in_the_way_of_another(t) {
        let w = t.world().await;
        with_jobs(t, &w, 20).await;
        // The other app's are due after all of the first one's.
        let other_app = t.app(w.workspace, w.other_team).await;
        let (user, _) = t.user(other_app, "customer-1").await;
        let conversation = t.open_conversation(user).await.id;
        for n in 0..3 {
            t.send(conversation, w.stranger(), &n.to_string()).await;
        }
        let of = |jobs: &[Job], app: AppId| jobs.iter().filter(|job| job.app_id == Some(app)).count();
        let first = claim(t, 8).await;
        assert_eq!((of(&first, w.app), of(&first, other_app)), (5, 3));
        // With as many as it may have under way, an app gets no more; others are not asked to wait for it.
        let full = ClaimJobs { of_one_app: 5, under_way: [(Some(w.app), 5)].into(), ..claiming(8, t.now()) };
        assert_eq!(t.db.write(full.clone()).await.unwrap(), []);
        let room = ClaimJobs { of_one_app: 7, ..full };
        assert_eq!(of(&t.db.write(room).await.unwrap(), w.app), 2);
    }

    async fn a_job_of_an_earlier_version_is_claimed_too(t) {
        let w = t.world().await;
        with_jobs(t, &w, 1).await;
        t.sql("UPDATE jobs SET app_id = NULL").await;
        let jobs = claim(t, 10).await;
        assert_eq!((jobs.len(), jobs[0].app_id), (1, None));
    }

    async fn a_job_that_nobody_can_read_stops_no_other(t) {
        let w = t.world().await;
        with_jobs(t, &w, 2).await;
        t.sql("UPDATE jobs SET payload = '{\"v\":99}' WHERE id = (SELECT id FROM jobs ORDER BY run_at LIMIT 1)").await;
        assert_eq!(claim(t, 10).await.len(), 1);
        let counts = t.db.job_counts().await.unwrap();
        assert_eq!((counts.waiting, counts.dead), (1, 1));
    }
}
