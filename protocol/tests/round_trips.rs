//! What was written is read back as it was; what was read is written as it was.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tidings_protocol::cursor::{Cursor, Epoch};
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::limits;
use tidings_protocol::message::{
    Form, FormField, FormFieldKind, KnownPart, Location, Part, Parts, QuickReplies, QuickReply, TextPart,
};
use tidings_protocol::text::{Bounded, Text};
use tidings_protocol::time::Timestamp;

fn bounded<const MAX: usize>() -> impl Strategy<Value = Bounded<MAX>> {
    ".{1,60}".prop_filter_map("blank, or with U+0000", |text| Bounded::try_from(text).ok())
}

fn location() -> impl Strategy<Value = Location> {
    (
        -90.0..=90.0,
        -180.0..=180.0,
        option::of(0.0..=20_000_000.0),
        option::of(bounded()),
        option::of(any::<i64>()),
    )
        .prop_map(|(latitude, longitude, accuracy_m, label, ms)| Location {
            latitude,
            longitude,
            accuracy_m,
            label,
            measured_at: ms.map(Timestamp::from_unix_ms),
        })
}

fn quick_replies() -> impl Strategy<Value = QuickReplies> {
    let option = (bounded(), bounded()).prop_map(|(id, label)| QuickReply { id, label });
    vec(option, 1..=limits::QUICK_REPLIES).prop_map(|options| QuickReplies { options })
}

fn form() -> impl Strategy<Value = Form> {
    let kind =
        prop_oneof![Just(FormFieldKind::Text), Just(FormFieldKind::Date), Just(FormFieldKind::Boolean)];
    let field = (bounded(), bounded(), kind, any::<bool>())
        .prop_map(|(id, label, kind, required)| FormField { id, label, kind, required });
    (bounded(), vec(field, 1..=limits::FORM_FIELDS)).prop_map(|(title, fields)| Form { title, fields })
}

fn part() -> impl Strategy<Value = KnownPart> {
    prop_oneof![
        bounded().prop_map(|text| KnownPart::Text(TextPart { text })),
        location().prop_map(KnownPart::Location),
        quick_replies().prop_map(KnownPart::QuickReplies),
        form().prop_map(KnownPart::Form),
    ]
}

proptest! {
    // A failure prints its input; that goes into a test of its own, not into a file of seeds.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ids(bits: u128) {
        let id = MessageId::from(uuid::Uuid::from_u128(bits));
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert!(id.to_string().parse::<ConversationId>().is_err());
    }

    #[test]
    fn ids_sort_as_their_texts_do(a: u128, b: u128) {
        let (a, b) = (MessageId::from(uuid::Uuid::from_u128(a)), MessageId::from(uuid::Uuid::from_u128(b)));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn what_is_read_as_an_id_is_written_the_same(text in "msg_[0-9a-z]{25,27}") {
        if let Ok(id) = text.parse::<MessageId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn cursors(bits: u64, seq in 0_i64..=999_999_999_999_999_999) {
        let cursor = Cursor { epoch: Epoch::from_bits(bits), seq };
        prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn times(ms in 0..=Timestamp::MAX.unix_ms()) {
        let time = Timestamp::from_unix_ms(ms);
        prop_assert_eq!(time.to_string().parse(), Ok(time));
    }

    #[test]
    fn times_are_texts_of_one_length_that_sort_as_they_do(a in 0..=Timestamp::MAX.unix_ms(), b in 0..=Timestamp::MAX.unix_ms()) {
        let (a, b) = (Timestamp::from_unix_ms(a), Timestamp::from_unix_ms(b));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn parts_that_can_be_sent(parts in vec(part(), 1..=limits::PARTS)) {
        let parts = Parts::try_from(parts.into_iter().map(Part::Known).collect::<Vec<_>>()).unwrap();
        let json = serde_json::to_string(&parts).unwrap();
        prop_assert_eq!(serde_json::from_str::<Parts>(&json).unwrap(), parts);
    }

    #[test]
    fn parts_of_a_later_version(name in "[a-z]{1,8}", value: i64) {
        let json = serde_json::json!({"type": format!("x_{name}"), name: value});
        let part: Part = serde_json::from_value(json.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(part).unwrap(), json);
    }

    #[test]
    fn a_text_is_good_or_refused_and_never_changed(text in any::<String>()) {
        match Text::try_from(text.clone()) {
            Ok(good) => prop_assert_eq!(good.as_str(), text.as_str()),
            Err(_) => prop_assert!(text.trim().is_empty() || text.contains('\0') || text.len() > limits::TEXT_BYTES),
        }
    }

    #[test]
    fn no_text_whatever_makes_a_reader_stop(json in any::<String>()) {
        let _ = serde_json::from_str::<Part>(&json);
        let _ = json.parse::<Cursor>();
        let _ = json.parse::<Timestamp>();
        let _ = json.parse::<MessageId>();
    }
}
