//! Headers of conversations: one statement for a page of them, with the newest message and the unread count.
//!
//! Unread is computed, never kept: the messages of the other side after a receipt. `user_count` of a message says
//! how many messages up to it the user wrote, so the count is a difference of two rows.

use serde::Deserialize;
use tidings_protocol::conversation::{Conversation, Identified, InboxConversation, Receipts, UserSummary};
use tidings_protocol::message::{Author, Message, Part};
use tidings_protocol::text::ExternalId;
use tidings_protocol::time::Timestamp;

use crate::assigning::routed;
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::held::held;
use crate::mentions::mentioned;
use crate::merging::{merged, merged_into};
use crate::planted::{self, Bug};
use crate::priority::priority;
use crate::snooze::stage;
use crate::tags::tags;
use crate::words;

/// The columns of a message `m`, for [`message`].
macro_rules! message_columns {
    () => {
        "m.id AS m_id, m.conversation_id AS m_conversation_id, m.seq AS m_seq, m.author_kind AS m_author_kind,
         m.author_id AS m_author_id, m.author_name AS m_author_name, m.parts AS m_parts, m.sent_at AS m_sent_at,
         m.edited_at AS m_edited_at, m.deleted_at AS m_deleted_at,
         m.quote AS m_quote,
         CASE WHEN m.live_until IS NOT NULL THEN
             (SELECT l.place FROM live_places l WHERE l.conversation_id = m.conversation_id AND l.seq = m.seq)
         END AS m_place"
    };
}

/// Headers as their user sees them, for [`conversation`]; the text goes on after `WHERE`. More columns may stand before
/// theirs.
macro_rules! user_headers {
    ($rest:literal) => {
        $crate::headers::user_headers!("", $rest)
    };
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            "c.id, c.title, c.state, c.last_seq, c.user_delivered_seq, c.user_read_seq, c.team_read_seq,
                c.created_at, c.active_at, c.merged_into,
                (c.last_seq - c.user_count) - (c.user_read_seq - COALESCE(r.user_count, 0)) AS unread, ",
            $crate::headers::message_columns!(),
            " FROM conversations c
            LEFT JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_seq
            LEFT JOIN messages r ON r.conversation_id = c.id AND r.seq = c.user_read_seq
            WHERE ",
            $rest
        )
    };
}

/// Headers as agents see them, for [`inbox_conversation`]; the text goes on after `WHERE`. More columns may stand before
/// theirs.
macro_rules! team_headers {
    ($rest:literal) => {
        $crate::headers::team_headers!("", $rest)
    };
    ($columns:literal, $rest:expr) => {
        concat!(
            "SELECT ",
            $columns,
            "c.id, c.app_id, c.team_id, c.user_id, c.assignee_id, c.title, c.state, c.last_seq,
                c.user_delivered_seq, c.user_read_seq, c.team_read_seq, c.waiting_since, c.created_at,
                c.listed_at AS active_at, c.snoozed_until, c.woke_at, c.priority, c.tags, c.held, c.mentioned,
                c.identified_at, c.identified_after, c.routed, c.merge_told, c.merged,
                c.user_count - COALESCE(r.user_count, 0) AS unread,
                u.name AS user_name, u.email AS user_email, u.external_id AS user_external_id, ",
            $crate::headers::message_columns!(),
            " FROM conversations c
            JOIN users u ON u.id = c.user_id
            LEFT JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_seq
            LEFT JOIN messages r ON r.conversation_id = c.id AND r.seq = c.team_read_seq
            WHERE ",
            $rest
        )
    };
}

pub(crate) use {message_columns, team_headers, user_headers};

/// Who wrote a message, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AuthorKind {
    User,
    Agent,
    System,
}

/// A point in time.
pub(crate) fn time(row: &impl Columns, column: &str) -> Result<Timestamp> {
    row.get::<i64>(column).map(Timestamp::from_unix_ms)
}

/// A point in time that may be absent.
pub(crate) fn time_option(row: &impl Columns, column: &str) -> Result<Option<Timestamp>> {
    Ok(row.get::<Option<i64>>(column)?.map(Timestamp::from_unix_ms))
}

