//! E-mails to agents for what waits too long.

use serde_json::json;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::push::PushPrivacy;
use tidings_store::mentions::ReadMention;
use tidings_store::receipts::MoveTeamReceipt;

use crate::agents::{ask, assign, mention, wish};
use crate::fallback::Post;

/// A company with a mail server, whose agent wants e-mails for what is theirs, and has no browser for pushes.
async fn desk(privacy: PushPrivacy) -> Post {
    let post = Post::start(privacy).await;
    assign(&post.world, post.maya.conversation_id, true).await;
    mailed(&post, json!({})).await;
    post
}

async fn mailed(post: &Post, beside: serde_json::Value) {
    let means = |mail: bool| json!({ "sound": false, "desktop": true, "push": false, "mail": mail });
    let mut wishes = json!({ "assigned": means(true), "unassigned": means(false), "language": "fr" });
    for (name, value) in beside.as_object().unwrap() {
        wishes[name] = value.clone();
    }
    wish(&post.world, wishes).await;
}

async fn read(post: &Post, conversation_id: ConversationId, seq: i64) {
    let now = post.world.clock.now();
    let agent_id = post.world.agent_id;
    post.world.db.write(MoveTeamReceipt { agent_id, conversation_id, read_seq: seq, now }).await.unwrap();
}

#[tokio::test]
async fn an_agent_is_written_to_once_for_what_waits_and_again_after_they_read() {
    let post = desk(PushPrivacy::Preview).await;
    post.known_as("customer-0", None).await;
    let _: MessageId = ask(&post.world, post.maya, "Is <b>anybody</b> there?").await;
    post.minutes(4).await;
    ask(&post.world, post.maya, "Hello?").await;
    assert_eq!(post.smtp.received(), []);
    post.minutes(1).await;
    let mails = post.smtp.received();
    let [mail] = &mails[..] else { panic!("{} e-mails", mails.len()) };
    assert_eq!(mail.to, ["lea@example.org"]);
    assert_eq!(mail.header("subject").unwrap(), "Shop : 2 nouveaux messages");
    let (plain, html) = (mail.part("text/plain").unwrap(), mail.part("text/html").unwrap());
    assert!(plain.contains("> Is <b>anybody</b> there?"), "{plain}");
    assert!(html.contains("Is &lt;b&gt;anybody&lt;/b&gt; there?"), "{html}");
    let link = format!("https://support.example.com/all/{}", post.maya.conversation_id);
    assert!(plain.contains(&link), "{plain}");
    assert!(mail.header("list-unsubscribe").is_none());
    post.minutes(600).await;
    assert_eq!(post.smtp.received().len(), 1, "once for all that waits");
    read(&post, post.maya.conversation_id, 2).await;
    ask(&post.world, post.maya, "Thanks, and one more thing").await;
    post.minutes(5).await;
    assert_eq!(post.smtp.received().len(), 2);
}

#[tokio::test]
async fn who_is_mentioned_is_written_to_when_they_have_not_looked_and_nothing_of_the_note_is_said() {
    let post = desk(PushPrivacy::Preview).await;
    let thread = post.maya.conversation_id;
    let none = json!({ "sound": false, "desktop": false, "push": false });
    mailed(&post, json!({ "assigned": none, "mentioned": { "sound": false, "desktop": true, "push": false, "mail": true }, "language": "fr" })).await;
    mention(&post.world, thread).await;
    post.minutes(4).await;
    assert_eq!(post.smtp.received(), []);
    post.minutes(1).await;
    let mails = post.smtp.received();
    let [mail] = &mails[..] else { panic!("{} e-mails", mails.len()) };
    assert_eq!(mail.to, ["lea@example.org"]);
    assert_eq!(mail.header("subject").unwrap(), "Shop : Ben vous a mentionné dans une note");
    let plain = mail.part("text/plain").unwrap();
    assert!(plain.contains(&format!("https://support.example.com/mentions/{thread}")), "{plain}");
    assert!(!plain.contains("secret") && !mail.part("text/html").unwrap().contains("secret"), "{plain}");
    let note_id = mention(&post.world, thread).await;
    let (agent_id, now) = (post.world.agent_id, post.world.clock.now());
    post.world.db.write(ReadMention { agent_id, conversation_id: thread, note_id, now }).await.unwrap();
    post.minutes(30).await;
    assert_eq!(post.smtp.received().len(), 1, "seen before it was time");
}

#[tokio::test]
async fn nobody_is_written_to_for_what_was_read_answered_or_not_wanted() {
    let post = desk(PushPrivacy::Generic).await;
    let thread = post.maya.conversation_id;
    ask(&post.world, post.maya, "one").await;
    read(&post, thread, 1).await;
    post.minutes(5).await;
    ask(&post.world, post.maya, "two").await;
    post.world.say(thread, "an answer").await;
    post.minutes(5).await;
    ask(&post.world, post.maya, "three").await;
    mailed(&post, json!({ "assigned": { "sound": false, "desktop": true, "push": false } })).await;
    post.minutes(5).await;
    ask(&post.world, post.maya, "four").await;
    mailed(&post, json!({})).await;
    assign(&post.world, thread, false).await;
    ask(&post.world, post.maya, "five").await;
    post.minutes(5).await;
    // A connection may have been for Maya, who gets nothing but e-mails.
    let to_agents = post.smtp.received().into_iter().filter(|mail| mail.to == ["lea@example.org"]);
    assert_eq!(to_agents.count(), 0);
}

#[tokio::test]
async fn quiet_hours_hold_an_e_mail_back_and_another_conversation_waits_its_turn() {
    let post = desk(PushPrivacy::Opaque).await;
    // The world begins at 09:31 in UTC.
    let hours = json!({ "from": "09:00", "until": "10:00", "utc_offset_minutes": 0 });
    mailed(&post, json!({ "quiet_hours": hours })).await;
    let other = post.world.open(post.maya.user_id).await;
    assign(&post.world, other, true).await;
    ask(&post.world, post.maya, "a secret").await;
    ask(&post.world, crate::world::Person { conversation_id: other, ..post.maya }, "another").await;
    post.minutes(28).await;
    assert_eq!(post.smtp.received(), []);
    post.minutes(1).await;
    let first = post.smtp.received();
    assert_eq!(first.len(), 1, "one at a time");
    let plain = first[0].part("text/plain").unwrap();
    assert!(!plain.contains("secret") && !plain.contains("another") && !plain.contains("Shop"), "{plain}");
    post.minutes(5).await;
    assert_eq!(post.smtp.received().len(), 2);
}
