//! Compares what everybody sees with the database, once all is healed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::id::ConversationId;
use tidings_sdk_core::SyncState;
use tidings_store::messages::Range;
use tidings_store::{Db, Options, team_feed};
use tidings_trials::history::{Seen, Side, What, Witness};

use crate::clock::since_start_ms;
use crate::node::team_id;
use crate::phone::{self, Shown};
use crate::world::{World, lock};

/// More than any seed has.
const ALL: i64 = 100;

/// Looks until everybody sees the same, or the time is up; what then still differs is told.
pub(crate) async fn run(world: Arc<World>, deadline_ms: u64) -> turmoil::Result {
    let mut witness = world.witness("judge", Side::Team, "");
    while !world.is_healing() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let db = open(&world).await?;
    let differences = loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let out_of_time = since_start_ms() >= deadline_ms;
        if !world.is_drained() && !out_of_time {
            continue;
        }
        let differences = differences(&world, &db).await?;
        if differences.is_empty() || out_of_time {
            break differences;
        }
    };
    record(&world, &db, &mut witness).await?;
    db.close().await;
    *lock(&world.unfinished) = differences;
    Ok(())
}

pub(crate) async fn open(world: &World) -> anyhow::Result<Db> {
    let options = Options {
        url: world.database_url().parse()?,
        epoch_bits: 0,
        on_commit: Arc::new(|_| {}),
        on_fatal: Arc::new(|_| {}),
    };
    Ok(Db::open_in_place(options, Arc::new(|| None)).await?)
}

async fn differences(world: &World, db: &Db) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    if !world.is_drained() {
        found.push("a phone did not get rid of what it had to send".to_owned());
    }
    let head = db.feed_heads(&[team_feed(team_id())]).await?.first().map(|(_, seq)| *seq);
    for (number, agent) in world.agents.iter().enumerate() {
        let agent = lock(agent);
        if !agent.acted {
            found.push(format!("agent{number} still waits for an answer"));
        }
        let seen = agent.cursor.map(|cursor| cursor.seq);
        if seen != head && !(seen.is_none() && head == Some(0)) {
            found.push(format!("agent{number} is at {seen:?} of {head:?}"));
        }
    }
    let mut truth = BTreeMap::new();
    for (number, phone) in world.phones.iter().enumerate() {
        let shown = lock(&phone.shown).clone();
        if shown.is_empty() {
            found.push(format!("phone{number} shows nothing yet"));
        }
        for (user, shown) in &shown {
            if let Some(difference) = compare(db, &mut truth, shown).await? {
                found.push(format!("phone{number} of u{user}: {difference}"));
            }
        }
    }
    Ok(found)
}

type Truth = BTreeMap<ConversationId, Vec<Seen>>;

async fn compare(db: &Db, truth: &mut Truth, shown: &Shown) -> anyhow::Result<Option<String>> {
    if shown.state != SyncState::Live {
        return Ok(Some(format!("is {:?}", shown.state)));
    }
    let Some(user) = shown.user_id else { return Ok(Some("the server does not know them".to_owned())) };
    let (headers, _) = db.user_conversations(user, None, ALL).await?;
    let mut left: Vec<_> = shown.threads.keys().copied().collect();
    for header in headers {
        left.retain(|id| *id != header.id);
        let Some(thread) = shown.threads.get(&header.id) else {
            return Ok(Some(format!("{} is missing", header.id)));
        };
        let stored = messages(db, truth, header.id).await?;
        if !thread.waiting.is_empty() {
            return Ok(Some(format!("{} messages still wait in {}", thread.waiting.len(), header.id)));
        }
        if thread.messages != stored {
            return Ok(Some(format!(
                "{} shows {:?} of {:?}",
                header.id,
                numbers(&thread.messages),
                numbers(&stored)
            )));
        }
        if thread.unread != header.unread {
            return Ok(Some(format!(
                "{} has {} unread, the phone says {}",
                header.id, header.unread, thread.unread
            )));
        }
    }
    Ok(left.first().map(|id| format!("{id} is not at the server")))
}

fn numbers(messages: &[Seen]) -> Vec<i64> {
    messages.iter().map(|message| message.seq).collect()
}

async fn messages(db: &Db, truth: &mut Truth, id: ConversationId) -> anyhow::Result<Vec<Seen>> {
    if let Some(known) = truth.get(&id) {
        return Ok(known.clone());
    }
    let list = db.messages(id, Range::After(0), ALL).await?;
    let seen: Vec<Seen> = list.messages.iter().map(Seen::from).collect();
    truth.insert(id, seen.clone());
    Ok(seen)
}

/// The end of the history: each thread as it is stored, each phone as it shows it, each feed at its end.
async fn record(world: &World, db: &Db, witness: &mut Witness) -> anyhow::Result<()> {
    let threads: Vec<ConversationId> = lock(&world.owners).keys().copied().collect();
    for conversation in threads {
        let messages = match db.messages(conversation, Range::After(0), ALL).await {
            Ok(list) => list.messages.iter().map(Seen::from).collect(),
            // A restore took it away, and nothing was left to say in it.
            Err(tidings_store::Error::NotFound) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        witness.saw(What::Log { conversation, messages });
    }
    for phone in &world.phones {
        phone::record(world, phone);
    }
    for agent in &world.agents {
        if let Some(witness) = &mut lock(agent).witness {
            witness.saw(What::CaughtUp { feed: team_id().to_string() });
        }
    }
    Ok(())
}
