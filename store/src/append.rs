//! Appending messages, all of a batch at once: what may be said is found out by one read, decided here, and written
//! with one statement. A refusal has written nothing, so it needs no savepoint.

use std::collections::{BTreeMap, HashMap, HashSet};

use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{AgentId, ConversationId, MessageId, TeamId};
use tidings_protocol::message::{Author, Message, Parts};
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;
use tidings_protocol::{Seq, limits};
use uuid::Uuid;

use crate::amend::is_author;
use crate::assigning;
use crate::attachments::Named;
use crate::browsers::{Concerned, concerned, job_id};
use crate::columns::{Columns, Ids};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{message, message_columns};
use crate::jobs::{JobPayload, NewJob};
use crate::live_places;
use crate::merging;
use crate::messages::AppendMessage;
use crate::milestones::{self, Milestone};
use crate::satisfaction::Questions;
use crate::snooze::Stage;
use crate::thread::{Opening, Thread, lock};
use crate::tx::{Change, Feed};
use crate::{Actor, Created, Tx};

/// A message that is to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    pub(crate) message: Message,
    /// How many messages up to and with it the user wrote.
    pub(crate) user_count: i64,
}

/// What each command found, or was refused with.
pub(crate) type Outcomes = Vec<Result<Created<Message>>>;

/// Appends messages in the order of the commands. They are written with the end of the batch, or by
/// [`Tx::flush`]. `also` are other conversations of the batch: all are locked now, in one order.
pub(crate) async fn append(
    tx: &mut Tx<'_>,
    commands: &[&AppendMessage],
    also: &[Uuid],
    opening: Opening,
) -> Result<Outcomes> {
    let mut run = Run::read(&mut tx.conn, commands, also, opening).await?;
    let mut outcomes = Vec::with_capacity(commands.len());
    for command in commands {
        outcomes.push(match run.decide(command) {
            Decision::Refuse(error) => Err(error),
            Decision::Repeat(value) => Ok(Created { value, is_new: false }),
            Decision::CheckSeen => match run.unseen(&mut tx.conn, command).await? {
                unseen if unseen.is_empty() => run.append(tx, command),
                unseen => Err(Error::Moved(unseen)),
            },
            Decision::Append => run.append(tx, command),
        });
    }
    run.files.link(&mut tx.conn).await?;
    run.leave_to_the_team(tx).await?;
    run.wake_agents(tx).await?;
    milestones::write(&mut tx.conn, &run.milestones).await?;
    run.questions.write(&mut tx.conn).await?;
    tx.collected.appended.take(run.new, run.threads);
    for (id, (after_seq, now)) in run.parting {
        // What comes next reads and writes the rows of the threads.
        tx.flush().await?;
        merging::part(tx, id, after_seq, now).await?;
    }
    Ok(outcomes)
}

/// What appending a message would do now.
pub(crate) enum Examined {
    /// It would be appended, with these parts: what is known of its files stands in the place of what was said of them.
    New(Parts),
    /// It was appended before.
    There,
}

/// Looks whether a message could be appended now, and refuses it as [`append`] would. Its conversation is locked.
pub(crate) async fn examine(conn: &mut Conn<'_>, command: &AppendMessage) -> Result<Examined> {
    let run = Run::read(conn, &[command], &[], Opening::Begun).await?;
    match run.decide(command) {
        Decision::Refuse(error) => return Err(error),
        Decision::Repeat(_) => return Ok(Examined::There),
        Decision::CheckSeen => {
            let unseen = run.unseen(conn, command).await?;
            if !unseen.is_empty() {
                return Err(Error::Moved(unseen));
            }
        }
        Decision::Append => {}
    }
    Ok(Examined::New(run.files.parts(command).into_owned()))
}

/// What is to be done with a command.
enum Decision {
    Append,
    /// If nobody wrote after what the author saw.
    CheckSeen,
    Repeat(Message),
    Refuse(Error),
}

/// An agent of the batch.
struct Member {
    name: Name,
    teams: HashSet<TeamId>,
}

/// Commands that are decided together, and what they need to know.
struct Run {
    threads: BTreeMap<ConversationId, Thread>,
    /// Messages whose id is taken, by this run too.
    taken: HashMap<MessageId, Message>,
    agents: HashMap<AgentId, Member>,
    files: Named,
    /// Messages that are quoted, and where they stand.
    quoted: HashMap<MessageId, ConversationId>,
    new: Vec<NewMessage>,
    /// Conversations that were merged and in which the user has written, with the number of the message before, and when.
    parting: BTreeMap<ConversationId, (Seq, Timestamp)>,
    /// Conversations that their users have reopened, with who had closed them, and when.
    reopened: Vec<(ConversationId, AgentId, Timestamp)>,
    /// Messages of users for which an agent is to be woken.
    waking: Vec<Message>,
    milestones: Vec<Milestone>,
    /// Where users are asked what they think, and what they answer.
    questions: Questions,
}

