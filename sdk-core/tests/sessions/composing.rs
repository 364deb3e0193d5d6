//! What a person composes: drafts, places, answers; finding it again; jumping to it.

use std::time::Duration;

use tidings_sdk_core::protocol::message::{
    Form, FormField, FormFieldKind, KnownPart, Part, Parts, QuickReplies, QuickReply, Request, RequestFor,
};
use tidings_sdk_core::protocol::text::{Label, Text};
use tidings_sdk_core::{
    AnswerValue, Content, Conversation, ErrorCode, FieldAnswer, MessageItem, Newer, Older, Place, Point,
    Precision, SendState, SignOut, User, Visibility,
};

use crate::server::Server;
use crate::{folder, live, phone, reaches, signed_in, until};

fn label(text: &str) -> Label {
    Label::try_from(text).unwrap()
}

fn questions() -> Parts {
    let options = vec![QuickReply { id: label("y"), label: label("Yes, please") }];
    let field = FormField { id: label("n"), label: label("Name"), kind: FormFieldKind::Text, required: true };
    let form = Form { title: label("Parcel"), fields: vec![field] };
    let parts = [KnownPart::QuickReplies(QuickReplies { options }), KnownPart::Form(form)];
    parts.into_iter().map(Part::Known).collect::<Vec<_>>().try_into().unwrap()
}

async fn texts(thread: &Conversation) -> Vec<String> {
    thread.timeline().messages().await.unwrap().iter().map(MessageItem::text).collect()
}

#[tokio::test(start_paused = true)]
async fn answers_to_an_agent_s_questions_wait_and_arrive_like_words() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("hello?").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.ask_anybody(thread.id(), questions());
    until("asked", || async { texts(&thread).await.len() == 2 }).await;
    let question = thread.timeline().messages().await.unwrap()[1].id;
    server.set_online(false);
    thread.choose(question, "y").await.unwrap();
    let field = |value| vec![FieldAnswer { field_id: "n".to_owned(), value }];
    thread.answer_form(question, field(AnswerValue::Text("Ana".to_owned()))).await.unwrap();
    assert_eq!(texts(&thread).await[2..], ["Yes, please", "Name: Ana"]);
    assert_eq!(thread.choose(question, "n").await.unwrap_err().code(), ErrorCode::InvalidInput);
    let wrong = thread.answer_form(question, field(AnswerValue::Boolean(true))).await.unwrap_err();
    assert_eq!(wrong.code(), ErrorCode::InvalidInput);
    server.set_online(true);
    reaches(&thread, &[SendState::Sent, SendState::Sent, SendState::Sent]).await;
    let stored = server.messages_of_anybody(thread.id());
    let Part::Known(KnownPart::Choice(choice)) = &stored[2].parts[0] else { panic!("{stored:?}") };
    assert_eq!((choice.message_id, choice.option_id.as_str()), (question, "y"));
    assert!(
        matches!(&stored[3].parts[0], Part::Known(KnownPart::Answers(answers)) if answers.fields.len() == 1)
    );
}

fn request(what: RequestFor) -> Parts {
    let purpose = Text::try_from("For the driver".to_owned()).unwrap();
    vec![Part::text(purpose), Part::Known(KnownPart::Request(Request { what }))].try_into().unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_for_is_answered_offline_once_more_and_after_a_restart() {
    let (server, folder) = (Server::new(), folder());
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Anonymous).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("hello?").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.ask_anybody(thread.id(), request(RequestFor::Place));
    until("asked", || async { texts(&thread).await.len() == 2 }).await;
    let messages = thread.timeline().messages().await.unwrap();
    let (mine, asked) = (messages[0].id, messages[1].id);
    assert_eq!(messages[1].parts.iter().find_map(Part::as_request), Some(RequestFor::Place));
    server.set_online(false);
    // Roughly at first, then they would rather not: both wait, also for another process.
    let point = Point { latitude: 46.948_09, longitude: 7.447_44, accuracy_m: Some(5.0) };
    let place = Place { point: Some(point), precision: Precision::Rounded, ..Place::default() };
    thread.send_quoting(asked, vec![Content::Place(place)]).await.unwrap();
    drop((thread.clone(), client));
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Anonymous).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.conversation(thread.id()).unwrap();
    thread.decline_request(asked, "I would rather not").await.unwrap();
    assert_eq!(texts(&thread).await[3], "I would rather not");
    // Only what asks can be declined, in words.
    let refused = [
        thread.decline_request(mine, "no").await.unwrap_err().code(),
        thread.decline_request(asked, " ").await.unwrap_err().code(),
    ];
    assert_eq!(refused, [ErrorCode::InvalidInput, ErrorCode::InvalidInput]);
    server.set_online(true);
    reaches(&thread, &[SendState::Sent, SendState::Sent, SendState::Sent]).await;
    let stored = server.messages_of_anybody(thread.id());
    assert_eq!(stored.len(), 4);
    assert_eq!(stored[2].quote, Some(asked));
    let Part::Known(KnownPart::Location(told)) = &stored[2].parts[0] else { panic!("{stored:?}") };
    assert_eq!((told.latitude, told.longitude), (46.95, 7.45), "no more of it left the phone");
    let Part::Known(KnownPart::Choice(choice)) = &stored[3].parts[0] else { panic!("{stored:?}") };
    assert_eq!((choice.message_id, choice.option_id.as_str()), (asked, Request::DECLINED));
}

