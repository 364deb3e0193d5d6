//! What users think: they are asked in the app, some time after a conversation was closed, with answers to choose from. The
//! question is a message of the company, and its choices are [quick replies](crate::message::QuickReplies), so that every
//! app that shows those can ask.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::ConversationId;
use crate::limits;
use crate::saved_replies::Language;
use crate::text::Bounded;
use crate::time::Timestamp;

/// What users are asked.
pub type QuestionText = Bounded<{ limits::QUESTION_BYTES }>;

/// `GET` and `PUT /admin/v1/apps/{id}/satisfaction`: asks users of the app what they think.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Satisfaction {
    /// So many minutes after a conversation was closed, unless it was opened again by then: 0 to 1,440.
    pub after_minutes: AskMinutes,
    /// The question, each language once, at most 12. Who speaks another language is asked as we would; where this is absent,
    /// everybody.
    #[serde(default, skip_serializing_if = "Questions::is_empty")]
    pub questions: Questions,
}

/// The question in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Question {
    /// Which.
    pub language: Language,
    /// The words.
    pub text: QuestionText,
}

/// The question in several languages, each once, at most 12.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Question>", into = "Vec<Question>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<Question>, max_items = 12))]
pub struct Questions(Vec<Question>);

/// Why questions are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuestions {
    /// There are too many.
    #[error("at most {max} languages", max = limits::QUESTION_LANGUAGES)]
    TooMany,
    /// A language has two.
    #[error("each language once")]
    Twice,
}

impl Questions {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The question for somebody whose device has this locale, such as `fr-CH`: in their language and region, or else in their
    /// language.
    pub fn for_locale(&self, locale: &str) -> Option<&QuestionText> {
        nearest(&self.0, |question| &question.language, locale).map(|question| &question.text)
    }
}

/// What is in the language and region of a locale, or else what is in its language.
pub(crate) fn nearest<'t, T>(
    texts: &'t [T],
    language: impl Fn(&T) -> &Language,
    locale: &str,
) -> Option<&'t T> {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let is_same = |text: &&T| language(text).eq_ignore_ascii_case(locale);
    let is_near = |text: &&T| primary(language(text)) == primary(locale);
    texts.iter().find(is_same).or_else(|| texts.iter().find(is_near))
}

impl TryFrom<Vec<Question>> for Questions {
    type Error = InvalidQuestions;

    fn try_from(questions: Vec<Question>) -> Result<Self, InvalidQuestions> {
        if questions.len() > limits::QUESTION_LANGUAGES {
            return Err(InvalidQuestions::TooMany);
        }
        let languages: BTreeSet<_> = questions.iter().map(|one| one.language.to_lowercase()).collect();
        if languages.len() < questions.len() {
            return Err(InvalidQuestions::Twice);
        }
        Ok(Self(questions))
    }
}

impl From<Questions> for Vec<Question> {
    fn from(questions: Questions) -> Self {
        questions.0
    }
}

/// Minutes after which users are asked: 0 to 1,440, which is a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i64, minimum = 0, maximum = 1440))]
pub struct AskMinutes(i64);

/// Why a number of minutes is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be from 0 to {max} minutes, is {0}", max = limits::ASK_MINUTES)]
pub struct NotADay(i64);

impl AskMinutes {
    /// In milliseconds.
    pub const fn as_ms(self) -> i64 {
        self.0 * 60_000
    }
}

impl TryFrom<i64> for AskMinutes {
    type Error = NotADay;

    fn try_from(minutes: i64) -> Result<Self, NotADay> {
        if (0..=limits::ASK_MINUTES).contains(&minutes) { Ok(Self(minutes)) } else { Err(NotADay(minutes)) }
    }
}

impl From<AskMinutes> for i64 {
    fn from(minutes: AskMinutes) -> Self {
        minutes.0
    }
}

/// What the ids of the choices begin with; behind it stands the score, from `5` for the best to `1`.
pub const OPTION: &str = "satisfaction_";

/// The score that a choice stands for; none: it is no answer to such a question.
pub fn score_of(option_id: &str) -> Option<i64> {
    match option_id.strip_prefix(OPTION)? {
        "1" => Some(1),
        "2" => Some(2),
        "3" => Some(3),
        "4" => Some(4),
        "5" => Some(5),
        _ => None,
    }
}

/// What somebody thought, as colleagues of the team see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastRating {
    /// From 1 to 5.
    pub score: i64,
    /// When they said so.
    pub at: Timestamp,
    /// Of which conversation.
    pub conversation_id: ConversationId,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions(pairs: &[(&str, &str)]) -> Result<Questions, InvalidQuestions> {
        let questions = pairs.iter().map(|(language, text)| Question {
            language: (*language).try_into().unwrap(),
            text: (*text).try_into().unwrap(),
        });
        questions.collect::<Vec<_>>().try_into()
    }

    #[test]
    fn the_nearest_language_is_asked_in() {
        let all =
            questions(&[("de", "Wie war's?"), ("de-CH", "Wie isch's gsi?"), ("pt-BR", "Como foi?")]).unwrap();
        for (locale, found) in [
            ("de-CH", Some("Wie isch's gsi?")),
            ("de-AT", Some("Wie war's?")),
            ("DE", Some("Wie war's?")),
            ("pt", Some("Como foi?")),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(all.for_locale(locale).map(QuestionText::as_str), found, "{locale}");
        }
        assert_eq!(questions(&[("fr", "a"), ("FR", "b")]), Err(InvalidQuestions::Twice));
    }

    #[test]
    fn a_choice_is_a_score_or_nothing() {
        let found =
            ["satisfaction_5", "satisfaction_1", "satisfaction_6", "satisfaction_", "5"].map(score_of);
        assert_eq!(found, [Some(5), Some(1), None, None, None]);
    }
}