/// Rare, so whether there are rules is asked when its turn has come, and not of each message.
fn by_rules(thread: &Thread, now: Timestamp) -> NewJob {
    let payload = JobPayload::Assign { user_id: thread.user.id, conversation_id: thread.id };
    NewJob { id: assigning::job_id(thread.id, now), payload, now }
}

/// A message that waits for so long, unread, is worth an e-mail to an agent who wants one.
pub(crate) const AGENT_MAIL_AFTER_MS: i64 = 5 * 60 * 1000;

impl Run {
    async fn read(
        conn: &mut Conn<'_>,
        commands: &[&AppendMessage],
        also: &[Uuid],
        opening: Opening,
    ) -> Result<Self> {
        let mut ids: Vec<_> = commands.iter().map(|command| command.conversation_id.uuid()).collect();
        ids.extend(also);
        ids.sort_unstable();
        ids.dedup();
        let new: Vec<_> = commands.iter().map(|command| command.id.uuid()).collect();
        let locked = lock(conn, Ids(&ids), Ids(&new), opening).await?;
        let taken = if locked.taken > 0 { known(conn, Ids(&new)).await? } else { Vec::new() };
        Ok(Self {
            threads: locked.threads.into_iter().map(|thread| (thread.id, thread)).collect(),
            taken: taken.into_iter().map(|message| (message.id, message)).collect(),
            agents: agents(conn, commands).await?,
            files: Named::read(conn, commands).await?,
            quoted: quoted(conn, commands).await?,
            new: Vec::with_capacity(commands.len()),
            parting: BTreeMap::new(),
            reopened: Vec::new(),
            waking: Vec::new(),
            milestones: Vec::new(),
            questions: Questions::read(conn, commands).await?,
        })
    }

    fn decide(&self, command: &AppendMessage) -> Decision {
        // Whoever may not write here learns nothing about ids.
        let Some(thread) =
            self.threads.get(&command.conversation_id).filter(|thread| self.may(thread, command))
        else {
            return Decision::Refuse(Error::NotFound);
        };
        if let Some(first) = self.taken.get(&command.id) {
            return if is_same(first, command, &self.files.parts(command)) {
                Decision::Repeat(first.clone())
            } else {
                Decision::Refuse(Error::IdConflict)
            };
        }
        if let Some(id) = self.files.unusable(command) {
            return Decision::Refuse(Error::Attachment(id));
        }
        if command.quote.is_some_and(|id| !self.has(command.conversation_id, id)) {
            return Decision::Refuse(Error::Quote);
        }
        if command.parts.live_location().is_some() && matches!(command.actor, Actor::Agent { .. }) {
            return Decision::Refuse(Error::Refused("only users share a place that moves"));
        }
        if command.parts.request().is_some() && matches!(command.actor, Actor::User { .. }) {
            return Decision::Refuse(Error::Refused("only agents ask for a place or a photo"));
        }
        match (command.actor, command.seen_seq) {
            // It goes on elsewhere; only its user can still write in it.
            (Actor::Agent { .. }, _) if thread.merged().is_some() => Decision::Refuse(Error::Merged),
            (Actor::Agent { .. }, Some(seen)) if seen < thread.last_seq => Decision::CheckSeen,
            _ => Decision::Append,
        }
    }

    /// Whether a message stands in a conversation, or comes to stand there in this run.
    fn has(&self, conversation: ConversationId, id: MessageId) -> bool {
        let here = self.taken.get(&id).map(|message| message.conversation_id);
        here.or_else(|| self.quoted.get(&id).copied()) == Some(conversation)
    }

    fn may(&self, thread: &Thread, command: &AppendMessage) -> bool {
        match command.actor {
            Actor::User { user_id, .. } => thread.user.id == user_id,
            Actor::Agent { agent_id } => {
                self.agents.get(&agent_id).is_some_and(|agent| agent.teams.contains(&thread.team_id))
            }
        }
    }

