//! The words by which teams sort their conversations.

use std::collections::BTreeMap;

use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::{AgentId, ConversationId, TeamId};
use tidings_protocol::inbox::TeamTag;
use tidings_protocol::limits;
use tidings_protocol::text::Tag;
use tidings_protocol::time::Timestamp;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;

use crate::columns::Columns;
use crate::conversations::{agent, team_conversation, team_of};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time_option;
use crate::open::in_time;
use crate::tx::{Change, Feed};
use crate::{Actor, Command, Db, Tx};

/// The tags of a row.
pub(crate) fn tags(row: &impl Columns) -> Result<Vec<Tag>> {
    match row.get::<Option<String>>("tags")? {
        None => Ok(Vec::new()),
        Some(json) => serde_json::from_str(&json).map_err(|error| Error::stored("tags", error)),
    }
}

/// Without case, accents and what stands around it: two tags that differ in nothing else are one.
pub fn fold(tag: &str) -> String {
    let plain = tag.trim().nfkd().filter(|c| !is_combining_mark(*c));
    plain.flat_map(char::to_lowercase).collect()
}

/// Gives a conversation tags and takes tags away. Only agents may; those it has, or has not, already are fine.
///
/// [`Error::Limit`] when it would have too many, or its team; [`Error::TooSoon`] for a tag that is being deleted.
#[derive(Debug, Clone)]
pub struct ChangeTags {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub conversation_id: ConversationId,
    /// Those it gets; how a team first wrote one is how it is written.
    pub add: Vec<Tag>,
    /// Those it loses.
    pub remove: Vec<Tag>,
    /// Now.
    pub now: Timestamp,
}

