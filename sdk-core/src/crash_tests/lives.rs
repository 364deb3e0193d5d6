//! What one process of the app does: it comes up, perhaps does what the story is about, and comes to rest - or dies.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::id::MessageId;
use tidings_protocol::push::{PushEnvironment, PushKind, PushProvider, PushTarget};
use tidings_protocol::upload::Variant;

use super::kinds::Kind;
use super::scenes::{Cast, Dice, death, file, photo, rest, words};
use super::server::Server;
use super::{Died, ana, known, opened};
use crate::{
    AnswerValue, Client, Content, Conversation, Error, Field, FieldAnswer, FieldValue, Place, Point,
    PushContent, Screen, ShareFor, SignOut, Visibility,
};

/// How far the story is, as the app knows it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// How many acts were begun.
    pub(super) begun: usize,
    /// How many the phone has accepted.
    pub(super) accepted: usize,
}

/// What one process does of the acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// It begins the first so many.
    Acts(usize),
    /// It comes back after another one: only what is repeated at each start.
    Recovers,
}

/// One life of the app's process, until everything is at rest; answers the client.
pub(super) async fn live(
    kind: Kind,
    cast: Cast,
    server: &Server,
    folder: &Path,
    told: &mut Told,
    (life, dice): (Life, Arc<Dice>),
) -> Result<Client, Died> {
    let client = opened(server, folder, dice).await?;
    client.set_visibility(Visibility::Foreground);
    let has_left = kind == Kind::SignOut && told.accepted > 0;
    if !has_left {
        match (kind, told.begun) {
            (Kind::Merge, 1..) => client.sign_in_merging(ana()).await?,
            (_, begun) => client.sign_in(kind.user(begun)).await?,
        }
    }
    let acts = match life {
        Life::Acts(acts) => acts,
        Life::Recovers if kind.is_repeated() => told.begun,
        Life::Recovers => told.accepted,
    };
    while told.accepted < acts {
        told.begun = told.begun.max(told.accepted + 1);
        tokio::select! {
            // Who is answered in the moment of death is answered.
            biased;
            done = act(kind, told.accepted, server, &client, cast) => done?,
            () = death() => return Err(Died),
        }
        told.accepted += 1;
    }
    rest(&client).await?;
    Ok(client)
}

