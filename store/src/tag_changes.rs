//! Tags that get another name, become another tag, or go: in every team of a workspace, because saved views and rules name a tag
//! without its team.
//!
//! A tag can be on more conversations than a writer may be held up with. [`AlterTag`] decides: it marks the tag, and brings views and
//! rules in line. [`GoThroughTag`] takes the conversations some at a time; whoever dies in between leaves the mark, and another
//! one goes on.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidings_protocol::assigning::{AssignmentRules, Rule};
use tidings_protocol::audit::AuditAct;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{ConversationId, TeamId, WorkspaceId};
use tidings_protocol::saved_views::Filter;
use tidings_protocol::tags::{TagUse, TagUses};
use tidings_protocol::text::{Name, Tag};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time_option;
use crate::open::in_time;
use crate::tags::{fold, folded, json, tags};
use crate::tx::{Change, Feed};
use crate::{Command, Db, Tx};

/// Conversations that one step goes through: a batch stays short for all who wait behind it.
const STEP: i64 = 100;
/// After so many seconds somebody may look again whether a tag is still being changed.
const SOON: u64 = 5;

/// What becomes of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagFate {
    /// It is called so. [`Error::AlreadyExists`] when another one is.
    Named(Tag),
    /// What has it has this one, which there must be.
    Becomes(Tag),
    /// Nothing has it any more. [`Error::Refused`] while a rule asks for it: without its tag the rule would fit everything.
    Gone,
}

/// Decides what becomes of a tag, in every team that has it. The conversations are gone through by [`GoThroughTag`].
///
/// [`Error::NotFound`] when no team has it; [`Error::TooSoon`] while it, or the one that it is to become, is still being changed.
#[derive(Debug, Clone)]
pub struct AlterTag {
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// Which, whatever its case and accents.
    pub tag: Tag,
    /// What becomes of it.
    pub fate: TagFate,
    /// Who does it, and when.
    pub by: By,
}

/// What there is to go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Altered {
    /// Conversations that have the tag.
    pub conversations: i64,
    /// The tag, in each team.
    pub going: Vec<GoingTag>,
}

impl Command for AlterTag {
    type Output = Altered;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Altered> {
        let key = fold(&self.tag);
        let own = self.of_teams(&mut tx.conn, &key).await?;
        let Some(first) = own.first() else { return Err(Error::NotFound) };
        let name = first.name.clone();
        if own.iter().any(|it| it.is_going) || self.is_awaited(&mut tx.conn, &key).await? {
            return Err(Error::TooSoon { seconds: SOON });
        }
        let conversations = count(&mut tx.conn, &own, &key).await?;
        let (act, to) = match &self.fate {
            TagFate::Named(to) => {
                let to: Tag = to.trim().try_into().map_err(|error| Error::stored("tag", error))?;
                if own.iter().all(|it| it.name == to) {
                    return Ok(Altered { conversations, going: Vec::new() });
                }
                self.call(&mut tx.conn, &own, &key, &to).await?;
                (AuditAct::TagRenamed, Some(to))
            }
            TagFate::Becomes(into) => {
                let into = self.merge(&mut tx.conn, &own, &key, into).await?;
                (AuditAct::TagMerged, Some(into))
            }
            TagFate::Gone => {
                if !rules_with(&rules(&mut tx.conn, self.workspace_id).await?, &key).is_empty() {
                    return Err(Error::Refused(
                        "a rule of assigning asks for this tag: change the rule first",
                    ));
                }
                mark(&mut tx.conn, &own, &key, None, self.by.at).await?;
                (AuditAct::TagDeleted, None)
            }
        };
        let mut line = Line::new(self.workspace_id, self.by, act).target(&*name);
        if let Some(to) = to {
            self.follow(&mut tx.conn, &key, &to).await?;
            line = line.detail("to", &*to);
        }
        tx.audit(line.detail("conversations", conversations));
        let going = own.iter().map(|it| GoingTag { team_id: it.team_id, folded: key.clone() }).collect();
        Ok(Altered { conversations, going })
    }
}

/// A tag of a team.
struct OfTeam {
    team_id: TeamId,
    name: Tag,
    is_going: bool,
}

fn of_team(row: &impl Columns) -> Result<OfTeam> {
    Ok(OfTeam {
        team_id: row.id("team_id")?,
        name: row.text("name")?,
        is_going: time_option(row, "going_since")?.is_some(),
    })
}