    /// What the user and colleagues wrote after what the author saw, the first of it.
    async fn unseen(&self, conn: &mut Conn<'_>, command: &AppendMessage) -> Result<Vec<Message>> {
        const SQL: &str = concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m
            WHERE m.conversation_id = $1 AND m.seq > $2
                AND (m.author_kind = 'user' OR (m.author_kind = 'agent' AND m.author_id <> $3))
            ORDER BY m.seq LIMIT $4"
        );
        let (Actor::Agent { agent_id: me }, Some(seen)) = (command.actor, command.seen_seq) else {
            return Ok(Vec::new());
        };
        let conversation = command.conversation_id;
        let mut unseen = all!(conn, message, SQL, conversation.uuid(), seen, me.uuid(), limits::PAGE)?;
        let of_others = |message: &&Message| match &message.author {
            Author::User { .. } => true,
            Author::Agent { id, .. } => *id != me,
            Author::System => false,
        };
        let of_this_run = self.new.iter().map(|new| &new.message);
        let here =
            of_this_run.filter(|message| message.conversation_id == conversation && message.seq > seen);
        unseen.extend(here.filter(of_others).cloned());
        unseen.truncate(usize::try_from(limits::PAGE).unwrap_or_default());
        Ok(unseen)
    }

    /// What is reopened and with somebody who has left is nobody's: else it would be in no list, and nobody would be woken.
    async fn leave_to_the_team(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        const IS_HERE: &str = "
            SELECT COUNT(*) AS here FROM agents a JOIN team_members m ON m.agent_id = a.id
            WHERE a.id = $1 AND m.team_id = $2 AND a.disabled_at IS NULL";
        const FREE: &str = "UPDATE conversations SET assignee_id = NULL, routed = NULL WHERE id = $1";
        for (id, agent, now) in std::mem::take(&mut self.reopened) {
            let Some(thread) = self.threads.get_mut(&id) else { continue };
            let here: Option<i64> = one!(
                &mut tx.conn,
                |row| Columns::get(row, "here"),
                IS_HERE,
                agent.uuid(),
                thread.team_id.uuid()
            )?;
            if here != Some(0) {
                continue;
            }
            execute!(&mut tx.conn, FREE, id.uuid())?;
            thread.leave_to_the_team();
            tx.record(Feed::Team(thread.team_id), Change::of(ChangeKind::ConversationAssigned, id, now));
            tx.enqueue(by_rules(thread, now));
        }
        Ok(())
    }

    /// Jobs for each agent who is to be told, so that each has their own quiet hours and browsers. Where nobody wants
    /// pushes or e-mails, nothing is asked here.
    async fn wake_agents(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        for message in std::mem::take(&mut self.waking) {
            let Some(thread) = self.threads.get(&message.conversation_id) else { continue };
            let user_id = thread.user.id;
            let Message { id: message_id, conversation_id, seq, sent_at, .. } = message;
            for Concerned { agent_id, is_pushed, is_mailed } in
                concerned(&mut tx.conn, conversation_id).await?
            {
                if is_pushed {
                    let payload =
                        JobPayload::WakeAgent { agent_id, user_id, conversation_id, message_id, seq };
                    let id = job_id(b"", message_id, agent_id, sent_at);
                    tx.enqueue(NewJob { id, payload, now: sent_at });
                }
                if is_mailed {
                    let payload =
                        JobPayload::MailAgent { agent_id, user_id, conversation_id, message_id, seq };
                    let id = job_id(b"mail", message_id, agent_id, sent_at);
                    tx.enqueue(NewJob { id, payload, now: sent_at.plus_ms(AGENT_MAIL_AFTER_MS) });
                }
            }
        }
        Ok(())
    }

    /// Numbers a message and collects what tells of it.
    fn append(&mut self, tx: &mut Tx<'_>, command: &AppendMessage) -> Result<Created<Message>> {
        let thread = self.threads.get_mut(&command.conversation_id).ok_or(Error::NotFound)?;
        let (user, team) = (thread.user.id, thread.team_id);
        let rating = self.questions.answered(command).filter(|_| thread.merged().is_none());
        let (author, seq) = match (command.actor, rating) {
            (Actor::User { user_id, .. }, Some(rating)) => {
                let seq = thread.user_rates(command.now);
                self.questions.rate(rating, command.now, seq);
                (Author::User { id: user_id }, seq)
            }
            (Actor::User { user_id, .. }, None) => {
                // Whoever writes in what was merged makes it a thread of its own again.
                if thread.merged().is_some() {
                    self.parting.insert(thread.id, (thread.last_seq, command.now));
                    thread.merged_into = None;
                }
                // What was put aside comes back when its user writes; they never knew of it.
                if std::mem::replace(&mut thread.stage, Stage::Open) == Stage::Closed {
                    let reopened = Change::of(ChangeKind::ConversationReopened, thread.id, command.now);
                    tx.record_appended(user, team, reopened);
                    self.milestones.push(thread.milestone(milestones::Kind::Reopened, command.now));
                    match thread.assignee_id {
                        Some(agent) => self.reopened.push((thread.id, agent, command.now)),
                        None => tx.enqueue(by_rules(thread, command.now)),
                    }
                }
                (Author::User { id: user_id }, thread.user_writes(command.now))
            }
            (Actor::Agent { agent_id }, _) => {
                let name = self.agents.get(&agent_id).ok_or(Error::NotFound)?.name.clone();
                self.milestones.extend(thread.first_answer(agent_id, command.now));
                let seq = thread.agent_writes(command.seen_seq.unwrap_or_default(), command.now);
                let payload = JobPayload::Push {
                    user_id: user,
                    conversation_id: thread.id,
                    message_id: command.id,
                    seq,
                };
                tx.enqueue(NewJob { id: command.job_id, payload, now: command.now });
                (Author::Agent { id: agent_id, name }, seq)
            }
        };
        let added = Change::of(ChangeKind::MessageAdded, thread.id, command.now).with_message(seq);
        tx.record_appended(user, team, added);
        let parts = self.files.parts(command);
        let message = Message {
            id: command.id,
            conversation_id: thread.id,
            seq,
            author,
            parts: live_places::begun(&parts, command.now),
            quote: command.quote,
            sent_at: command.now,
            edited_at: None,
            deleted_at: None,
        };
        if let Some(until) = live_places::live_until(&message) {
            let payload = JobPayload::EndLivePlace { user_id: user, conversation_id: thread.id, seq, until };
            tx.enqueue(NewJob { id: live_places::job_id(command.id, until), payload, now: until });
        }
        thread.last_message = Some(message.clone());
        if thread.wakes_agents && rating.is_none() && matches!(command.actor, Actor::User { .. }) {
            self.waking.push(message.clone());
        }
        self.files.take(&message, user, &parts);
        self.taken.insert(command.id, message.clone());
        self.new.push(NewMessage { message: message.clone(), user_count: thread.user_count });
        Ok(Created { value: message, is_new: true })
    }
}

