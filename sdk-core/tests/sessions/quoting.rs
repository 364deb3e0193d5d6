//! Answering one message among many: the quote waits and arrives with its message, and shows what was quoted as it is now.

use tidings_sdk_core::{
    Author, Content, Conversation, Discarded, ErrorCode, MessageItem, Network, Quote, SendState,
};

use crate::server::{Fault, Server};
use crate::{folder, reaches, signed_in, until};

async fn shown(thread: &Conversation) -> Vec<MessageItem> {
    thread.timeline().messages().await.unwrap()
}

fn words(text: &str) -> Vec<Content> {
    vec![Content::Text(text.to_owned())]
}

/// The words of what the last message quotes.
async fn quoted(thread: &Conversation) -> Option<Quote> {
    shown(thread).await.pop().unwrap().quote
}

async fn quoted_words(thread: &Conversation) -> String {
    quoted(thread).await.unwrap().head.unwrap().text
}

#[tokio::test(start_paused = true)]
async fn a_quote_of_a_message_that_waits_itself_arrives_with_it() {
    let (server, folder) = (Server::new(), folder());
    server.set_online(false);
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let asked = thread.send_text("Where is\nmy parcel?").await.unwrap();
    let answer = thread.send_quoting(asked, words("It is here")).await.unwrap();
    let quote = quoted(&thread).await.unwrap();
    let head = quote.head.unwrap();
    assert_eq!((quote.message_id, head.text.as_str()), (asked, "Where is my parcel?"));
    assert_eq!((head.author, head.thing, head.deleted), (Author::Me, None, false));
    drop(client);
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.conversation(thread.id()).unwrap();
    server.set_online(true);
    server.fail("POST /app/v1/conversations/", Fault::AnswerLost);
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    let stored = server.messages_of_anybody(thread.id());
    assert_eq!((stored[1].id, stored[1].quote), (answer, Some(asked)));
    assert_eq!(quoted_words(&thread).await, "Where is my parcel?");
}

#[tokio::test(start_paused = true)]
async fn a_quote_shows_what_was_quoted_as_it_is_now() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let asked = thread.send_text("Where?").await.unwrap();
    thread.send_quoting(asked, words("here")).await.unwrap();
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    client.set_network(Network::Unavailable);
    thread.edit(asked, "Who?").await.unwrap();
    assert_eq!(quoted_words(&thread).await, "Who?");
    thread.delete(asked).await.unwrap();
    let head = quoted(&thread).await.unwrap().head.unwrap();
    assert_eq!((head.text.as_str(), head.deleted), ("", true));
    let again = thread.send_quoting(asked, words("again")).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::InvalidInput);
    client.set_network(Network::Available);
    until("taken back", || async { shown(&thread).await.iter().all(|item| item.amending.is_none()) }).await;
    assert!(quoted(&thread).await.unwrap().head.unwrap().deleted);
    // Long words are cut, not carried along with each quote.
    let long = thread.send_text("o ".repeat(3_000)).await.unwrap();
    thread.send_quoting(long, words("so much")).await.unwrap();
    assert_eq!(quoted_words(&thread).await.chars().count(), 200);
}

#[tokio::test(start_paused = true)]
async fn only_a_message_of_this_conversation_can_be_quoted() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let (thread, other) =
        (client.start_conversation(None).await.unwrap(), client.start_conversation(None).await.unwrap());
    let elsewhere = other.send_text("elsewhere").await.unwrap();
    let error = thread.send_quoting(elsewhere, words("?")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    reaches(&other, &[SendState::Sent]).await;
    server.fail("POST /app/v1/conversations/", Fault::Problem(413, "too_large"));
    let refused = other.send_text("refused").await.unwrap();
    until("refused", || async {
        matches!(shown(&other).await.last().unwrap().state, Some(SendState::Failed(_)))
    })
    .await;
    let error = other.send_quoting(refused, words("?")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidInput);
}

#[tokio::test(start_paused = true)]
async fn law_8_words_arrive_when_what_they_quote_is_gone() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("first").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.set_online(false);
    // Thrown away here: the quote goes with it at once.
    let waits = thread.send_text("never mind").await.unwrap();
    thread.send_quoting(waits, words("one")).await.unwrap();
    assert_eq!(thread.discard(waits).await.unwrap(), Discarded::Removed);
    assert_eq!(quoted(&thread).await, None);
    // Refused there: what quotes it goes without.
    let long = thread.send_text("too long").await.unwrap();
    thread.send_quoting(long, words("two")).await.unwrap();
    server.set_online(true);
    server.fail("POST /app/v1/conversations/", Fault::Problem(413, "too_large"));
    server.fail("POST /app/v1/conversations/", Fault::Problem(413, "too_large"));
    until("two is sent", || async {
        shown(&thread).await.iter().any(|item| item.text() == "two" && item.seq.is_some())
    })
    .await;
    assert!(server.messages_of_anybody(thread.id()).iter().all(|message| message.quote.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_gets_another_id_is_still_the_one_that_is_quoted() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("first").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.fail("POST /app/v1/conversations/", Fault::Problem(409, "id_conflict"));
    let taken = thread.send_text("taken").await.unwrap();
    server.set_online(true);
    until("refused", || async {
        matches!(shown(&thread).await.last().unwrap().state, Some(SendState::Failed(_)))
    })
    .await;
    server.set_online(false);
    let fresh = thread.retry(taken).await.unwrap();
    assert_ne!(fresh, taken);
    thread.send_quoting(fresh, words("that one")).await.unwrap();
    server.set_online(true);
    reaches(&thread, &[SendState::Sent, SendState::Sent, SendState::Sent]).await;
    assert_eq!(server.messages_of_anybody(thread.id())[2].quote, Some(fresh));
}