macro_rules! of_teams {
    ($lock:literal) => {
        concat!(
            "SELECT g.team_id, g.name, g.going_since FROM teams t JOIN tags g ON g.team_id = t.id
            WHERE t.workspace_id = $1 AND g.folded = $2 ORDER BY g.team_id",
            $lock
        )
    };
}

impl AlterTag {
    /// The tag in each team that has it. Whoever gives it to a conversation meanwhile waits, and then sees what it becomes.
    async fn of_teams(&self, conn: &mut Conn<'_>, key: &str) -> Result<Vec<OfTeam>> {
        let sql = conn.picks(of_teams!(""), of_teams!(" FOR UPDATE OF g"));
        all!(conn, of_team, sql, self.workspace_id.uuid(), key)
    }

    /// Whether another tag is becoming this one: it must be there until that is done.
    async fn is_awaited(&self, conn: &mut Conn<'_>, key: &str) -> Result<bool> {
        const SQL: &str = "
            SELECT COUNT(*) AS n FROM tags g JOIN teams t ON t.id = g.team_id
            WHERE t.workspace_id = $1 AND g.going_since > 0 AND g.becomes = $2";
        let count: Option<i64> =
            one!(conn, |row| Columns::get(row, "n"), SQL, self.workspace_id.uuid(), key)?;
        Ok(count.unwrap_or_default() > 0)
    }

    /// Gives it another name.
    async fn call(&self, conn: &mut Conn<'_>, own: &[OfTeam], key: &str, to: &Tag) -> Result<()> {
        const WRITE: &str = "UPDATE tags SET name = $3 WHERE team_id = $1 AND folded = $2";
        let new = fold(to);
        if new.is_empty() {
            return Err(Error::RefusedAt("/to", "a tag needs a letter"));
        }
        if new == key {
            for it in own {
                execute!(conn, WRITE, it.team_id.uuid(), key, to.as_str())?;
            }
        } else {
            if !self.of_teams(conn, &new).await?.is_empty() {
                return Err(Error::AlreadyExists("tag"));
            }
            for it in own {
                self.insert(conn, it.team_id, &new, to).await?;
            }
        }
        mark(conn, own, key, Some(&new), self.by.at).await
    }

    /// Makes another one of it; answers how that is written.
    async fn merge(&self, conn: &mut Conn<'_>, own: &[OfTeam], key: &str, into: &Tag) -> Result<Tag> {
        let other = fold(into);
        if other == key {
            return Err(Error::RefusedAt("/into", "a tag cannot become itself"));
        }
        let others = self.of_teams(conn, &other).await?;
        if others.iter().any(|it| it.is_going) {
            return Err(Error::TooSoon { seconds: SOON });
        }
        let Some(name) = others.first().map(|it| it.name.clone()) else {
            return Err(Error::RefusedAt("/into", "there is no such tag"));
        };
        for it in own.iter().filter(|it| others.iter().all(|other| other.team_id != it.team_id)) {
            self.insert(conn, it.team_id, &other, &name).await?;
        }
        mark(conn, own, key, Some(&other), self.by.at).await?;
        Ok(name)
    }

