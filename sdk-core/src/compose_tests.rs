//! What is accepted, what is refused and why, and what leaves the phone of a place.

use super::*;
use proptest::prelude::*;
use tidings_protocol::message::QuickReply;

fn parts(contents: Vec<Content>) -> Result<Parts, Error> {
    sendable(pieces(contents)?.into_iter().filter_map(Piece::part).collect())
}

fn label(text: &str) -> Label {
    Label::try_from(text).unwrap()
}

fn question() -> MessageId {
    MessageId::from_parts(1, [1; 10])
}

fn bern() -> Place {
    let point = Point { latitude: 46.948_09, longitude: 7.447_44, accuracy_m: Some(12.5) };
    Place { point: Some(point), label: Some("At the station".to_owned()), ..Place::default() }
}

fn location(place: Place) -> Location {
    match &parts(vec![Content::Place(place)]).unwrap().as_slice()[0] {
        Part::Known(KnownPart::Location(location)) => location.clone(),
        other => panic!("{other:?}"),
    }
}

fn why(refused: Result<Parts, Error>) -> String {
    let error = refused.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidInput);
    assert!(!error.retryable());
    error.message().to_owned()
}

#[test]
fn one_message_says_several_things_in_order() {
    let said = parts(vec![
        Content::Text("Here:".to_owned()),
        Content::Place(bern()),
        Content::Text("at noon?".to_owned()),
    ])
    .unwrap();
    let texts: Vec<_> = said.as_slice().iter().map(Part::as_text).collect();
    assert_eq!(texts, [Some("Here:"), None, Some("at noon?")]);
    assert!(why(parts(Vec::new())).contains("1 to 10"));
    assert!(why(parts(vec![Content::Text("x".to_owned()); 11])).contains("1 to 10"));
    assert!(why(parts(vec![Content::Text("x".repeat(9_000)); 2])).contains("16384"));
}

#[test]
fn a_place_is_as_exact_as_the_person_wants() {
    let exact = location(bern());
    assert_eq!((exact.latitude, exact.longitude, exact.accuracy_m), (46.948_09, 7.447_44, Some(12.5)));
    let rounded = location(Place { precision: Precision::Rounded, ..bern() });
    assert_eq!((rounded.latitude, rounded.longitude, rounded.accuracy_m), (46.95, 7.45, Some(800.0)));
    let hidden = parts(vec![Content::Place(Place { precision: Precision::Hidden, ..bern() })]).unwrap();
    assert_eq!(hidden.as_slice()[0].as_text(), Some("At the station"));
    assert!(!serde_json::to_string(&hidden).unwrap().contains("46"), "no coordinates");
    let nowhere = Place { label: None, precision: Precision::Hidden, ..bern() };
    assert!(why(parts(vec![Content::Place(nowhere)])).contains("needs a label"));
}

#[test]
fn a_place_that_was_never_set_is_refused() {
    let at = |latitude, longitude| {
        let point = Point { latitude, longitude, accuracy_m: None };
        parts(vec![Content::Place(Place { point: Some(point), ..Place::default() })])
    };
    assert!(why(at(0.0, 0.0)).contains("0, 0"));
    for (latitude, longitude) in [(90.1, 0.0), (0.0, -180.1), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
        assert!(why(at(latitude, longitude)).contains("latitude"));
    }
    assert!(at(0.0, 7.4).is_ok(), "the equator is a place");
}

#[test]
fn an_accuracy_that_is_not_known_is_left_out() {
    for accuracy in [-1.0, f64::NAN, f64::INFINITY] {
        let point = Point { latitude: 1.0, longitude: 2.0, accuracy_m: Some(accuracy) };
        assert_eq!(location(Place { point: Some(point), ..Place::default() }).accuracy_m, None);
    }
}

