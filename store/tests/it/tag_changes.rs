//! Tags that are renamed, merged and deleted.

use tidings_protocol::assigning::AssignmentRules;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::ConversationId;
use tidings_protocol::saved_views::Filter;
use tidings_protocol::tags::TagUse;
use tidings_protocol::text::Tag;
use tidings_store::Error;
use tidings_store::assigning::SetAssignmentRules;
use tidings_store::audit::AuditFilter;
use tidings_store::merging::MergeConversation;
use tidings_store::saved_views::PutSavedView;
use tidings_store::tag_changes::{AlterTag, Altered, GoThroughTag, TagFate};
use tidings_store::tags::ChangeTags;

use crate::trial::{Trial, World, name};

fn alter(t: &Trial, w: &World, tag: &str, fate: TagFate) -> AlterTag {
    AlterTag { workspace_id: w.workspace, tag: name(tag), fate, by: t.by() }
}

fn named(to: &str) -> TagFate {
    TagFate::Named(name(to))
}

fn becomes(into: &str) -> TagFate {
    TagFate::Becomes(name(into))
}

/// Decides, and goes through all of it.
async fn altered(t: &Trial, w: &World, tag: &str, fate: TagFate) -> Altered {
    let altered = t.db.write(alter(t, w, tag, fate)).await.unwrap();
    go_through(t).await;
    altered
}

async fn go_through(t: &Trial) {
    for tag in t.db.going_tags(20).await.unwrap() {
        while t.db.write(GoThroughTag { tag: tag.clone(), now: t.now() }).await.unwrap() {}
    }
    assert_eq!(t.db.going_tags(20).await.unwrap(), []);
}

async fn tags(t: &Trial, w: &World, id: ConversationId) -> Vec<String> {
    let header = t.db.team_conversation(w.ana, id).await.unwrap().unwrap();
    header.tags.into_iter().map(Tag::into_string).collect()
}

async fn known(t: &Trial, w: &World) -> Vec<String> {
    t.db.tags(w.ana).await.unwrap().into_iter().map(|tag| tag.name.into_string()).collect()
}

async fn uses(t: &Trial, w: &World) -> Vec<(String, i64)> {
    let uses = t.db.tag_uses(w.workspace).await.unwrap().tags;
    uses.into_iter().map(|TagUse { name, conversations, .. }| (name.into_string(), conversations)).collect()
}