fn is_same(first: &Message, command: &AppendMessage, parts: &Parts) -> bool {
    // What it said at first is not kept.
    let has_changed = first.edited_at.is_some() || first.deleted_at.is_some();
    is_author(&first.author, command.actor)
        && first.conversation_id == command.conversation_id
        && (has_changed || (live_places::as_sent(first) == parts.as_slice() && first.quote == command.quote))
}

/// Messages that are there already.
async fn known(conn: &mut Conn<'_>, ids: Ids<'_>) -> Result<Vec<Message>> {
    const SQLITE: &str = concat!(
        "SELECT ",
        message_columns!(),
        " FROM json_each($1) asked CROSS JOIN messages m ON m.id = unhex(asked.value)"
    );
    const POSTGRES: &str = concat!("SELECT ", message_columns!(), " FROM messages m WHERE m.id = ANY($1)");
    let sql = conn.picks(SQLITE, POSTGRES);
    all!(conn, message, sql, ids)
}

/// The messages that are quoted, with the conversations they stand in.
async fn quoted(
    conn: &mut Conn<'_>,
    commands: &[&AppendMessage],
) -> Result<HashMap<MessageId, ConversationId>> {
    const SQLITE: &str = "
        SELECT m.id, m.conversation_id FROM json_each($1) asked CROSS JOIN messages m ON m.id = unhex(asked.value)";
    const POSTGRES: &str = "SELECT m.id, m.conversation_id FROM messages m WHERE m.id = ANY($1)";
    let ids: Vec<_> = commands.iter().filter_map(|command| command.quote).map(MessageId::uuid).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = conn.picks(SQLITE, POSTGRES);
    Ok(all!(conn, place, sql, Ids(&ids))?.into_iter().collect())
}

fn place(row: &impl Columns) -> Result<(MessageId, ConversationId)> {
    Ok((row.id("id")?, row.id("conversation_id")?))
}

/// The agents among the authors, with the teams they answer in.
async fn agents(conn: &mut Conn<'_>, commands: &[&AppendMessage]) -> Result<HashMap<AgentId, Member>> {
    const SQLITE: &str = "
        SELECT a.id, a.name, t.team_id
        FROM json_each($1) asked CROSS JOIN agents a ON a.id = unhex(asked.value)
        JOIN team_members t ON t.agent_id = a.id";
    const POSTGRES: &str = "
        SELECT a.id, a.name, t.team_id FROM agents a JOIN team_members t ON t.agent_id = a.id
        WHERE a.id = ANY($1)";
    let mut ids: Vec<_> = commands
        .iter()
        .filter_map(|command| match command.actor {
            Actor::Agent { agent_id } => Some(agent_id.uuid()),
            Actor::User { .. } => None,
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let mut members = HashMap::new();
    if ids.is_empty() {
        return Ok(members);
    }
    let sql = conn.picks(SQLITE, POSTGRES);
    for (id, name, team) in all!(conn, membership, sql, Ids(&ids))? {
        members.entry(id).or_insert_with(|| Member { name, teams: HashSet::new() }).teams.insert(team);
    }
    Ok(members)
}

fn membership(row: &impl Columns) -> Result<(AgentId, Name, TeamId)> {
    Ok((row.id("id")?, row.text("name")?, row.id("team_id")?))
}