    async fn insert(&self, conn: &mut Conn<'_>, team: TeamId, key: &str, name: &Tag) -> Result<()> {
        const SQL: &str = "
            INSERT INTO tags (team_id, folded, name, created_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (team_id, folded) DO NOTHING";
        execute!(conn, SQL, team.uuid(), key, name.as_str(), self.by.at.unix_ms())?;
        Ok(())
    }

    /// Views and rules that ask for it ask for what it becomes.
    async fn follow(&self, conn: &mut Conn<'_>, key: &str, to: &Tag) -> Result<()> {
        const VIEW: &str = "UPDATE saved_views SET filter = $2 WHERE id = $1";
        const RULES: &str = "UPDATE workspaces SET assignment = $2 WHERE id = $1";
        for (id, mut filter) in views(conn, self.workspace_id).await? {
            if filter.tag.as_deref().map(fold).as_deref() == Some(key) {
                filter.tag = Some(to.clone());
                let text = serde_json::to_string(&filter).map_err(|error| Error::stored("filter", error))?;
                execute!(conn, VIEW, id, text.as_str())?;
            }
        }
        let mut rules = rules(conn, self.workspace_id).await?;
        if rules_with(&rules, key).is_empty() {
            return Ok(());
        }
        let mut following: Vec<Rule> = rules.rules.into();
        for rule in &mut following {
            let tags = renamed(&rule.tags, key, to);
            rule.tags = tags.try_into().map_err(|error| Error::stored("assignment", error))?;
        }
        rules.rules = following.try_into().map_err(|error| Error::stored("assignment", error))?;
        let text = serde_json::to_string(&rules).map_err(|error| Error::stored("assignment", error))?;
        execute!(conn, RULES, self.workspace_id.uuid(), text.as_str())?;
        Ok(())
    }
}

/// Words with another one in the place of a tag, each once.
fn renamed(words: &[Tag], key: &str, to: &Tag) -> Vec<Tag> {
    let mut seen = BTreeSet::new();
    let words = words.iter().map(|word| if fold(word) == key { to } else { word });
    words.filter(|word| seen.insert(fold(word))).cloned().collect()
}

/// The rules that ask for a tag.
fn rules_with(rules: &AssignmentRules, key: &str) -> Vec<Name> {
    let asks = |tags: &[Tag]| tags.iter().any(|tag| fold(tag) == key);
    rules.rules.iter().filter(|rule| asks(&rule.tags)).map(|rule| rule.name.clone()).collect()
}

macro_rules! rules {
    ($lock:literal) => {
        concat!("SELECT assignment FROM workspaces WHERE id = $1", $lock)
    };
}

/// The rules of a workspace, locked: who changes them waits for what a tag becomes.
async fn rules(conn: &mut Conn<'_>, id: WorkspaceId) -> Result<AssignmentRules> {
    let sql = conn.picks(rules!(""), rules!(" FOR UPDATE"));
    one!(conn, rules_of, sql, id.uuid())?.ok_or(Error::NotFound)
}

fn rules_of(row: &impl Columns) -> Result<AssignmentRules> {
    match row.get::<Option<String>>("assignment")? {
        None => Ok(AssignmentRules::default()),
        Some(text) => serde_json::from_str(&text).map_err(|error| Error::stored("assignment", error)),
    }
}

/// The views of a workspace, whoever keeps them.
async fn views(conn: &mut Conn<'_>, id: WorkspaceId) -> Result<Vec<(Uuid, Filter)>> {
    const SQL: &str = "SELECT id, filter FROM saved_views WHERE workspace_id = $1";
    let mut views = all!(conn, view, SQL, id.uuid())?;
    // Two who write several of them take them in one order.
    views.sort_by_key(|(id, _)| *id);
    Ok(views)
}

fn view(row: &impl Columns) -> Result<(Uuid, Filter)> {
    let filter = serde_json::from_str(row.str("filter")?).map_err(|error| Error::stored("filter", error))?;
    Ok((row.get("id")?, filter))
}

async fn count(conn: &mut Conn<'_>, own: &[OfTeam], key: &str) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM tagged WHERE team_id = $1 AND folded = $2";
    let mut total = 0;
    for it in own {
        let count: Option<i64> = one!(conn, |row| Columns::get(row, "n"), SQL, it.team_id.uuid(), key)?;
        total += count.unwrap_or_default();
    }
    Ok(total)
}

async fn mark(
    conn: &mut Conn<'_>,
    own: &[OfTeam],
    key: &str,
    becomes: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "
        UPDATE tags SET going_since = $3, becomes = $4, going_at = NULL, going_id = NULL
        WHERE team_id = $1 AND folded = $2";
    for it in own {
        execute!(conn, SQL, it.team_id.uuid(), key, now.unix_ms(), becomes)?;
    }
    Ok(())
}

/// A tag of a team that is being changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoingTag {
    team_id: TeamId,
    folded: String,
}

/// Goes through some of the conversations that have a tag which is being changed. Whoever is not yet gone through still has it
/// as it was.
#[derive(Debug, Clone)]
pub struct GoThroughTag {
    /// Which.
    pub tag: GoingTag,
    /// Now.
    pub now: Timestamp,
}