/// Does one thing; when it returns, the phone has accepted it.
async fn act(kind: Kind, number: usize, server: &Server, client: &Client, cast: Cast) -> Result<(), Died> {
    let thread = || client.conversation(cast.thread);
    match (kind, number) {
        (Kind::Delivered | Kind::Damage, _) => {}
        (Kind::Draft, 0) => thread()?.set_draft("third").await?,
        (Kind::Text | Kind::Reopening | Kind::SessionOver | Kind::Draft, _)
        | (Kind::EditWaiting | Kind::DeletionWaiting, 0) => {
            thread()?.send_text("third").await?;
        }
        (Kind::Quoting, _) => {
            thread()?.send_quoting(cast.first, vec![words("third")]).await?;
        }
        (Kind::Screen, _) => {
            let screen = Screen { name: "checkout".to_owned(), title: None, detail: None };
            client.set_screen(Some(screen))?;
            thread()?.send_text("third").await?;
        }
        (Kind::Fields, number) => thread()?.set_fields(order(number)).await?,
        (Kind::UserFields, number) => client.set_user_fields(order(number)).await?,
        (Kind::Place, _) => {
            let point = Point { latitude: 46.9, longitude: 7.4, accuracy_m: Some(12.0) };
            let place = Place { point: Some(point), label: Some("Home".to_owned()), ..Place::default() };
            thread()?.send_contents(vec![Content::Place(place)]).await?;
        }
        (Kind::LivePlace | Kind::LiveEnd, 0) => {
            thread()?.share_live_place(ShareFor::Hour).await?;
        }
        (Kind::LivePlace | Kind::LiveEnd, 1) => {
            let here = Point { latitude: 46.9, longitude: 7.4, accuracy_m: Some(12.0) };
            client.move_live_place(here, None).await?;
        }
        (Kind::LivePlace | Kind::LiveEnd, _) => {
            // Before it was told, ending it would leave nothing to be told.
            rest(client).await?;
            if let Some(share) = client.live_shares().await?.pop() {
                thread()?.end_live_place(share.message_id).await?;
            }
        }
        (Kind::Photo, _) => {
            thread()?.send_contents(vec![photo(1)]).await?;
        }
        (Kind::Photos, _) => {
            let contents = vec![words("three"), photo(1), photo(2), photo(1)];
            thread()?.send_contents(contents).await?;
        }
        (Kind::File, _) => {
            thread()?.send_contents(vec![words("the list"), file()]).await?;
        }
        (Kind::Choice, _) => {
            thread()?.choose(cast.question, "y").await?;
        }
        (Kind::FormAnswers, _) => {
            let answer = FieldAnswer { field_id: "n".to_owned(), value: AnswerValue::Text("Ana".to_owned()) };
            thread()?.answer_form(cast.question, vec![answer]).await?;
        }
        (Kind::Edit, _) => thread()?.edit(cast.first, "first, edited").await?,
        (Kind::Deletion, _) => thread()?.delete(cast.first).await?,
        (Kind::EditWaiting, _) => thread()?.edit(waiting(&thread()?).await?, "third, edited").await?,
        (Kind::DeletionWaiting, _) => thread()?.delete(waiting(&thread()?).await?).await?,
        (Kind::Read, _) => thread()?.mark_read().await?,
        (Kind::Typing, _) => {
            rest(client).await?;
            thread()?.typing();
        }
        (Kind::Opening, 0) => {
            client.start_conversation(Some("Roof".to_owned())).await?;
        }
        (Kind::Opening, _) => {
            let opened =
                client.conversations().await?.into_iter().find(|item| item.title.as_deref() == Some("Roof"));
            client.conversation(opened.unwrap().id)?.send_text("it leaks").await?;
        }
        (Kind::Retry, _) => {
            thread()?.retry(cast.refused.unwrap()).await?;
        }
        (Kind::Discard, _) => {
            thread()?.discard(cast.refused.unwrap()).await?;
        }
        (Kind::Download, _) => {
            client.file(cast.file.unwrap(), Variant::Original).await?;
        }
        (Kind::PushTarget, _) => client.set_push_target(Some(target())).await?,
        (Kind::PushShown, 0) => {
            client.handle_push(&push(server, client, cast), Duration::from_mins(1)).await?;
        }
        (Kind::PushShown, _) => {
            client.push_shown(&push(server, client, cast), Duration::from_mins(1)).await?;
        }
        (Kind::Merge, _) => client.sign_in_merging(ana()).await?,
        (Kind::Switch, _) => client.sign_in(known("ben")).await?,
        (Kind::SignOut, _) => client.sign_out(SignOut::Erase).await?,
    }
    Ok(())
}

/// Custom fields, others each time.
fn order(number: usize) -> Vec<Field> {
    let value = FieldValue::Text(format!("order {number}"));
    vec![Field { key: "order".to_owned(), value }]
}

/// The message that was written a moment ago.
async fn waiting(thread: &Conversation) -> Result<MessageId, Error> {
    let last = thread.timeline().messages().await?.pop().unwrap();
    assert_eq!(last.seq, None, "it is sent already: {last:?}");
    Ok(last.id)
}

fn target() -> PushTarget {
    PushTarget {
        provider: PushProvider::Apns,
        token: "abcdef".try_into().unwrap(),
        environment: PushEnvironment::Sandbox,
        keys: None,
    }
}

/// The push for the newest message, as the server would send it.
fn push(server: &Server, client: &Client, cast: Cast) -> PushContent {
    let message = server.messages_of_anybody(cast.thread).pop().unwrap();
    PushContent {
        user_id: client.account().unwrap().user_id.unwrap(),
        conversation_id: cast.thread,
        message_id: message.id,
        seq: message.seq,
        badge: 1,
        kind: PushKind::Message,
        count: None,
    }
}