impl Command for ChangeTags {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        // The lock of the row: two who tag at once each see what the other did.
        const LOCK: &str = "UPDATE conversations SET priority = priority WHERE id = $1 RETURNING tags";
        const KEEP: &str = "UPDATE conversations SET tags = $2 WHERE id = $1";
        let agent_id = agent(self.actor)?;
        let id = self.conversation_id;
        let team_id = team_of(&mut tx.conn, agent_id, id).await?;
        let before = one!(&mut tx.conn, tags, LOCK, id.uuid())?.ok_or(Error::NotFound)?;
        let before = folded(before);
        let mut after = before.clone();
        for tag in &self.remove {
            after.remove(&fold(tag));
        }
        for tag in &self.add {
            let key = fold(tag);
            if !after.contains_key(&key) {
                let (key, known) = self.tag(&mut tx.conn, team_id, key, tag).await?;
                after.entry(key).or_insert(known);
            }
        }
        if after.len() > limits::TAGS_PER_CONVERSATION {
            return Err(Error::Limit("tags of one conversation"));
        }
        if after != before {
            retag(&mut tx.conn, (id, team_id), &before, &after, self.now).await?;
            let json = json(&after)?;
            execute!(&mut tx.conn, KEEP, id.uuid(), json.as_deref())?;
            tx.record(Feed::Team(team_id), Change::of(ChangeKind::ConversationTagged, id, self.now));
        }
        team_conversation(&mut tx.conn, agent_id, id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

impl ChangeTags {
    /// The team's tag of this name, made if need be; of one that is becoming another, that one.
    async fn tag(&self, conn: &mut Conn<'_>, team: TeamId, key: String, tag: &Tag) -> Result<(String, Tag)> {
        const COUNT: &str = "SELECT COUNT(*) AS count FROM tags WHERE team_id = $1";
        const INSERT: &str = "
            INSERT INTO tags (team_id, folded, name, created_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (team_id, folded) DO NOTHING";
        if key.is_empty() {
            return Err(Error::Refused("a tag needs a letter"));
        }
        if let Some(known) = known(conn, team, &key).await? {
            return match known.fate {
                Fate::Stays => Ok((key, known.name)),
                // In a moment it can be made anew; now it would go with the others.
                Fate::Goes => Err(Error::TooSoon { seconds: 5 }),
                Fate::Becomes(other) => {
                    let known = self::known(conn, team, &other).await?;
                    let known = known.ok_or_else(|| Error::stored("tags", "a tag becomes none"))?;
                    Ok((other, known.name))
                }
            };
        }
        let count: Option<i64> = one!(conn, |row| Columns::get(row, "count"), COUNT, team.uuid())?;
        if count.unwrap_or_default() >= limits::TAGS_PER_TEAM {
            return Err(Error::Limit("tags of one team"));
        }
        let tag: Tag = tag.trim().try_into().map_err(|error| Error::stored("tag", error))?;
        execute!(conn, INSERT, team.uuid(), key.as_str(), tag.as_str(), self.now.unix_ms())?;
        Ok((key, tag))
    }
}

/// A tag that a team has.
struct Known {
    name: Tag,
    fate: Fate,
}

/// What is being done with a tag.
enum Fate {
    Stays,
    Becomes(String),
    Goes,
}

macro_rules! known {
    ($lock:literal) => {
        concat!(
            "SELECT folded, name, going_since, becomes FROM tags WHERE team_id = $1 AND folded = $2",
            $lock
        )
    };
}

/// Locked against being changed: whoever begins that sees every conversation that has it.
async fn known(conn: &mut Conn<'_>, team: TeamId, key: &str) -> Result<Option<Known>> {
    let sql = conn.picks(known!(""), known!(" FOR SHARE"));
    one!(conn, known_tag, sql, team.uuid(), key)
}

fn known_tag(row: &impl Columns) -> Result<Known> {
    let (folded, becomes): (String, Option<String>) = (row.get("folded")?, row.get("becomes")?);
    let fate = match (time_option(row, "going_since")?, becomes) {
        (None, _) => Fate::Stays,
        (Some(_), None) => Fate::Goes,
        (Some(_), Some(becomes)) if becomes == folded => Fate::Stays,
        (Some(_), Some(becomes)) => Fate::Becomes(becomes),
    };
    Ok(Known { name: row.text("name")?, fate })
}

/// Tags by what makes them one.
pub(crate) fn folded(tags: Vec<Tag>) -> BTreeMap<String, Tag> {
    tags.into_iter().map(|tag| (fold(&tag), tag)).collect()
}

/// Tags as they are stored with their conversation; none: it has none.
pub(crate) fn json(tags: &BTreeMap<String, Tag>) -> Result<Option<String>> {
    let names: Vec<_> = tags.values().collect();
    let json = serde_json::to_string(&names).map_err(|error| Error::stored("tags", error))?;
    Ok((!names.is_empty()).then_some(json))
}

/// Brings the rows by which conversations are found in line.
pub(crate) async fn retag(
    conn: &mut Conn<'_>,
    (id, team): (ConversationId, TeamId),
    before: &BTreeMap<String, Tag>,
    after: &BTreeMap<String, Tag>,
    now: Timestamp,
) -> Result<()> {
    const DELETE: &str = "DELETE FROM tagged WHERE conversation_id = $1 AND folded = $2";
    const INSERT: &str =
        "INSERT INTO tagged (conversation_id, team_id, folded, tagged_at) VALUES ($1, $2, $3, $4)";
    for folded in before.keys().filter(|folded| !after.contains_key(*folded)) {
        execute!(conn, DELETE, id.uuid(), folded.as_str())?;
    }
    for folded in after.keys().filter(|folded| !before.contains_key(*folded)) {
        execute!(conn, INSERT, id.uuid(), team.uuid(), folded.as_str(), now.unix_ms())?;
    }
    Ok(())
}

/// Forgets of what a conversation was about.
pub(crate) async fn forget_conversation(conn: &mut Conn<'_>, id: ConversationId) -> Result<()> {
    const SQL: &str = "DELETE FROM tagged WHERE conversation_id = $1";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

fn team_tag(row: &impl Columns) -> Result<TeamTag> {
    Ok(TeamTag { team_id: row.id("team_id")?, name: row.text("name")? })
}

impl Db {
    /// The tags of an agent's teams, ordered by their names; without those that are going.
    pub async fn tags(&self, agent: AgentId) -> Result<Vec<TeamTag>> {
        const SQL: &str = "
            SELECT t.team_id, t.name FROM team_members m JOIN tags t ON t.team_id = m.team_id
            WHERE m.agent_id = $1 AND (t.going_since IS NULL OR t.becomes = t.folded) ORDER BY t.folded, t.team_id";
        in_time(async {
            let mut reading = self.single().await?;
            all!(reading.conn(), team_tag, SQL, agent.uuid())
        })
        .await
    }
}
