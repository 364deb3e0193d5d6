//! The promises, each with people of its own, so that all of them can be tried at once.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, join_all};
use hyper::Method;
use serde_json::{Value, json};
use tidings_protocol::Seq;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::cursor::{Cursor, Epoch};
use tidings_protocol::frame::{AppFrame, AppServerFrame, CloseCode, InboxServerFrame};
use tidings_protocol::id::{ConversationId, NoteId};
use tidings_trials::phone::messages_path;
use tidings_trials::{agent, clock, wait};

use crate::ground::{Ground, message};

const SOON: Duration = Duration::from_secs(30);

type Promise<'a> = (&'static str, LocalBoxFuture<'a, anyhow::Result<()>>);

macro_rules! promises {
    ($ground:ident: $($name:ident),* $(,)?) => {
        vec![$((stringify!($name), $name($ground).boxed_local())),*]
    };
}

/// Tries all of them at once; the error names each that was broken.
pub(crate) async fn all(ground: &Ground) -> anyhow::Result<()> {
    let promises: Vec<Promise<'_>> = promises![ground:
        a_message_is_stored_once_under_its_id,
        messages_are_numbered_without_a_hole_whoever_writes,
        a_feed_has_every_change_in_order_while_others_write,
        a_socket_goes_on_from_its_cursor,
        state_and_changes_are_the_later_state,
        pages_go_both_ways_and_meet,
        unread_is_what_others_wrote_and_receipts_go_forward,
        what_is_not_yours_is_not_there,
        users_never_see_notes,
        a_reply_that_missed_a_message_is_held_back,
        a_cursor_of_another_history_begins_again,
        signing_out_ends_sockets_and_requests,
        closed_is_never_the_end_of_a_conversation,
        typing_reaches_the_other_side,
        what_was_written_is_found_without_its_accents,
        bad_requests_are_told_what_is_wrong,
    ];
    let (names, promises): (Vec<_>, Vec<_>) = promises.into_iter().unzip();
    let results = join_all(promises).await;
    let broken: Vec<_> = names
        .into_iter()
        .zip(results)
        .filter_map(|(name, result)| result.err().map(|error| format!("{name}: {error:#}")))
        .collect();
    ensure!(broken.is_empty(), "{} promises were broken:\n{}", broken.len(), broken.join("\n"));
    Ok(())
}

/// Laws 1 and 2.
async fn a_message_is_stored_once_under_its_id(ground: &Ground) -> anyhow::Result<()> {
    let mut user = ground.user().await?;
    let conversation = user.open().await?;
    let (path, body) = (messages_path(conversation), message("once"));
    let first = user.http.post(&path, &body).await?;
    let again = user.http.post(&path, &body).await?;
    ensure!(first == again, "the same id and body: {first}, then {again}");
    let other = json!({ "id": body["id"], "parts": [{ "type": "text", "text": "twice" }] });
    user.http.refused(Method::POST, &path, other.to_string(), "id_conflict").await?;
    let thread = user.http.get(&path).await?;
    ensure!(thread["messages"] == json!([first]), "the thread holds {thread}");
    Ok(())
}

/// Law 3.
async fn messages_are_numbered_without_a_hole_whoever_writes(ground: &Ground) -> anyhow::Result<()> {
    const EACH: usize = 8;
    let mut user = ground.user().await?;
    let conversation = user.open().await?;
    let mut devices = [user.http.another()?, user.http.another()?, user.http.another()?];
    let agent = ground.agent().await?;
    let sends = devices.iter_mut().map(async |device| {
        for number in 0..EACH {
            device.post(&messages_path(conversation), &message(&number.to_string())).await?;
        }
        anyhow::Ok(())
    });
    let replies = async {
        let mut agent = agent;
        for number in 0..EACH {
            agent.post(&agent::path(conversation, "/replies"), &message(&number.to_string())).await?;
        }
        anyhow::Ok(())
    };
    let (sends, replies) = tokio::join!(join_all(sends), replies);
    sends.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    replies?;
    let seqs = seqs(&user.http.get(&format!("{}?limit=100", messages_path(conversation))).await?)?;
    let expected: Vec<Seq> = (1..).take(4 * EACH).collect();
    ensure!(seqs == expected, "numbered {seqs:?}");
    Ok(())
}