/// The message of a row with [`message_columns!`].
pub(crate) fn message(row: &impl Columns) -> Result<Message> {
    let author = match words::get(row, "m_author_kind")? {
        AuthorKind::User => Author::User { id: row.id("m_author_id")? },
        AuthorKind::Agent => Author::Agent { id: row.id("m_author_id")?, name: row.text("m_author_name")? },
        AuthorKind::System => Author::System,
    };
    let mut message = Message {
        id: row.id("m_id")?,
        conversation_id: row.id("m_conversation_id")?,
        seq: row.get("m_seq")?,
        author,
        parts: parts(row.str("m_parts")?)?,
        quote: row.id_option("m_quote")?,
        sent_at: time(row, "m_sent_at")?,
        edited_at: time_option(row, "m_edited_at")?,
        deleted_at: time_option(row, "m_deleted_at")?,
    };
    if let Some(place) = row.get::<Option<String>>("m_place")? {
        crate::live_places::put(&mut message, &place)?;
    }
    Ok(message)
}

fn parts(json: &str) -> Result<Vec<Part>> {
    serde_json::from_str(json).map_err(|error| Error::stored("parts of a message", error))
}

/// The message of a row that may have none.
pub(crate) fn message_option(row: &impl Columns) -> Result<Option<Message>> {
    match row.get::<Option<i64>>("m_seq")? {
        Some(_) => message(row).map(Some),
        None => Ok(None),
    }
}

/// How far each side has come.
pub(crate) fn receipts(row: &impl Columns) -> Result<Receipts> {
    Ok(Receipts {
        user_delivered_seq: row.get("user_delivered_seq")?,
        user_read_seq: row.get("user_read_seq")?,
        team_read_seq: row.get("team_read_seq")?,
    })
}

/// A row of [`user_headers!`].
pub(crate) fn conversation(row: &impl Columns) -> Result<Conversation> {
    Ok(Conversation {
        id: row.id("id")?,
        title: row.text_option("title")?,
        state: stage(row)?.state(),
        last_seq: row.get("last_seq")?,
        receipts: receipts(row)?,
        unread: row.get::<i64>("unread")? + i64::from(planted::is(Bug::UnreadOneMore)),
        merged_into: row.id_option("merged_into")?,
        last_message: message_option(row)?,
        created_at: time(row, "created_at")?,
        active_at: time(row, "active_at")?,
    })
}

/// Since when the user of a conversation is known who was not at its beginning.
pub(crate) fn identified(row: &impl Columns) -> Result<Option<Identified>> {
    let Some(at) = time_option(row, "identified_at")? else { return Ok(None) };
    Ok(Some(Identified { at, after_seq: row.get("identified_after")? }))
}

/// The user of a row of [`team_headers!`].
pub(crate) fn user_summary(row: &impl Columns) -> Result<UserSummary> {
    let external_id: Option<ExternalId> = row.text_option("user_external_id")?;
    Ok(UserSummary {
        id: row.id("user_id")?,
        name: row.text_option("user_name")?,
        email: row.get("user_email")?,
        verified: external_id.is_some(),
        external_id: external_id.map(String::from),
    })
}

/// A row of [`team_headers!`].
pub(crate) fn inbox_conversation(row: &impl Columns) -> Result<InboxConversation> {
    Ok(InboxConversation {
        id: row.id("id")?,
        app_id: row.id("app_id")?,
        team_id: row.id("team_id")?,
        user: user_summary(row)?,
        assignee_id: row.id_option("assignee_id")?,
        title: row.text_option("title")?,
        state: stage(row)?.state(),
        snoozed_until: time_option(row, "snoozed_until")?,
        woke_at: time_option(row, "woke_at")?,
        priority: priority(row)?,
        tags: tags(row)?,
        held: held(row)?,
        mentioned: mentioned(row)?,
        last_seq: row.get("last_seq")?,
        receipts: receipts(row)?,
        unread: row.get("unread")?,
        waiting_since: time_option(row, "waiting_since")?,
        identified: identified(row)?,
        routed: routed(row)?,
        merged_into: merged_into(row)?,
        merged: merged(row)?,
        last_message: message_option(row)?,
        created_at: time(row, "created_at")?,
        active_at: time(row, "active_at")?,
    })
}
