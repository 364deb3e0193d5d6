//! What waits: refused, tried again, thrown away, and kept when the phone begins anew.

use super::*;

#[test]
fn beginning_again_keeps_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let other = ConversationId::from_parts(2, [9; 10]);
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(1, 1, By::Agent)))], 1)));
    write(&cache, |w| enqueue_message(w, thread(), id(2), said(words(2)), 5_000));
    write(&cache, |w| enqueue_open(w, other, None, None, 6_000));
    write(&cache, |w| apply_bootstrap(w, &bootstrap(Vec::new(), 3)));
    let waiting: Vec<_> = cache.read(load_outbox).unwrap().iter().map(|item| item.conversation).collect();
    assert_eq!(waiting, [thread(), other]);
    assert_eq!(states(&cache), [(id(2), None, SendState::Waiting)]);
    assert_eq!(items(&cache).len(), 1, "the server's messages are of another history");
}

#[test]
fn a_refused_conversation_goes_with_its_last_message() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    let opening = cache.read(load_outbox).unwrap()[0];
    let refusal = Refusal { code: "limit_reached".to_owned(), message: "too many".to_owned() };
    write(&cache, |w| refuse(w, opening, &refusal));
    assert_eq!(states(&cache), [(id(1), None, SendState::Failed(refusal))]);
    assert_eq!(write(&cache, |w| discard(w, thread(), id(1))), Discarded::Removed);
    assert!(cache.read(|c| list(c, &BTreeSet::new())).unwrap().is_empty());
    assert!(cache.read(load_outbox).unwrap().is_empty());
}

#[test]
fn a_new_message_asks_again_for_a_refused_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    let opening = cache.read(load_outbox).unwrap()[0];
    write(&cache, |w| refuse(w, opening, &Refusal { code: "x".to_owned(), message: String::new() }));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    assert!(cache.read(load_outbox).unwrap().iter().all(|item| item.state == OutboxState::Ready));
}

#[test]
fn a_message_whose_id_is_taken_is_sent_again_under_another() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(None)], 1)));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    let taken = Refusal { code: "id_conflict".to_owned(), message: String::new() };
    let item = cache.read(load_outbox).unwrap()[0];
    write(&cache, |w| refuse(w, item, &taken));
    assert_eq!(write(&cache, |w| retry(w, thread(), id(1), id(2))), id(2));
    assert_eq!(states(&cache), [(id(2), None, SendState::Waiting)]);
    let item = cache.read(load_outbox).unwrap()[0];
    assert_eq!(item.kind, OutboxKind::Message(id(2)));
    let kept = cache.read(|c| payload(c, item.op)).unwrap();
    assert_eq!(kept, Some(Payload::Message { id: id(2), conversation: thread(), said: said(words(1)) }));
}

#[test]
fn a_conversation_whose_id_is_taken_says_that_it_cannot_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    let opening = cache.read(load_outbox).unwrap()[0];
    write(&cache, |w| {
        refuse(w, opening, &Refusal { code: "id_conflict".to_owned(), message: String::new() })
    });
    let again = cache.write(Durability::Power, |w| retry(w, thread(), id(1), id(2)));
    assert_eq!(Error::from(again.unwrap_err()).code(), ErrorCode::Refused);
    assert!(matches!(states(&cache)[..], [(_, None, SendState::Failed(_))]), "it can still be discarded");
}

#[test]
fn what_was_sent_cannot_be_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(1, 1, By::User)))], 1)));
    assert_eq!(write(&cache, |w| discard(w, thread(), id(1))), Discarded::TooLate);
    let unknown = cache.write(Durability::Crash, |w| discard(w, thread(), id(7)));
    assert!(matches!(unknown, Err(Fault::NotFound(_))));
}

#[test]
fn nothing_is_written_into_a_conversation_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let refused = cache.write(Durability::Power, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    assert!(matches!(refused, Err(Fault::NotFound(_))));
    assert!(cache.read(load_outbox).unwrap().is_empty());
}
