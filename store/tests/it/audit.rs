use tidings_protocol::audit::{AuditAct, AuditActor};
use tidings_store::Error;
use tidings_store::agents::{EndAgentSession, RefuseAgent, StartAgentSession};
use tidings_store::apps::{CreateTeam, CreateWorkspace};
use tidings_store::audit::{AuditFilter, By};
use tidings_store::keys::{AddServerKey, RevokeServerKey};

use crate::trial::name;

both! {
    async fn an_act_writes_its_line_once(t) {
        let w = t.world().await;
        let by = By { who: AuditActor::Agent { id: w.ana }, at: t.now() };
        let add = AddServerKey {
            id: t.id(), workspace_id: w.workspace, label: "CI".to_owned(), secret_hash: t.hash(), by,
        };
        t.db.write(add.clone()).await.unwrap();
        t.db.write(add.clone()).await.unwrap();
        t.db.write(RevokeServerKey { workspace_id: w.workspace, id: add.id, by: t.by() }).await.unwrap();
        t.db.write(RevokeServerKey { workspace_id: w.workspace, id: add.id, by: t.by() }).await.unwrap();
        let about = AuditFilter { target: Some(add.id.to_string()), ..AuditFilter::default() };
        let log = t.db.audit_log(w.workspace, &about, 10).await.unwrap();
        let acts: Vec<_> = log.entries.iter().map(|entry| (entry.act, entry.actor)).collect();
        assert_eq!(acts, [
            (AuditAct::ServerKeyRevoked, AuditActor::CommandLine),
            (AuditAct::ServerKeyAdded, by.who),
        ]);
        assert_eq!(log.entries[1].details["label"], "CI");
        assert_eq!(log.entries[1].at, by.at);
    }

    async fn an_act_that_is_refused_writes_no_line(t) {
        let w = t.world().await;
        let before = t.number("SELECT COUNT(*) FROM audit_log").await;
        let taken = CreateTeam { id: t.id(), workspace_id: w.workspace, name: name("Support"), by: t.by() };
        assert!(matches!(t.db.write(taken).await, Err(Error::AlreadyExists(_))));
        assert_eq!(t.number("SELECT COUNT(*) FROM audit_log").await, before);
    }

    async fn lines_are_numbered_without_a_hole_and_read_in_pages(t) {
        let w = t.world().await;
        let teams = ["A", "B", "C", "D"].map(|called| CreateTeam {
            id: t.id(), workspace_id: w.workspace, name: name(called), by: t.by(),
        });
        futures_util::future::join_all(teams.map(|team| t.db.write(team))).await;
        let mut seen = Vec::new();
        let mut filter = AuditFilter::default();
        loop {
            let page = t.db.audit_log(w.workspace, &filter, 3).await.unwrap();
            seen.extend(page.entries.iter().map(|entry| entry.seq));
            filter.before = page.next;
            if page.next.is_none() { break }
        }
        let mut all: Vec<_> = (1..=i64::try_from(seen.len()).unwrap()).collect();
        all.reverse();
        assert_eq!(seen, all);
        // A workspace, six teams, an app and three agents.
        assert_eq!(seen.len(), 11);
    }

    async fn sessions_of_agents_are_written_down(t) {
        let w = t.world().await;
        let now = t.now();
        t.db.write(RefuseAgent { agent_id: w.ana, now }).await.unwrap();
        let start = StartAgentSession { agent_id: w.ana, token_hash: t.hash(), expires_at: now.plus_ms(60_000), now };
        t.db.write(start).await.unwrap();
        t.db.write(EndAgentSession { token_hash: start.token_hash, now }).await.unwrap();
        t.db.write(EndAgentSession { token_hash: start.token_hash, now }).await.unwrap();
        let about = AuditFilter { target: Some(w.ana.to_string()), ..AuditFilter::default() };
        let log = t.db.audit_log(w.workspace, &about, 3).await.unwrap();
        let acts: Vec<_> = log.entries.iter().map(|entry| entry.act).collect();
        assert_eq!(acts, [AuditAct::AgentSignedOut, AuditAct::AgentSignedIn, AuditAct::AgentSignInFailed]);
        let failed = AuditFilter { act: Some(AuditAct::AgentSignInFailed), ..AuditFilter::default() };
        assert_eq!(t.db.audit_log(w.workspace, &failed, 10).await.unwrap().entries.len(), 1);
    }

    async fn law_9_the_log_of_another_workspace_is_not_read(t) {
        let w = t.world().await;
        let id = t.id();
        t.db.write(CreateWorkspace { id, name: name("Other"), by: t.by() }).await.unwrap();
        let log = t.db.audit_log(id, &AuditFilter::default(), 100).await.unwrap();
        assert_eq!(log.entries.iter().map(|entry| (entry.seq, entry.act)).collect::<Vec<_>>(), [
            (1, AuditAct::WorkspaceCreated),
        ]);
        let theirs = AuditFilter { target: Some(id.to_string()), ..AuditFilter::default() };
        assert!(t.db.audit_log(w.workspace, &theirs, 100).await.unwrap().entries.is_empty());
    }
}
