use tidings_protocol::context::{Context, Fields, Screen};
use tidings_protocol::id::{ConversationId, MessageId, UserId};
use tidings_protocol::limits;
use tidings_store::Error;
use tidings_store::contexts::{FieldSource, KeepContext, SetConversationFields, SetUserFields};
use tidings_store::erase::BeginErasure;

use crate::trial::{Trial, World, name};

pub(crate) fn at(screen: &str) -> Context {
    Context { screen: Some(Screen { name: name(screen), title: None, detail: None }), ..Context::default() }
}

pub(crate) fn fields(json: &str) -> Fields {
    serde_json::from_str(json).unwrap()
}

pub(crate) fn keep(
    t: &Trial,
    user_id: UserId,
    conversation_id: ConversationId,
    message_id: Option<MessageId>,
    screen: &str,
) -> KeepContext {
    KeepContext { conversation_id, user_id, message_id, context: at(screen), now: t.now() }
}

pub(crate) fn say(t: &Trial, user_id: UserId, source: FieldSource, json: &str) -> SetUserFields {
    SetUserFields { user_id, source, fields: fields(json), now: t.now() }
}

async fn screens(t: &Trial, id: ConversationId) -> Vec<String> {
    let trail = t.db.about_conversation(id).await.unwrap().trail;
    trail.into_iter().map(|entry| entry.context.screen.unwrap().name.into_string()).collect()
}

async fn said(t: &Trial, id: UserId) -> Vec<String> {
    let one = |field: tidings_protocol::context::UserField| {
        let value = serde_json::to_string(&field.value).unwrap();
        format!("{}={value}{}", field.key.as_str(), if field.verified { " verified" } else { "" })
    };
    t.db.user_fields(id).await.unwrap().into_iter().map(one).collect()
}

async fn thread(t: &Trial, w: &World) -> ConversationId {
    t.open_conversation(w.user).await.id
}

both! {
    async fn a_trail_holds_what_changed_once_the_newest_first(t) {
        let w = t.world().await;
        let id = thread(t, &w).await;
        let first = t.id();
        for _ in 0..2 {
            t.db.write(keep(t, w.user, id, None, "home")).await.unwrap();
        }
        t.db.write(keep(t, w.user, id, Some(t.id()), "home")).await.unwrap();
        t.db.write(keep(t, w.user, id, Some(first), "cart")).await.unwrap();
        t.db.write(keep(t, w.user, id, Some(t.id()), "checkout")).await.unwrap();
        t.db.write(keep(t, w.user, id, Some(first), "cart")).await.unwrap();
        assert_eq!(screens(t, id).await, ["checkout", "cart", "home"]);
        let elsewhere = keep(t, w.other_user, id, Some(t.id()), "spying");
        assert!(matches!(t.db.write(elsewhere).await, Err(Error::NotFound)));
        assert_eq!(screens(t, id).await.len(), 3);
    }

    async fn a_trail_keeps_the_newest_twenty(t) {
        let w = t.world().await;
        let id = thread(t, &w).await;
        for n in 0..30 {
            t.db.write(keep(t, w.user, id, Some(t.id()), &format!("screen {n}"))).await.unwrap();
        }
        let kept = screens(t, id).await;
        assert_eq!(kept.len(), usize::try_from(limits::TRAIL).unwrap());
        assert_eq!((kept[0].as_str(), kept[19].as_str()), ("screen 29", "screen 10"));
        let other = t.open_conversation(w.user).await.id;
        assert!(screens(t, other).await.is_empty());
    }

    async fn the_last_word_on_fields_counts_and_none_takes_all_away(t) {
        let w = t.world().await;
        let id = thread(t, &w).await;
        let set = |user_id, json: &str| {
            SetConversationFields { conversation_id: id, user_id, fields: fields(json), now: t.now() }
        };
        for json in [r#"{"order":"1","paid":true}"#, r#"{"order":"2"}"#] {
            t.db.write(set(w.user, json)).await.unwrap();
            assert_eq!(t.db.about_conversation(id).await.unwrap().fields, fields(json));
        }
        assert!(matches!(t.db.write(set(w.other_user, "{}")).await, Err(Error::NotFound)));
        t.db.write(set(w.user, "{}")).await.unwrap();
        assert!(t.db.about_conversation(id).await.unwrap().fields.is_empty());
    }

    /// Whatever the app says, and whenever: what the backend says of a key stands.
    async fn what_nobody_vouches_for_never_stands_before_what_somebody_does(t) {
        let w = t.world().await;
        t.db.write(say(t, w.user, FieldSource::Backend, r#"{"plan":"free"}"#)).await.unwrap();
        t.db.write(say(t, w.user, FieldSource::App, r#"{"plan":"gold","theme":"dark"}"#)).await.unwrap();
        assert_eq!(said(t, w.user).await, [r#"plan="free" verified"#, r#"theme="dark""#]);
        t.db.write(say(t, w.user, FieldSource::Token, r#"{"plan":"silver"}"#)).await.unwrap();
        assert_eq!(said(t, w.user).await[0], r#"plan="silver" verified"#, "the later of two that vouch");
        t.db.write(say(t, w.user, FieldSource::Token, "{}")).await.unwrap();
        t.db.write(say(t, w.user, FieldSource::Backend, "{}")).await.unwrap();
        assert_eq!(said(t, w.user).await, [r#"plan="gold""#, r#"theme="dark""#]);
        assert!(t.db.user_fields(w.other_user).await.unwrap().is_empty());
    }

    async fn of_somebody_who_is_being_erased_nothing_is_written(t) {
        let w = t.world().await;
        t.db.write(say(t, w.user, FieldSource::App, r#"{"theme":"dark"}"#)).await.unwrap();
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        t.db.write(say(t, w.user, FieldSource::App, r#"{"theme":"light"}"#)).await.unwrap();
        assert_eq!(t.number("SELECT COUNT(*) FROM user_fields").await, 0);
    }
}
