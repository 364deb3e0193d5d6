//! What pushes need to know, read for many jobs at once: a job's share of a read is what makes a push cheap.

use std::collections::HashMap;

use tidings_protocol::Seq;
use tidings_protocol::id::{AppId, ConversationId, DeviceId, MessageId, UserId};
use tidings_protocol::push::PushProvider;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::Db;
use crate::columns::{Columns, Ids, Numbers};
use crate::db::Conn;
use crate::error::Result;
use crate::fallback::fallback;
use crate::headers::{message, message_columns};
use crate::ledger::{NOT_SENT_YET, PushContext, PushDevice, device_columns, push_device};
use crate::notifications::wishes;
use crate::open::in_time;
use crate::push_credentials::{PushCredentialRow, push_credential};
use crate::push_options::options;
use crate::words;

/// A message for which somebody may have to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Whom.
    pub user_id: UserId,
    /// Where the message stands.
    pub conversation_id: ConversationId,
    /// Its number.
    pub seq: Seq,
}

/// What pushes are signed with, by app and provider.
pub type Credentials = HashMap<(AppId, PushProvider), PushCredentialRow>;

/// The answer to several questions at once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PushContexts {
    /// One for each that was asked, in order; none where the message is not there, not that user's, or its app is
    /// disabled.
    pub found: Vec<Option<PushContext>>,
    /// Those of the apps of what was found.
    pub credentials: Credentials,
}

/// What a push for a message needs to know, as it says how they are asked for.
macro_rules! contexts {
    ($asked:literal) => {
        concat!(
            "SELECT asked.place, c.user_id, a.id AS app_id, a.name AS app_name,
                COALESCE(c.push_privacy, a.push_privacy) AS push_privacy, a.push_options, a.fallback, u.notifications,
                c.user_read_seq >= m.seq AS is_read, c.user_delivered_seq >= m.seq AS is_delivered,
                (c.last_seq - c.user_count) - (c.user_read_seq - COALESCE(
                    (SELECT r.user_count FROM messages r WHERE r.conversation_id = c.id AND r.seq = c.user_read_seq),
                    0)) AS unread_here,
                EXISTS (SELECT 1 FROM messages n
                    WHERE n.conversation_id = c.id AND n.seq > m.seq AND n.author_kind = 'agent') AS is_followed, ",
            message_columns!(),
            " FROM ",
            $asked,
            " JOIN apps a ON a.id = c.app_id
            JOIN users u ON u.id = c.user_id
            JOIN messages m ON m.conversation_id = c.id AND m.seq = asked.seq
            WHERE a.disabled_at IS NULL"
        )
    };
}

const CONTEXTS_SQLITE: &str = contexts!(
    "(SELECT i.key AS place, unhex(i.value) AS id, json_extract($2, '$[' || i.key || ']') AS seq
        FROM json_each($1) i) asked CROSS JOIN conversations c ON c.id = asked.id"
);
const CONTEXTS_POSTGRES: &str = contexts!(
    "(SELECT v.id, v.seq, v.place - 1 AS place FROM UNNEST($1, $2) WITH ORDINALITY AS v (id, seq, place)) asked
        JOIN conversations c ON c.id = asked.id"
);

