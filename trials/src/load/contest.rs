//! Sends, in turns: floor, Tidings on each database and PostgreSQL itself, round after round, so that a machine that
//! others use too is unfair to all of them alike.

use std::net::SocketAddr;
use std::time::Duration;

use tidings_protocol::id::{AppId, ConversationId};

use crate::agent::{self, Agent};
use crate::clock;
use crate::load::figures::{SendFigures, Series};
use crate::load::pgbench::Pgbench;
use crate::load::proc::Measured;
use crate::load::sends::{self, Sender};
use crate::load::stand;
use crate::phone;

/// Who takes part.
pub struct Contender {
    /// As the figures name it.
    pub name: String,
    /// Whose processor time counts.
    pub measured: Measured,
    /// What it is.
    pub kind: Kind,
}

/// How a contender is written to.
pub enum Kind {
    /// Tidings: each sender is a user who is signed in.
    Tidings(SocketAddr, AppId),
    /// Tidings: an agent answers in these conversations, each sender in its share of them.
    Replies(Agent, Vec<ConversationId>),
    /// A server that asks nobody who they are.
    Plain(SocketAddr),
    /// PostgreSQL itself.
    Pgbench(Pgbench),
}

/// The middle of all rounds for each number of senders, by contender.
pub async fn run(
    contenders: &[Contender],
    senders: &[usize],
    sending: Duration,
    rounds: usize,
) -> anyhow::Result<Vec<Series>> {
    let names = contenders.iter().map(|contender| contender.name.clone());
    let mut series: Vec<Series> =
        names.map(|name| Series { name, sends: Vec::new(), after_load_kib: None }).collect();
    for count in senders {
        let mut prepared = Vec::with_capacity(contenders.len());
        for contender in contenders {
            prepared.push(prepare(contender, *count).await?);
        }
        let mut figures: Vec<Vec<SendFigures>> = vec![Vec::new(); contenders.len()];
        for round in 0..rounds {
            eprintln!("sends: {count} senders, round {} of {rounds}", round + 1);
            for ((contender, senders), figures) in contenders.iter().zip(&mut prepared).zip(&mut figures) {
                figures.push(match &contender.kind {
                    Kind::Pgbench(pgbench) => pgbench.measure(*count, sending, &contender.measured).await?,
                    _ => sends::measure(senders, sending, &contender.measured).await?,
                });
            }
        }
        for (series, figures) in series.iter_mut().zip(figures) {
            series.sends.extend(SendFigures::middle(&figures));
        }
    }
    for (series, contender) in series.iter_mut().zip(contenders) {
        if !matches!(contender.kind, Kind::Pgbench(_)) {
            series.after_load_kib = Some(stand::memory_in_silence(&contender.measured).await);
        }
    }
    Ok(series)
}

async fn prepare(contender: &Contender, count: usize) -> anyhow::Result<Vec<Sender>> {
    let mut senders = Vec::with_capacity(count);
    for number in 0..count {
        match &contender.kind {
            Kind::Tidings(address, app_id) => senders.push(Sender::new(*address, *app_id).await?),
            Kind::Replies(agent, conversations) => {
                let own = conversations.iter().skip(number).step_by(count);
                let paths = own.map(|conversation| agent::path(*conversation, "/replies")).collect();
                senders.push(Sender::along(agent.another()?.into_connection(), paths)?);
            }
            Kind::Plain(address) => senders.push(plain(*address)?),
            Kind::Pgbench(_) => {}
        }
    }
    Ok(senders)
}

/// A sender that writes into a conversation of its own and is signed in nowhere.
pub fn plain(address: SocketAddr) -> anyhow::Result<Sender> {
    let path = phone::messages_path(clock::new_id(ConversationId::from_parts));
    Sender::without_session(address, &path)
}