impl Command for GoThroughTag {
    /// Whether there may be more.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const PAGE: &str = "
            SELECT conversation_id, tagged_at FROM tagged
            WHERE team_id = $1 AND folded = $2 AND (tagged_at, conversation_id) > ($3, $4)
            ORDER BY tagged_at, conversation_id LIMIT $5";
        const PLACE: &str = "UPDATE tags SET going_at = $3, going_id = $4 WHERE team_id = $1 AND folded = $2";
        let (team, key) = (self.tag.team_id.uuid(), self.tag.folded.as_str());
        let Some(going) = self.going(&mut tx.conn).await? else { return Ok(false) };
        let (at, id) = going.place;
        let page: Vec<(ConversationId, i64)> = all!(&mut tx.conn, tagged, PAGE, team, key, at, id, STEP)?;
        let Some((last, last_at)) = page.last().copied() else {
            self.finish(&mut tx.conn, &going).await?;
            return Ok(false);
        };
        // Two who hold several conversations take them in one order.
        let ids: BTreeSet<ConversationId> = page.into_iter().map(|(id, _)| id).collect();
        for id in ids {
            self.change(tx, id, &going).await?;
        }
        // Only what keeps its rows needs to be told how far this is.
        if going.is_same(key) {
            execute!(&mut tx.conn, PLACE, team, key, last_at, last.uuid())?;
        }
        Ok(true)
    }
}

/// What is to be done.
struct Going {
    /// What it becomes: folded, and how that is written.
    becomes: Option<(String, Tag)>,
    /// After which row to go on.
    place: (i64, Uuid),
}

impl Going {
    fn is_same(&self, key: &str) -> bool {
        self.becomes.as_ref().is_some_and(|(becomes, _)| becomes == key)
    }
}

impl GoThroughTag {
    /// None: somebody else was done with it meanwhile.
    async fn going(&self, conn: &mut Conn<'_>) -> Result<Option<Going>> {
        const SQL: &str = "
            SELECT g.going_since, g.becomes, g.going_at, g.going_id, b.name FROM tags g
            LEFT JOIN tags b ON b.team_id = g.team_id AND b.folded = g.becomes
            WHERE g.team_id = $1 AND g.folded = $2";
        let found = one!(conn, going, SQL, self.tag.team_id.uuid(), self.tag.folded.as_str())?;
        Ok(found.flatten())
    }

    async fn change(&self, tx: &mut Tx<'_>, id: ConversationId, going: &Going) -> Result<()> {
        const LOCK: &str =
            "UPDATE conversations SET priority = priority WHERE id = $1 RETURNING tags, merge_before";
        const KEEP: &str = "UPDATE conversations SET tags = $2, merge_before = $3 WHERE id = $1";
        const FREE: &str = "DELETE FROM tagged WHERE conversation_id = $1 AND folded = $2";
        // It is found in lists where it was: when it was tagged has not changed.
        const TURN: &str = "
            UPDATE tagged SET folded = $3 WHERE conversation_id = $1 AND folded = $2
                AND NOT EXISTS (SELECT 1 FROM tagged o WHERE o.conversation_id = $1 AND o.folded = $3)";
        let key = self.tag.folded.as_str();
        let Some((tags, merge_before)) = one!(&mut tx.conn, tagged_row, LOCK, id.uuid())? else {
            return Ok(());
        };
        if !going.is_same(key) {
            if let Some((becomes, _)) = &going.becomes {
                execute!(&mut tx.conn, TURN, id.uuid(), key, becomes.as_str())?;
            }
            execute!(&mut tx.conn, FREE, id.uuid(), key)?;
        }
        let (before, mut after) = (folded(tags.clone()), folded(tags));
        turn(&mut after, key, going.becomes.as_ref());
        if after == before {
            return Ok(());
        }
        let merge_before = merge_before.map(|text| self.turn_before(&text, going)).transpose()?;
        execute!(&mut tx.conn, KEEP, id.uuid(), json(&after)?.as_deref(), merge_before.as_deref())?;
        let change = Change::of(ChangeKind::ConversationTagged, id, self.now);
        tx.record(Feed::Team(self.tag.team_id), change);
        Ok(())
    }

    /// What a conversation had before others were merged into it, as it is kept: it gets that back when the merge ends.
    fn turn_before(&self, text: &str, going: &Going) -> Result<String> {
        let wrong = |error| Error::stored("merge_before", error);
        let mut before: Value = serde_json::from_str(text).map_err(wrong)?;
        if let Some(kept) = before.get_mut("tags") {
            let mut tags = folded(serde_json::from_value(kept.take()).map_err(wrong)?);
            turn(&mut tags, &self.tag.folded, going.becomes.as_ref());
            *kept = serde_json::to_value(tags.into_values().collect::<Vec<_>>()).map_err(wrong)?;
        }
        serde_json::to_string(&before).map_err(wrong)
    }