impl Db {
    /// What a push for each of these messages needs to know, read at one moment. A device whose session is over is not
    /// woken: nobody could read there.
    pub async fn push_contexts(&self, asked: &[Asked], now: Timestamp) -> Result<PushContexts> {
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let mut found = contexts(&mut conn, asked).await?;
            let users = distinct(found.iter().flatten().map(|(user, _)| user.uuid()));
            let messages = distinct(found.iter().flatten().map(|(_, found)| found.message.id.uuid()));
            let apps = distinct(found.iter().flatten().map(|(_, found)| found.app_id.uuid()));
            if users.is_empty() {
                return Ok(PushContexts { found: vec![None; asked.len()], credentials: HashMap::new() });
            }
            let unread = unread(&mut conn, &users).await?;
            let devices = devices(&mut conn, &users, now).await?;
            let tried = tried(&mut conn, &messages).await?;
            for (user, context) in found.iter_mut().flatten() {
                context.unread = unread.get(user).copied().unwrap_or_default();
                context.devices = devices.get(user).cloned().unwrap_or_default();
                for attempt in tried.get(&context.message.id).into_iter().flatten() {
                    attempt.note(context);
                }
            }
            let found = found.into_iter().map(|found| Some(found?.1)).collect();
            Ok(PushContexts { found, credentials: credentials(&mut conn, &apps).await? })
        })
        .await
    }

    /// The same for one message.
    pub async fn push_context(
        &self,
        user_id: UserId,
        conversation_id: ConversationId,
        seq: Seq,
        now: Timestamp,
    ) -> Result<Option<PushContext>> {
        let found = self.push_contexts(&[Asked { user_id, conversation_id, seq }], now).await?;
        Ok(found.found.into_iter().next().flatten())
    }
}

fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The messages with their users, without what belongs to others: devices, counts, attempts.
async fn contexts(conn: &mut Conn<'_>, asked: &[Asked]) -> Result<Vec<Option<(UserId, PushContext)>>> {
    let ids: Vec<_> = asked.iter().map(|asked| asked.conversation_id.uuid()).collect();
    let seqs: Vec<_> = asked.iter().map(|asked| asked.seq).collect();
    let sql = conn.picks(CONTEXTS_SQLITE, CONTEXTS_POSTGRES);
    let mut found = vec![None; asked.len()];
    for (place, user, context) in all!(conn, context, sql, Ids(&ids), Numbers(&seqs))? {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if asked.get(place).is_some_and(|asked| asked.user_id == user) {
            found[place] = Some((user, context));
        }
    }
    Ok(found)
}

fn context(row: &impl Columns) -> Result<(i64, UserId, PushContext)> {
    let context = PushContext {
        message: message(row)?,
        app_id: row.id("app_id")?,
        app_name: row.text("app_name")?,
        options: options(row)?,
        unread: 0,
        unread_here: row.get("unread_here")?,
        is_read: row.get("is_read")?,
        is_delivered: row.get("is_delivered")?,
        is_followed: row.get("is_followed")?,
        wishes: wishes(row)?,
        fallback: fallback(row)?,
        devices: Vec::new(),
        already_accepted: Vec::new(),
        told_to_wait: Vec::new(),
    };
    Ok((row.get("place")?, row.id("user_id")?, context))
}

/// Unread messages of each user in all conversations; those who have none may be missing.
async fn unread(conn: &mut Conn<'_>, users: &[Uuid]) -> Result<HashMap<UserId, i64>> {
    const SQLITE: &str = "
        SELECT c.user_id, CAST(COALESCE(SUM(
            (c.last_seq - c.user_count) - (c.user_read_seq - COALESCE(r.user_count, 0))
        ), 0) AS BIGINT) AS unread
        FROM json_each($1) asked CROSS JOIN conversations c ON c.user_id = unhex(asked.value)
        LEFT JOIN messages r ON r.conversation_id = c.id AND r.seq = c.user_read_seq
        GROUP BY c.user_id";
    const POSTGRES: &str = "
        SELECT c.user_id, CAST(COALESCE(SUM(
            (c.last_seq - c.user_count) - (c.user_read_seq - COALESCE(r.user_count, 0))
        ), 0) AS BIGINT) AS unread
        FROM conversations c
        LEFT JOIN messages r ON r.conversation_id = c.id AND r.seq = c.user_read_seq
        WHERE c.user_id = ANY($1) GROUP BY c.user_id";
    let sql = conn.picks(SQLITE, POSTGRES);
    let counted =
        all!(conn, |row| Ok((Columns::id(row, "user_id")?, Columns::get(row, "unread")?)), sql, Ids(users));
    Ok(counted?.into_iter().collect())
}

