//! Who follows live: a socket that comes back whenever it breaks, always from the last cursor.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::bail;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::frame::{AppServerFrame, InboxServerFrame, TeamCursor};
use tidings_protocol::id::TeamId;
use tokio::time::timeout;

use super::{PATIENCE, audit};
use crate::agent::Agent;
use crate::history::{What, Witness, page};
use crate::phone::Phone;
use crate::socket::Socket;

/// After this much silence a follower does not trust its socket any more: the other end may be gone.
const SILENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

/// A user's device with a socket.
pub(super) struct UserFollower {
    pub(super) phone: Phone,
    pub(super) witness: Witness,
    pub(super) feed: String,
    pub(super) cursor: Cursor,
}

impl UserFollower {
    pub(super) async fn run(mut self, over: Arc<AtomicBool>) -> anyhow::Result<Self> {
        while !over.load(Ordering::Relaxed) {
            match timeout(PATIENCE, self.phone.socket(self.cursor, true)).await {
                Ok(Ok(socket)) => self.listen(socket, &over).await?,
                Ok(Err(_)) | Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        Ok(self)
    }

    async fn listen(&mut self, mut socket: Socket, over: &AtomicBool) -> anyhow::Result<()> {
        while !over.load(Ordering::Relaxed) {
            match timeout(SILENCE, socket.frame()).await {
                Ok(Ok(AppServerFrame::Changes(changes))) => {
                    self.witness.saw(page(&self.feed, self.cursor, &changes));
                    self.cursor = changes.cursor;
                }
                Ok(Ok(AppServerFrame::Reset)) => bail!("{} is of another history", self.cursor),
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// What it missed, by request.
    pub(super) async fn catch_up(mut self, address: SocketAddr) -> anyhow::Result<()> {
        let mut phone = self.phone.beside(address)?;
        audit::follow_user(&mut phone, &mut self.witness, &self.feed, self.cursor).await?;
        self.witness.note(What::CaughtUp { feed: self.feed });
        Ok(())
    }
}

/// The agent's browser.
pub(super) struct AgentFollower {
    pub(super) agent: Agent,
    pub(super) witness: Witness,
    pub(super) cursors: BTreeMap<TeamId, Cursor>,
}

impl AgentFollower {
    pub(super) async fn run(mut self, over: Arc<AtomicBool>) -> anyhow::Result<Self> {
        while !over.load(Ordering::Relaxed) {
            let teams = self.cursors.iter().map(|(&team_id, &cursor)| TeamCursor { team_id, cursor });
            match timeout(PATIENCE, self.agent.socket_from(teams.collect())).await {
                Ok(Ok(socket)) => self.listen(socket, &over).await?,
                Ok(Err(_)) | Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        Ok(self)
    }

    async fn listen(&mut self, mut socket: Socket, over: &AtomicBool) -> anyhow::Result<()> {
        while !over.load(Ordering::Relaxed) {
            match timeout(SILENCE, socket.frame()).await {
                Ok(Ok(InboxServerFrame::Changes(changes))) => {
                    let Some(cursor) = self.cursors.get_mut(&changes.team_id) else {
                        bail!("changes of a team that nobody follows: {}", changes.team_id);
                    };
                    self.witness.saw(page(&changes.team_id.to_string(), *cursor, &changes.page));
                    *cursor = changes.page.cursor;
                }
                Ok(Ok(InboxServerFrame::Reset { team_id })) => bail!("the cursor of {team_id} is void"),
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// What it missed, by request.
    pub(super) async fn catch_up(mut self, address: SocketAddr) -> anyhow::Result<()> {
        let mut agent = self.agent.beside(address)?;
        for (team, cursor) in self.cursors {
            audit::follow_team(&mut agent, &mut self.witness, team, cursor).await?;
            self.witness.note(What::CaughtUp { feed: team.to_string() });
        }
        Ok(())
    }
}