    async fn finish(&self, conn: &mut Conn<'_>, going: &Going) -> Result<()> {
        const DONE: &str = "
            UPDATE tags SET going_since = NULL, becomes = NULL, going_at = NULL, going_id = NULL
            WHERE team_id = $1 AND folded = $2";
        const GONE: &str = "DELETE FROM tags WHERE team_id = $1 AND folded = $2";
        let key = self.tag.folded.as_str();
        let sql = if going.is_same(key) { DONE } else { GONE };
        execute!(conn, sql, self.tag.team_id.uuid(), key)?;
        Ok(())
    }
}

/// What becomes of the tags of one conversation.
fn turn(tags: &mut BTreeMap<String, Tag>, key: &str, becomes: Option<&(String, Tag)>) {
    if tags.remove(key).is_some()
        && let Some((becomes, name)) = becomes
    {
        tags.entry(becomes.clone()).or_insert_with(|| name.clone());
    }
}

fn going(row: &impl Columns) -> Result<Option<Going>> {
    if time_option(row, "going_since")?.is_none() {
        return Ok(None);
    }
    let becomes: Option<String> = row.get("becomes")?;
    let name: Option<Tag> = row.text_option("name")?;
    let place = row.get::<Option<i64>>("going_at")?.zip(row.get::<Option<Uuid>>("going_id")?);
    let place = place.unwrap_or((i64::MIN, Uuid::nil()));
    Ok(Some(Going { becomes: becomes.zip(name), place }))
}

fn tagged(row: &impl Columns) -> Result<(ConversationId, i64)> {
    Ok((row.id("conversation_id")?, row.get("tagged_at")?))
}

fn tagged_row(row: &impl Columns) -> Result<(Vec<Tag>, Option<String>)> {
    Ok((tags(row)?, row.get("merge_before")?))
}

fn going_tag(row: &impl Columns) -> Result<GoingTag> {
    Ok(GoingTag { team_id: row.id("team_id")?, folded: row.get("folded")? })
}

fn tag_use(row: &impl Columns) -> Result<(String, TagUse)> {
    let changing = time_option(row, "going_since")?.is_some();
    let team_ids = vec![row.id("team_id")?];
    let (name, conversations) = (row.text("name")?, row.get("n")?);
    let it = TagUse { name, team_ids, conversations, views: 0, rules: Vec::new(), changing };
    Ok((row.get("folded")?, it))
}

impl Db {
    /// Tags that are being changed, the longest first; at most so many.
    pub async fn going_tags(&self, limit: i64) -> Result<Vec<GoingTag>> {
        const SQL: &str = "
            SELECT team_id, folded FROM tags WHERE going_since > 0 ORDER BY going_since LIMIT $1";
        in_time(async { all!(self.single().await?.conn(), going_tag, SQL, limit) }).await
    }

    /// The tags of a workspace, ordered by their names, with all that names them.
    pub async fn tag_uses(&self, workspace: WorkspaceId) -> Result<TagUses> {
        const SQL: &str = "
            SELECT g.team_id, g.folded, g.name, g.going_since,
                (SELECT COUNT(*) FROM tagged x WHERE x.team_id = g.team_id AND x.folded = g.folded) AS n
            FROM teams t JOIN tags g ON g.team_id = t.id
            WHERE t.workspace_id = $1 ORDER BY g.folded, g.team_id";
        const RULES: &str = rules!("");
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let mut uses: BTreeMap<String, TagUse> = BTreeMap::new();
            for (key, it) in all!(conn, tag_use, SQL, workspace.uuid())? {
                if let Some(known) = uses.get_mut(&key) {
                    known.team_ids.extend(it.team_ids);
                    known.conversations += it.conversations;
                    known.changing |= it.changing;
                } else {
                    uses.insert(key, it);
                }
            }
            for (_, filter) in views(&mut conn, workspace).await? {
                if let Some(known) = filter.tag.and_then(|tag| uses.get_mut(&fold(&tag))) {
                    known.views += 1;
                }
            }
            let rules = one!(conn, rules_of, RULES, workspace.uuid())?.unwrap_or_default();
            for (key, it) in &mut uses {
                it.rules = rules_with(&rules, key);
            }
            Ok(TagUses { tags: uses.into_values().collect() })
        })
        .await
    }
}