async fn devices(
    conn: &mut Conn<'_>,
    users: &[Uuid],
    now: Timestamp,
) -> Result<HashMap<UserId, Vec<PushDevice>>> {
    const SQLITE: &str = concat!(
        "SELECT d.user_id, ",
        device_columns!(),
        " FROM json_each($1) asked CROSS JOIN devices d ON d.user_id = unhex(asked.value)
        JOIN sessions s ON s.device_id = d.id
        WHERE d.push_token IS NOT NULL AND s.expires_at > $2
        ORDER BY d.id"
    );
    const POSTGRES: &str = concat!(
        "SELECT d.user_id, ",
        device_columns!(),
        " FROM devices d JOIN sessions s ON s.device_id = d.id
        WHERE d.user_id = ANY($1) AND d.push_token IS NOT NULL AND s.expires_at > $2
        ORDER BY d.id"
    );
    let sql = conn.picks(SQLITE, POSTGRES);
    let mut of_users: HashMap<_, Vec<_>> = HashMap::new();
    let rows = all!(
        conn,
        |row| Ok((Columns::id(row, "user_id")?, push_device(row)?)),
        sql,
        Ids(users),
        now.unix_ms()
    );
    for (user, device) in rows? {
        of_users.entry(user).or_default().push(device);
    }
    Ok(of_users)
}

/// An attempt that the ledger has.
struct Tried {
    device_id: DeviceId,
    accepted: bool,
    waits: bool,
}

impl Tried {
    /// They come in the order in which they were made.
    fn note(&self, context: &mut PushContext) {
        let id = self.device_id;
        if self.accepted && !context.already_accepted.contains(&id) {
            context.already_accepted.push(id);
        }
        context.told_to_wait.retain(|device| *device != id);
        if self.waits {
            context.told_to_wait.push(id);
        }
    }
}

async fn tried(conn: &mut Conn<'_>, messages: &[Uuid]) -> Result<HashMap<MessageId, Vec<Tried>>> {
    const SQLITE: &str = "
        SELECT p.message_id, p.device_id, p.accepted, p.detail
        FROM json_each($1) asked CROSS JOIN pushes p ON p.message_id = unhex(asked.value)
        ORDER BY p.at";
    const POSTGRES: &str = "
        SELECT p.message_id, p.device_id, p.accepted, p.detail
        FROM pushes p WHERE p.message_id = ANY($1)
        ORDER BY p.at";
    let sql = conn.picks(SQLITE, POSTGRES);
    let mut of_messages: HashMap<_, Vec<_>> = HashMap::new();
    for (message, tried) in all!(conn, tried_row, sql, Ids(messages))? {
        of_messages.entry(message).or_default().push(tried);
    }
    Ok(of_messages)
}

fn tried_row(row: &impl Columns) -> Result<(MessageId, Tried)> {
    let tried = Tried {
        device_id: row.id("device_id")?,
        accepted: row.get("accepted")?,
        waits: row.get::<String>("detail")?.starts_with(NOT_SENT_YET),
    };
    Ok((row.id("message_id")?, tried))
}

async fn credentials(conn: &mut Conn<'_>, apps: &[Uuid]) -> Result<Credentials> {
    const SQLITE: &str = "
        SELECT k.app_id, k.provider, k.config, k.version
        FROM json_each($1) asked CROSS JOIN push_credentials k ON k.app_id = unhex(asked.value)";
    const POSTGRES: &str = "
        SELECT k.app_id, k.provider, k.config, k.version FROM push_credentials k WHERE k.app_id = ANY($1)";
    let sql = conn.picks(SQLITE, POSTGRES);
    let rows = all!(
        conn,
        |row| Ok(((Columns::id(row, "app_id")?, words::get(row, "provider")?), push_credential(row)?)),
        sql,
        Ids(apps)
    );
    Ok(rows?.into_iter().collect())
}