proptest! {
    #[test]
    fn a_rounded_place_lies_within_what_it_claims(latitude in -89.0_f64..89.0, longitude in -179.0_f64..179.0) {
        let point = Point { latitude, longitude, accuracy_m: None };
        let rounded = location(Place { point: Some(point), precision: Precision::Rounded, ..Place::default() });
        let (north, east) = ((rounded.latitude - latitude) * 111_320.0, (rounded.longitude - longitude) * 111_320.0);
        prop_assert!(north.hypot(east) <= rounded.accuracy_m.unwrap());
        let again = Point { latitude: rounded.latitude, longitude: rounded.longitude, accuracy_m: None };
        let again = location(Place { point: Some(again), precision: Precision::Rounded, ..Place::default() });
        prop_assert_eq!((again.latitude, again.longitude), (rounded.latitude, rounded.longitude));
    }
}

#[test]
fn a_choice_is_one_of_those_that_were_offered() {
    let option = |id: &str, text: &str| QuickReply { id: label(id), label: label(text) };
    let asked = [Part::Known(KnownPart::QuickReplies(QuickReplies {
        options: vec![option("y", "Yes, please"), option("n", "No")],
    }))];
    let chosen = choice(question(), &asked, "y").unwrap();
    let Part::Known(KnownPart::Choice(chosen)) = &chosen.as_slice()[0] else { panic!("{chosen:?}") };
    assert_eq!((chosen.message_id, chosen.label.as_str()), (question(), "Yes, please"));
    assert!(why(choice(question(), &asked, "maybe")).contains("`maybe`"));
    assert!(why(choice(question(), &[], "y")).contains("`y`"));
}

#[test]
fn a_form_is_answered_field_by_field() {
    use FormFieldKind::{Boolean, Date, Email, Number, Text};
    let field = |id: &str, kind, required| FormField { id: label(id), label: label(id), kind, required };
    let asked = [Part::Known(KnownPart::Form(Form {
        title: label("Parcel"),
        fields: vec![
            field("name", Text, true),
            field("mail", Email, false),
            field("count", Number, false),
            field("day", Date, false),
            field("gift", Boolean, false),
        ],
    }))];
    let answer = |id: &str, value| FieldAnswer { field_id: id.to_owned(), value };
    let text = |text: &str| AnswerValue::Text(text.to_owned());
    let name = || answer("name", text("Ana"));
    let given = vec![
        answer("gift", AnswerValue::Boolean(false)),
        answer("day", AnswerValue::Date("2028-02-29".to_owned())),
        answer("count", AnswerValue::Number(2.0)),
        answer("mail", text(" ana@example.org ")),
        name(),
    ];
    let said = form(question(), &asked, given).unwrap();
    let Part::Known(KnownPart::Answers(said)) = &said.as_slice()[0] else { panic!("{said:?}") };
    let values: Vec<_> =
        said.fields.iter().map(|field| (field.field_id.as_str(), field.value.as_str())).collect();
    let wanted = [
        ("name", "Ana"),
        ("mail", "ana@example.org"),
        ("count", "2"),
        ("day", "2028-02-29"),
        ("gift", "false"),
    ];
    assert_eq!(values, wanted, "in the order of the form");

    for (given, reason) in [
        (vec![], "`name` must be answered"),
        (vec![answer("name", text("  "))], "`name` must not be empty"),
        (vec![name(), name()], "`name` is answered twice"),
        (vec![name(), answer("colour", text("red"))], "no field `colour`"),
        (vec![name(), answer("mail", text("ana"))], "`mail` is no e-mail"),
        (vec![name(), answer("count", text("2"))], "`count` is answered with another kind"),
        (vec![name(), answer("count", AnswerValue::Number(f64::NAN))], "`count` is no number"),
        (vec![name(), answer("day", AnswerValue::Date("2026-02-29".to_owned()))], "`day` is no day"),
        (vec![name(), answer("day", AnswerValue::Date("2026-2-3".to_owned()))], "`day` is no day"),
    ] {
        let refused = why(form(question(), &asked, given));
        assert!(refused.contains(reason), "{reason}: {refused}");
    }
    assert!(why(form(question(), &[], vec![name()])).contains("no form"));
}
