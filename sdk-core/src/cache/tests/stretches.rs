//! What is known without a hole: whatever comes first, what is shown has none that nobody fills.

use tidings_protocol::app::ConversationList;

use super::super::messages::{forget_stretches, learn};
use super::*;

fn page_of(seqs: impl DoubleEndedIterator<Item = Seq>) -> MessageList {
    let messages = seqs.map(|seq| message(seq.unsigned_abs(), seq, By::Agent)).collect();
    MessageList { messages, more: false }
}

fn shown(cache: &Cache) -> Vec<Seq> {
    items(cache).into_iter().filter_map(|item| item.seq).collect()
}

fn stretch(cache: &Cache) -> Option<(Seq, Seq)> {
    cache.read(|c| known(c, thread())).unwrap().map(|range| (range.from, range.to))
}

/// A phone that began anew while the thread was at `seq`.
fn begun_at(folder: &Path, seq: Seq) -> Cache {
    let cache = cache(folder);
    let last = message(seq.unsigned_abs(), seq, By::Agent);
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(last))], 1)));
    cache
}

#[test]
fn an_answer_to_an_old_send_is_no_end_of_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let cache = begun_at(folder.path(), 4);
    // Sent again after the phone began anew: the server had it as number 2 all the time.
    write(&cache, |w| confirm(w, &message(2, 2, By::User)));
    assert_eq!((shown(&cache), stretch(&cache)), (vec![4], Some((4, 4))));
    // So the phone asks for what is below 4, and not below 2.
    write(&cache, |w| {
        let mut page = page_of(1..=3);
        page.messages[1] = message(2, 2, By::User);
        apply_messages(w, thread(), &page)
    });
    assert_eq!((shown(&cache), stretch(&cache)), (vec![1, 2, 3, 4], Some((1, 4))));
}

#[test]
fn an_answer_before_anything_of_a_thread_is_known_is_no_beginning_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| apply_bootstrap(w, &bootstrap(Vec::new(), 1)));
    // The thread is among the older ones, whose headers come page by page.
    write(&cache, |w| confirm(w, &message(2, 2, By::User)));
    let list = ConversationList { conversations: vec![header(Some(message(5, 5, By::Agent)))], next: None };
    write(&cache, |w| apply_conversations(w, &list));
    assert_eq!(stretch(&cache), Some((5, 5)));
    // Or its header came first, by the answer to its opening.
    let other = tempfile::tempdir().unwrap();
    let cache = begun_at(other.path(), 5);
    write(&cache, |w| forget_stretches(w, thread()));
    write(&cache, |w| confirm(w, &message(2, 2, By::User)));
    assert_eq!(stretch(&cache), None);
}

#[test]
fn what_was_answered_before_the_first_screen_came_stays() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    // Two were sent and answered while the first screen, which knows of one, was on its way.
    write(&cache, |w| confirm(w, &message(1, 1, By::User)));
    write(&cache, |w| confirm(w, &message(2, 2, By::User)));
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(1, 1, By::User)))], 1)));
    assert_eq!((shown(&cache), stretch(&cache)), (vec![1, 2], Some((1, 2))));
    // Or it knows of more: what is between them is asked for.
    let other = tempfile::tempdir().unwrap();
    let cache = super::cache(other.path());
    write(&cache, |w| confirm(w, &message(1, 1, By::User)));
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(4, 4, By::Agent)))], 1)));
    assert_eq!((shown(&cache), stretch(&cache)), (vec![4], Some((4, 4))));
    write(&cache, |w| apply_messages(w, thread(), &page_of(2..=3)));
    write(&cache, |w| confirm(w, &message(1, 1, By::User)));
    assert_eq!(shown(&cache), [1, 2, 3, 4]);
    // What begins anew later is another history.
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(9, 9, By::Agent)))], 1)));
    assert_eq!(shown(&cache), [9]);
}

#[test]
fn an_edit_of_what_was_not_loaded_is_no_end_of_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let cache = begun_at(folder.path(), 150);
    write(&cache, |w| apply_messages(w, thread(), &page_of(100..=149)));
    let edited = Message { edited_at: Some(Timestamp::from_unix_ms(9)), ..message(1, 1, By::Agent) };
    write(&cache, |w| learn(w, [&edited]));
    assert_eq!((shown(&cache).first(), stretch(&cache)), (Some(&101), Some((100, 150))));
}

#[test]
fn an_own_message_ahead_of_the_feed_leaves_a_hole_that_the_feed_fills() {
    let folder = tempfile::tempdir().unwrap();
    let cache = begun_at(folder.path(), 1);
    write(&cache, |w| confirm(w, &message(4, 4, By::User)));
    assert_eq!(stretch(&cache), Some((1, 1)));
    for seq in [2, 3] {
        write(&cache, |w| learn(w, [&message(seq, seq.cast_signed(), By::Agent)]));
    }
    assert_eq!(stretch(&cache), Some((1, 4)));
}

#[test]
fn an_answer_of_another_history_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let cache = begun_at(folder.path(), 4);
    let asked_in = cache.read(history).unwrap();
    let restored =
        Bootstrap { cursor: Cursor { epoch: Epoch::from_bits(8), seq: 1 }, ..bootstrap(Vec::new(), 1) };
    write(&cache, |w| apply_bootstrap(w, &restored));
    let late = message(9, 9, By::User);
    assert_eq!(write(&cache, |w| within(w, asked_in, |w| confirm(w, &late))), None);
    assert_eq!(shown(&cache), Vec::<Seq>::new());
    let now = cache.read(history).unwrap();
    assert_eq!(write(&cache, |w| within(w, now, |w| confirm(w, &late))), Some(()));
}