async fn listed(t: &Trial, w: &World, tag: &str) -> Vec<ConversationId> {
    let filter = Filter { tag: Some(name(tag)), ..Filter::default() };
    let (rows, _) = t.db.filtered_conversations(w.ana, &filter, None, 50).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

/// So many changes of tags stand in the feed of the team.
async fn told(t: &Trial) -> i64 {
    t.number("SELECT COUNT(*) FROM changes WHERE kind = 'conversation_tagged'").await
}

both! {
    async fn a_tag_is_renamed_wherever_it_stands_and_open_pages_are_told(t) {
        let w = t.world().await;
        let (one, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        t.tag(one, w.ana(), &["Refunf", "vip"], &[]).await;
        t.tag(other, w.ben(), &["refunf"], &[]).await;
        let before = told(t).await;
        let done = altered(t, &w, "REFUNF", named(" Remboursé ")).await;
        assert_eq!((done.conversations, done.going.len()), (2, 1));
        assert_eq!(tags(t, &w, one).await, ["Remboursé", "vip"]);
        assert_eq!(tags(t, &w, other).await, ["Remboursé"]);
        assert_eq!(known(t, &w).await, ["Remboursé", "vip"]);
        assert_eq!(listed(t, &w, "rembourse").await, [other, one]);
        assert_eq!(listed(t, &w, "refunf").await, []);
        assert_eq!(told(t).await, before + 2);
        assert_eq!(uses(t, &w).await, [("Remboursé".to_owned(), 2), ("vip".to_owned(), 1)]);
        // Back, as a person undoes it.
        altered(t, &w, "remboursé", named("Refunf")).await;
        assert_eq!(tags(t, &w, one).await, ["Refunf", "vip"]);
        let again = altered(t, &w, "refunf", named("Refunf")).await;
        assert_eq!(again.going, [], "it is called so");
        let log = t.db.audit_log(w.workspace, &AuditFilter::default(), 2).await.unwrap().entries;
        assert_eq!((log[0].act, log[0].target.as_deref()), (AuditAct::TagRenamed, Some("Remboursé")));
        assert_eq!((&*log[1].details["to"], &*log[1].details["conversations"]), ("Remboursé", "2"));
    }

    async fn the_same_tag_is_written_in_another_way(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.tag(id, w.ana(), &["reclamation"], &[]).await;
        altered(t, &w, "reclamation", named("Réclamation")).await;
        assert_eq!(tags(t, &w, id).await, ["Réclamation"]);
        assert_eq!(listed(t, &w, "reclamation").await, [id]);
        assert_eq!(known(t, &w).await, ["Réclamation"]);
    }

    async fn more_than_one_step_goes_through_all_of_them_once(t) {
        let w = t.world().await;
        let mut ids = Vec::new();
        for _ in 0..230 {
            let id = t.open_conversation(w.user).await.id;
            t.tag(id, w.ana(), &["many"], &[]).await;
            ids.push(id);
        }
        // Many of one moment: where a page ends says no time alone.
        t.sql("UPDATE tagged SET tagged_at = 7").await;
        for (to, steps) in [("MANY", 3), ("few", 3)] {
            let before = told(t).await;
            t.db.write(alter(t, &w, "many", named(to))).await.unwrap();
            let tag = t.db.going_tags(20).await.unwrap().remove(0);
            let mut taken = 0;
            while t.db.write(GoThroughTag { tag: tag.clone(), now: t.now() }).await.unwrap() {
                taken += 1;
            }
            assert_eq!((taken, told(t).await), (steps, before + 230), "{to}");
            for id in &ids {
                assert_eq!(tags(t, &w, *id).await, [to]);
            }
        }
        assert_eq!(t.number("SELECT COUNT(*) FROM tagged WHERE tagged_at = 7 AND folded = 'few'").await, 230);
    }

    async fn a_tag_becomes_another_and_nobody_has_it_twice(t) {
        let w = t.world().await;
        let (one, both) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        t.tag(one, w.ana(), &["Refunf"], &[]).await;
        t.tag(both, w.ana(), &["Refunf", "Refund"], &[]).await;
        let done = altered(t, &w, "refunf", becomes("refund")).await;
        assert_eq!(done.conversations, 2);
        assert_eq!((tags(t, &w, one).await, tags(t, &w, both).await), (vec!["Refund".to_owned()], vec!["Refund".to_owned()]));
        assert_eq!(t.number("SELECT COUNT(*) FROM tagged").await, 2);
        assert_eq!(known(t, &w).await, ["Refund"]);
        let itself = t.db.write(alter(t, &w, "refund", becomes("REFUND"))).await;
        assert!(matches!(itself, Err(Error::RefusedAt("/into", _))), "{itself:?}");
        let nothing = t.db.write(alter(t, &w, "refund", becomes("money"))).await;
        assert!(matches!(nothing, Err(Error::RefusedAt("/into", _))), "{nothing:?}");
    }

    async fn a_deleted_tag_is_gone_and_can_be_made_anew(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.tag(id, w.ana(), &["typo", "vip"], &[]).await;
        altered(t, &w, "Typo", TagFate::Gone).await;
        assert_eq!(tags(t, &w, id).await, ["vip"]);
        assert_eq!(known(t, &w).await, ["vip"]);
        assert!(matches!(t.db.write(alter(t, &w, "typo", TagFate::Gone)).await, Err(Error::NotFound)));
        t.tag(id, w.ana(), &["typo"], &[]).await;
        assert_eq!(tags(t, &w, id).await, ["typo", "vip"]);
    }

    async fn what_is_being_changed_takes_nobody_in_and_is_changed_by_nobody_else(t) {
        let w = t.world().await;
        let (id, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        t.tag(id, w.ana(), &["old", "typo", "third"], &[]).await;
        t.db.write(alter(t, &w, "old", named("new"))).await.unwrap();
        t.db.write(alter(t, &w, "typo", TagFate::Gone)).await.unwrap();
        assert_eq!(known(t, &w).await, ["new", "third"]);
        // Whoever still writes the old one means the new one.
        assert_eq!(tags(t, &w, t.tag(other, w.ben(), &["old"], &[]).await.id).await, ["new"]);
        let (actor, add, now) = (w.ben(), vec![name("typo")], t.now());
        let going = ChangeTags { actor, conversation_id: other, add, remove: Vec::new(), now };
        assert!(matches!(t.db.write(going).await, Err(Error::TooSoon { .. })));
        for (tag, fate) in [
            ("old", TagFate::Gone),
            ("typo", named("x")),
            ("new", named("newer")),
            ("third", becomes("typo")),
        ] {
            let asked = t.db.write(alter(t, &w, tag, fate)).await;
            assert!(matches!(asked, Err(Error::TooSoon { .. })), "{tag}: {asked:?}");
        }
        assert!(t.db.tag_uses(w.workspace).await.unwrap().tags.iter().any(|it| it.changing));
        go_through(t).await;
        assert_eq!(tags(t, &w, id).await, ["new", "third"]);
        assert!(t.db.tag_uses(w.workspace).await.unwrap().tags.iter().all(|it| !it.changing));
        altered(t, &w, "new", named("newer")).await;
    }

    async fn every_team_that_has_it_is_meant_and_no_other_workspace(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.tag(id, w.ana(), &["vip", "gold"], &[]).await;
        t.sql("INSERT INTO tags (team_id, folded, name, created_at)
               SELECT id, 'vip', 'VIP!', 1 FROM teams WHERE name = 'Sales'").await;
        let all = t.db.tag_uses(w.workspace).await.unwrap().tags;
        let vip = all.iter().find(|it| it.conversations == 1 && it.team_ids.len() == 2);
        assert!(vip.is_some(), "{all:?}");
        altered(t, &w, "vip", becomes("gold")).await;
        assert_eq!(tags(t, &w, id).await, ["gold"]);
        assert_eq!(t.number("SELECT COUNT(*) FROM tags WHERE folded = 'gold'").await, 2);
        let foreign = AlterTag { workspace_id: t.id(), ..alter(t, &w, "gold", TagFate::Gone) };
        assert!(matches!(t.db.write(foreign).await, Err(Error::NotFound)));
        let taken = t.db.write(alter(t, &w, "gold", named("new"))).await;
        assert!(taken.is_ok());
    }

    async fn views_and_rules_go_on_and_what_a_rule_asks_for_stays(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.tag(id, w.ana(), &["Refunf", "other"], &[]).await;
        let filter = Filter { tag: Some(name("refunf")), ..Filter::default() };
        for (agent_id, is_shared) in [(w.ana, true), (w.stranger, false)] {
            let view = PutSavedView { agent_id, id: t.id(), name: name("Money"), filter: filter.clone(), is_shared, now: t.now() };
            t.db.write(view).await.unwrap();
        }
        let rules = r#"{"rules":[{"name":"Money","tags":["REFUNF","refund"],"to":{"kind":"nobody"}}]}"#;
        let rules: AssignmentRules = serde_json::from_str(rules).unwrap();
        t.db.write(SetAssignmentRules { workspace_id: w.workspace, rules, by: t.by() }).await.unwrap();
        let typo = t.db.tag_uses(w.workspace).await.unwrap().tags.remove(1);
        assert_eq!((typo.views, typo.rules.len()), (2, 1));
        let kept = t.db.write(alter(t, &w, "refunf", TagFate::Gone)).await;
        assert!(matches!(kept, Err(Error::Refused(_))), "{kept:?}");
        altered(t, &w, "refunf", named("Refund")).await;
        for agent in [w.ana, w.stranger] {
            for view in t.db.saved_views(agent).await.unwrap() {
                assert_eq!(view.filter.tag.as_deref(), Some("Refund"));
            }
        }
        let rules = t.db.assignment_rules(w.workspace).await.unwrap();
        assert_eq!(rules.rules[0].tags.iter().map(|tag| &**tag).collect::<Vec<_>>(), ["Refund"]);
    }

    async fn what_a_merge_gives_back_has_its_new_name(t) {
        let w = t.world().await;
        let (one, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        t.tag(one, w.ana(), &["shared"], &[]).await;
        t.tag(other, w.ana(), &["shared"], &[]).await;
        let merge = |into| MergeConversation { actor: w.ana(), conversation_id: one, into, now: t.now() };
        t.db.write(merge(Some(other))).await.unwrap();
        altered(t, &w, "shared", named("common")).await;
        t.db.write(merge(None)).await.unwrap();
        assert_eq!(tags(t, &w, one).await, ["common"]);
        assert_eq!(tags(t, &w, other).await, ["common"], "its own, which the other had too");
    }
}

#[test]
fn a_change_of_tags_is_of_the_kind_that_is_counted_here() {
    assert_eq!(serde_json::to_value(ChangeKind::ConversationTagged).unwrap(), "conversation_tagged");
}