#[tokio::test(start_paused = true)]
async fn a_place_goes_with_words_in_one_message() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let point = Point { latitude: 46.9, longitude: 7.4, accuracy_m: Some(10.0) };
    let place = Content::Place(Place { point: Some(point), ..Place::default() });
    thread.send_contents(vec![Content::Text("Here".to_owned()), place]).await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    assert_eq!(server.messages_of_anybody(thread.id())[0].parts.len(), 2);
    assert_eq!(thread.send_contents(Vec::new()).await.unwrap_err().code(), ErrorCode::InvalidInput);
}

#[tokio::test(start_paused = true)]
async fn a_draft_outlives_the_process_and_ends_when_it_is_sent() {
    let (server, folder) = (Server::new(), folder());
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Anonymous).await.unwrap();
    let thread = client.start_conversation(None).await.unwrap();
    thread.set_draft("Where is").await.unwrap();
    thread.set_draft("Where is my parcel?").await.unwrap();
    drop((thread.clone(), client));
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Anonymous).await.unwrap();
    let listed = client.conversations().await.unwrap();
    assert_eq!(listed[0].draft.as_deref(), Some("Where is my parcel?"));
    let thread = client.conversation(thread.id()).unwrap();
    thread.send_text("something else").await.unwrap();
    assert!(thread.draft().await.unwrap().is_some(), "other words leave it alone");
    // Another history leaves it alone too.
    client.set_visibility(Visibility::Foreground);
    live(&client).await;
    server.restore();
    live(&client).await;
    thread.send_text(" Where is my parcel? ").await.unwrap();
    assert_eq!(thread.draft().await.unwrap(), None);
    thread.set_draft("more").await.unwrap();
    thread.set_draft("  ").await.unwrap();
    assert_eq!(client.conversations().await.unwrap()[0].draft, None);
    assert_eq!(thread.set_draft("x".repeat(20_000)).await.unwrap_err().code(), ErrorCode::InvalidInput);
    client.sign_out(SignOut::Erase).await.unwrap();
    client.sign_in(User::Anonymous).await.unwrap();
    assert!(client.conversations().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn messages_are_found_by_the_beginnings_of_their_words() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let other = client.start_conversation(None).await.unwrap();
    thread.send_text("Où est mon colis, s'il vous plaît ?").await.unwrap();
    other.send_text("Le COLIS est arrivé").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.reply("ana", thread.id(), "Your parcel is at the station");
    until("the reply", || async { texts(&thread).await.len() == 2 }).await;
    let found = async |words: &str, within| {
        let items = client.search(words, within, 50).await.unwrap();
        items.iter().map(MessageItem::text).collect::<Vec<_>>()
    };
    assert_eq!(found("ou plait", None).await, ["Où est mon colis, s'il vous plaît ?"]);
    assert_eq!(found("coli", None).await.len(), 2);
    assert_eq!(found("colis", Some(other.id())).await, ["Le COLIS est arrivé"]);
    assert_eq!(found("station PAR", None).await.len(), 1);
    assert_eq!(found("station colis", None).await.len(), 0, "all words");
    for words in ["", "  ", "?!", "\"", "nothing", "NEAR("] {
        assert!(found(words, None).await.is_empty(), "{words:?}");
    }
    // What waits is found too, and what was thrown away is not.
    server.set_online(false);
    let waiting = thread.send_text("still unsent").await.unwrap();
    assert_eq!(found("unsen", None).await, ["still unsent"]);
    thread.discard(waiting).await.unwrap();
    assert!(found("unsent", None).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_jump_shows_a_message_among_its_neighbours() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("needle").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    for number in 0..199 {
        server.reply("ana", thread.id(), &format!("reply {number}"));
    }
    until("all of it", || async { client.unread().await.unwrap() == 199 }).await;
    let timeline = thread.timeline();
    let seqs = async || {
        let items = timeline.messages().await.unwrap();
        (items.first().unwrap().seq.unwrap(), items.last().unwrap().seq.unwrap_or_default())
    };
    assert_eq!(seqs().await, (151, 200));
    let found = client.search("needle", None, 1).await.unwrap();
    timeline.jump_to(found[0].id).await.unwrap();
    assert_eq!(seqs().await, (1, 26));
    assert_eq!(timeline.load_newer().await.unwrap(), Newer::More);
    assert_eq!(seqs().await, (1, 76));
    let middle = client.search("reply 99", None, 1).await.unwrap();
    timeline.jump_to(middle[0].id).await.unwrap();
    assert_eq!(seqs().await, (76, 126));
    assert_eq!(timeline.load_older().await.unwrap(), Older::More);
    assert_eq!(seqs().await, (26, 126));
    thread.send_text("new at the end").await.unwrap();
    assert_eq!(seqs().await.1, 126, "what comes meanwhile does not disturb");
    while timeline.load_newer().await.unwrap() == Newer::More {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    until("it follows the newest again", || async { seqs().await.1 == 201 }).await;
    timeline.jump_to_newest();
    assert_eq!(seqs().await, (152, 201));
    let stranger = client.start_conversation(None).await.unwrap().timeline();
    let elsewhere = stranger.jump_to(found[0].id).await.unwrap_err();
    assert_eq!(elsewhere.code(), ErrorCode::NotFound);
}