/// Law 4.
async fn a_feed_has_every_change_in_order_while_others_write(ground: &Ground) -> anyhow::Result<()> {
    let mut user = ground.user().await?;
    let conversation = user.open().await?;
    let start = user.cursor().await?;
    let mut writer = user.http.another()?;
    let write = async {
        for number in 0..30 {
            writer.post(&messages_path(conversation), &message(&number.to_string())).await?;
        }
        anyhow::Ok(())
    };
    let read = async {
        let (mut seen, mut cursor) = (Vec::new(), start);
        while seen.len() < 30 {
            let changes = user.changes(cursor).await?;
            cursor.seq += Seq::try_from(changes.len())?;
            seen.extend(changes);
        }
        anyhow::Ok(seen)
    };
    let (written, seen) = tokio::join!(write, read);
    written?;
    for ((change, seq), text) in seen?.iter().zip(start.seq + 1..).zip(0..30) {
        ensure!(change["seq"] == seq, "{} follows {}", change["seq"], seq - 1);
        ensure!(text_of(&change["message"]) == text.to_string(), "change {seq} is {change}");
    }
    Ok(())
}

/// Law 6.
async fn a_socket_goes_on_from_its_cursor(ground: &Ground) -> anyhow::Result<()> {
    let mut user = ground.user().await?;
    let conversation = user.open().await?;
    let start = user.cursor().await?;
    user.say(conversation, "before the socket").await?;
    let mut writer = user.http.another()?;
    let write = async {
        for number in 0..20 {
            writer.post(&messages_path(conversation), &message(&number.to_string())).await?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok(())
    };
    let follow = tokio::time::timeout(SOON, user.follow(start, 21));
    let (written, seen) = tokio::join!(write, follow);
    written?;
    let seen = seen.context("the socket said too little")??;
    let seqs: Vec<_> = seen.iter().map(|change| change.seq - start.seq).collect();
    ensure!(seqs == (1..=21).collect::<Vec<_>>(), "the socket gave {seqs:?}");
    ensure!(seen.iter().all(|change| change.kind == ChangeKind::MessageAdded), "{seen:?}");
    Ok(())
}

/// Law 5.
async fn state_and_changes_are_the_later_state(ground: &Ground) -> anyhow::Result<()> {
    let (mut user, mut agent) = (ground.user().await?, ground.agent().await?);
    let (one, two) = (user.open().await?, user.open().await?);
    user.say(one, "first").await?;
    let before = user.cursor().await?;
    user.say(two, "second").await?;
    agent.post(&agent::path(one, "/replies"), &message("an answer")).await?;
    agent.put(&agent::path(one, "/receipt"), &json!({ "read_seq": 1 })).await?;
    agent.put(&agent::path(two, "/state"), &json!({ "state": "closed" })).await?;
    user.http.put(&format!("/app/v1/conversations/{one}/receipt"), &json!({ "read_seq": 2 })).await?;
    let page = user.http.get(&format!("/app/v1/changes?after={before}&limit=100")).await?;
    let after = user.http.get("/app/v1/bootstrap").await?;
    ensure!(page["more"] == false && page["cursor"] == after["cursor"], "{page}\n{after}");
    let headers = page["conversations"].as_array().context("headers")?;
    ensure!(headers.len() == 2, "both threads changed: {page}");
    for header in headers {
        let same = after["conversations"].as_array().context("conversations")?;
        ensure!(same.contains(header), "{header} is not in {after}");
    }
    Ok(())
}

async fn pages_go_both_ways_and_meet(ground: &Ground) -> anyhow::Result<()> {
    let mut user = ground.user().await?;
    let conversation = user.open().await?;
    for number in 1..=25 {
        user.say(conversation, &number.to_string()).await?;
    }
    let path = messages_path(conversation);
    let mut back = Vec::new();
    let mut page = user.http.get(&format!("{path}?limit=10")).await?;
    loop {
        let seqs = seqs(&page)?;
        back.splice(0..0, seqs.iter().copied());
        if page["more"] == false {
            break;
        }
        page = user.http.get(&format!("{path}?before={}&limit=10", seqs[0])).await?;
    }
    let mut forth = Vec::new();
    loop {
        let after = forth.last().copied().unwrap_or(0);
        let page = user.http.get(&format!("{path}?after={after}&limit=10")).await?;
        forth.extend(seqs(&page)?);
        if page["more"] == false {
            break;
        }
    }
    ensure!(back == forth && back == (1..=25).collect::<Vec<Seq>>(), "{back:?} and {forth:?}");
    Ok(())
}

/// Law 7.
async fn unread_is_what_others_wrote_and_receipts_go_forward(ground: &Ground) -> anyhow::Result<()> {
    let (mut user, mut agent) = (ground.user().await?, ground.agent().await?);
    let conversation = user.open().await?;
    user.say(conversation, "hello?").await?;
    for text in ["yes", "what is it?"] {
        agent.post(&agent::path(conversation, "/replies"), &message(text)).await?;
    }
    user.say(conversation, "my parcel").await?;
    let header = format!("/app/v1/conversations/{conversation}");
    ensure!(user.http.get(&header).await?["unread"] == 2, "two answers are unread");
    let receipt = format!("{header}/receipt");
    let read = user.http.put(&receipt, &json!({ "read_seq": 2 })).await?;
    ensure!(read["unread"] == 1, "one is left: {read}");
    let late = user.http.put(&receipt, &json!({ "read_seq": 1 })).await?;
    ensure!(late["receipts"]["user_read_seq"] == 2, "a late receipt went back: {late}");
    let far = user.http.put(&receipt, &json!({ "read_seq": 4_000 })).await?;
    ensure!(far["receipts"]["user_read_seq"] == 4 && far["unread"] == 0, "beyond the end: {far}");
    let seen = agent.get(&agent::path(conversation, "")).await?;
    ensure!(seen["receipts"]["user_read_seq"] == 4, "the agent sees {seen}");
    Ok(())
}

/// Law 9.
async fn what_is_not_yours_is_not_there(ground: &Ground) -> anyhow::Result<()> {
    let (mut owner, mut stranger) = (ground.user().await?, ground.user().await?);
    let conversation = owner.open().await?;
    owner.say(conversation, "zibeline").await?;
    let nobodys = clock::new_id(ConversationId::from_parts);
    for id in [conversation, nobodys] {
        let header = format!("/app/v1/conversations/{id}");
        let messages = messages_path(id);
        stranger.http.refused(Method::GET, &header, "", "not_found").await?;
        stranger.http.refused(Method::GET, &messages, "", "not_found").await?;
        stranger.http.refused(Method::POST, &messages, message("hm").to_string(), "not_found").await?;
        let receipt = json!({ "read_seq": 1 }).to_string();
        stranger.http.refused(Method::PUT, &format!("{header}/receipt"), receipt, "not_found").await?;
    }
    let taken = json!({ "id": conversation }).to_string();
    let refused = stranger.http.ask(Method::POST, "/app/v1/conversations", taken.into()).await?;
    ensure!(!refused.status.is_success(), "somebody else's thread was opened again");
    let screen = stranger.http.get("/app/v1/bootstrap").await?;
    ensure!(screen["conversations"] == json!([]), "a stranger's first screen: {screen}");
    for path in ["/inbox/v1/bootstrap", "/admin/v1/audit_log"] {
        stranger.http.refused(Method::GET, path, "", "unauthenticated").await?;
    }
    Ok(())
}

/// Law 9.
async fn users_never_see_notes(ground: &Ground) -> anyhow::Result<()> {
    let (mut user, mut agent) = (ground.user().await?, ground.agent().await?);
    let conversation = user.open().await?;
    let before = user.cursor().await?;
    user.say(conversation, "where is it?").await?;
    let note = json!({ "id": clock::new_id(NoteId::from_parts), "text": "quagga" });
    agent.post(&agent::path(conversation, "/notes"), &note).await?;
    agent.post(&agent::path(conversation, "/replies"), &message("on its way")).await?;
    ensure!(agent.get(&agent::path(conversation, "/thread")).await?.to_string().contains("quagga"));
    let mut seen = vec![
        user.http.get("/app/v1/bootstrap").await?,
        user.http.get(&messages_path(conversation)).await?,
        user.http.get("/app/v1/search?q=quagga").await?["hits"].clone(),
    ];
    seen.extend(user.changes(before).await?);
    let told = |value: &Value| value.to_string().contains("quagga") || value["kind"] == "note_added";
    ensure!(!seen.iter().any(told), "a user is told of a note: {seen:?}");
    Ok(())
}

async fn a_reply_that_missed_a_message_is_held_back(ground: &Ground) -> anyhow::Result<()> {
    let (mut user, mut agent) = (ground.user().await?, ground.agent().await?);
    let conversation = user.open().await?;
    user.say(conversation, "cancel it").await?;
    let missed = user.say(conversation, "no, wait").await?;
    let path = agent::path(conversation, "/replies");
    let mut reply = message("cancelled!");
    reply["seen_seq"] = json!(1);
    let problem = agent.refused(Method::POST, &path, reply.to_string(), "conversation_moved").await?;
    ensure!(problem["unseen"][0]["id"] == missed["id"], "what was missed comes along: {problem}");
    reply["seen_seq"] = json!(2);
    let stored = agent.post(&path, &reply).await?;
    ensure!(stored["seq"] == 3, "sent after all: {stored}");
    Ok(())
}

async fn a_cursor_of_another_history_begins_again(ground: &Ground) -> anyhow::Result<()> {
    let mut user = ground.user().await?;
    let elsewhere = Cursor { epoch: Epoch::from_bits(0), seq: 0 };
    let page = user.http.get(&format!("/app/v1/changes?after={elsewhere}")).await?;
    ensure!(page == json!({ "status": "reset" }), "by request: {page}");
    let told = async {
        loop {
            let mut socket = user.socket(elsewhere).await?;
            let is_reset = |frame| matches!(frame, AppServerFrame::Reset).then_some(());
            // A node that is rolled in that moment closes it before.
            if socket.wait_for("reset", SOON, is_reset).await.is_ok() {
                return anyhow::Ok(());
            }
        }
    };
    tokio::time::timeout(SOON, told).await.context("no `reset` on a socket")?
}

/// Law 9.
async fn signing_out_ends_sockets_and_requests(ground: &Ground) -> anyhow::Result<()> {
    let mut user = ground.user().await?;
    let cursor = user.cursor().await?;
    let mut socket = user.socket(cursor).await?;
    user.http.ask(Method::DELETE, "/app/v1/sessions/current", "".into()).await?;
    let closed = tokio::time::timeout(Duration::from_secs(5), socket.closed()).await;
    let code = closed.context("the socket of a session that ended was open for five seconds")?;
    // A node that was rolled in that moment closes for its own reason.
    let codes = [CloseCode::Revoked.code(), CloseCode::Restart.code(), 1005, 1006];
    ensure!(codes.contains(&code), "closed with {code}");
    user.http.refused(Method::GET, "/app/v1/bootstrap", "", "unauthenticated").await?;
    Ok(())
}

async fn closed_is_never_the_end_of_a_conversation(ground: &Ground) -> anyhow::Result<()> {
    let (mut user, mut agent) = (ground.user().await?, ground.agent().await?);
    let conversation = user.open().await?;
    user.say(conversation, "thanks!").await?;
    let closed = agent.put(&agent::path(conversation, "/state"), &json!({ "state": "closed" })).await?;
    ensure!(closed["state"] == "closed", "{closed}");
    user.say(conversation, "one more thing").await?;
    let again = agent.get(&agent::path(conversation, "")).await?;
    ensure!(again["state"] == "open" && again["waiting_since"].is_string(), "{again}");
    Ok(())
}

/// What is ephemeral may be lost, so it is repeated while it lasts.
async fn typing_reaches_the_other_side(ground: &Ground) -> anyhow::Result<()> {
    let mut user = ground.user().await?;
    let conversation = user.open().await?;
    let agent = tokio::sync::Mutex::new(ground.agent_with_sockets().await?);
    let user = tokio::sync::Mutex::new(user);
    let ask = || async {
        let Ok(mut inbox) = agent.lock().await.socket().await else { return Ok(None) };
        let cursor = user.lock().await.cursor().await?;
        let mut phone = user.lock().await.socket(cursor).await?;
        if phone.send(&AppFrame::Typing { conversation_id: conversation }).await.is_err() {
            return Ok(None);
        }
        let typing = |frame| match frame {
            InboxServerFrame::Typing(typing) if typing.conversation_id == conversation => Some(()),
            _ => None,
        };
        Ok(inbox.wait_for("typing", Duration::from_secs(1), typing).await.ok())
    };
    wait::until("typing on the other side", SOON, ask).await
}

async fn what_was_written_is_found_without_its_accents(ground: &Ground) -> anyhow::Result<()> {
    let mut user = ground.user().await?;
    let conversation = user.open().await?;
    let written = user.say(conversation, "Où est ma commande à Besançon ?").await?;
    let http = tokio::sync::Mutex::new(&mut user.http);
    let ask = || async {
        let found = http.lock().await.get("/app/v1/search?q=besancon").await?;
        Ok((found["hits"][0]["message_id"] == written["id"]).then_some(()))
    };
    wait::until("the message among what is found", SOON, ask).await
}

async fn bad_requests_are_told_what_is_wrong(ground: &Ground) -> anyhow::Result<()> {
    let mut user = ground.user().await?;
    let conversation = user.open().await?;
    let messages = messages_path(conversation);
    let mut unknown_field = message("x");
    unknown_field["colour"] = json!("red");
    let no_parts = json!({ "id": message("x")["id"], "parts": [] });
    let bodies = [
        "{".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        unknown_field.to_string(),
        no_parts.to_string(),
        message(&"x".repeat(17_000)).to_string(),
    ];
    for body in bodies {
        user.http.refused(Method::POST, &messages, body, "invalid_body").await?;
    }
    user.http.refused(Method::POST, &messages, "x".repeat(300_000), "too_large").await?;
    for query in ["?before=x", "?limit=0", "?before=1&after=1"] {
        user.http.refused(Method::GET, &format!("{messages}{query}"), "", "invalid_parameter").await?;
    }
    user.http.refused(Method::GET, "/app/v1/changes?after=nonsense", "", "invalid_parameter").await?;
    user.http.refused(Method::GET, "/app/v1/nowhere", "", "not_found").await?;
    user.http.refused(Method::DELETE, &messages, "", "method_not_allowed").await?;
    ensure!(user.say(conversation, "still there").await?["seq"] == 1, "nothing of it was stored");
    Ok(())
}

fn seqs(page: &Value) -> anyhow::Result<Vec<Seq>> {
    let messages = page["messages"].as_array().with_context(|| format!("no messages in {page}"))?;
    messages.iter().map(|message| message["seq"].as_i64().context("a number")).collect()
}

fn text_of(message: &Value) -> &str {
    message["parts"][0]["text"].as_str().unwrap_or_default()
}
