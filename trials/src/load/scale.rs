//! What one message costs when there are ten and a hundred times as many conversations and messages, and as many sockets.

use std::time::Duration;

use serde::Serialize;

use crate::load::contest::{self, Contender, Kind};
use crate::load::crowd::Crowd;
use crate::load::figures::Series;
use crate::load::fill::{self, Filling};
use crate::load::options::Options;
use crate::load::stand::{self, Stand};
use crate::load::verdict::{Bound, Verdict};
use crate::scene::Database;
use crate::server::Server;

/// Each conversation's length.
const MESSAGES: u32 = 100;
/// So many conversations are answered in, spread over all.
const ANSWERED: u32 = 2_000;
/// Who sends at once.
const SENDERS: usize = 16;
/// By how much the cost of a message may grow with ten and with a hundred times as much.
const AIMS: [(u32, f64); 2] = [(10, 1.2), (100, 1.5)];

/// Sends into little, ten and a hundred times as much, in turns.
#[derive(Debug, Clone, Serialize)]
pub struct Scale {
    /// `sqlite` or `postgres`.
    pub database: &'static str,
    /// One for each size, messages first, then sockets.
    pub sends: Vec<Series>,
}

/// Fills three installations and lets the same agent's answers go into each in turn; then the same with empty ones and
/// waiting sockets.
pub async fn measure(database: Database, options: &Options) -> anyhow::Result<Scale> {
    let (mut stands, mut servers, mut contenders) = (Vec::new(), Vec::new(), Vec::new());
    for times in [1, 10, 100] {
        let filling = Filling { conversations: options.size.little * times, messages: MESSAGES };
        let all = filling.conversations * filling.messages;
        eprintln!("{}: filling with {all} messages", database.name());
        let stand = Stand::new(database, &options.results)?;
        let conversations = fill::fill(database, &stand.database_url()?, filling, ANSWERED)?;
        let server = Server::start(stand.plan.clone()).await?;
        contenders.push(Contender {
            name: name(database.name(), times, "messages"),
            measured: stand.measured(&server)?,
            kind: Kind::Replies(stand.agent().await?, conversations),
        });
        servers.push(server);
        stands.push(stand);
    }
    let size = &options.size;
    let mut sends = contest::run(&contenders, &[SENDERS], size.sending, size.rounds).await?;
    stop(servers).await?;

    let (mut servers, mut contenders, mut crowds) = (Vec::new(), Vec::new(), Vec::new());
    for times in [1, 10, 100] {
        let stand = Stand::new(database, &options.results)?;
        let server = Server::start(stand.plan.clone()).await?;
        let (address, app_id) = (stand.plan.address, stand.installation.app_id);
        let sockets = usize::try_from(options.size.little * times)? / 2;
        let crowd = Crowd::start(Crowd::sign_in(address, app_id, sockets).await?)?;
        crowd.wait_all_there(Duration::from_mins(5)).await?;
        contenders.push(Contender {
            name: name(database.name(), times, "sockets"),
            measured: stand.measured(&server)?,
            kind: Kind::Tidings(address, app_id),
        });
        crowds.push(crowd);
        servers.push(server);
        stands.push(stand);
    }
    sends.extend(contest::run(&contenders, &[SENDERS], size.sending, size.rounds).await?);
    drop(crowds);
    stop(servers).await?;
    Ok(Scale { database: database.name(), sends })
}

/// What a size is called in the tables.
fn name(database: &str, times: u32, what: &str) -> String {
    format!("{database}, {times}x {what}")
}

async fn stop(servers: Vec<Server>) -> anyhow::Result<()> {
    for server in servers {
        stand::stopped(server.stop().await?)?;
    }
    Ok(())
}

impl Scale {
    /// How the cost grew, held against the aims.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let cost = |name: &str| {
            let series = self.sends.iter().find(|series| series.name == name)?;
            Some(series.with(SENDERS)?.cpu_seconds_per_1000)
        };
        let mut verdicts = Vec::new();
        for what in ["messages", "sockets"] {
            for (times, aim) in AIMS {
                let [little, much] = [1, times].map(|times| cost(&name(self.database, times, what)));
                let (Some(little), Some(much)) = (little, much) else { continue };
                let measure = format!("CPU of a message with {times} times the {what}, growth");
                verdicts.push(Verdict::new(self.database, measure, much / little, Bound::AtMost, aim));
            }
        }
        verdicts
    }
}
