//! Reading everything when it is over: each thread, and each feed from its beginning.

use std::net::SocketAddr;

use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::TeamId;

use super::Person;
use crate::agent::Agent;
use crate::history::{Seen, What, Witness, page};
use crate::phone::Phone;

/// A user's thread, and the feed from its first change.
pub(super) async fn user(
    person: &mut Person,
    address: SocketAddr,
    mut witness: Witness,
) -> anyhow::Result<()> {
    let (feed, conversation) = (person.feed(), person.conversation);
    let mut phone = person.phone.beside(address)?;
    let messages = phone.all_messages(conversation).await?;
    witness.saw(What::Log { conversation, messages: messages.iter().map(Seen::from).collect() });
    let screen = phone.bootstrap().await?;
    let start = Cursor { seq: 0, ..screen.cursor };
    follow_user(&mut phone, &mut witness, &feed, start).await?;
    witness.note(What::CaughtUp { feed });
    Ok(())
}

/// All feeds of the agent's teams.
pub(super) async fn agent(
    agent: &mut Agent,
    address: SocketAddr,
    mut witness: Witness,
) -> anyhow::Result<()> {
    let mut agent = agent.beside(address)?;
    for team in agent.bootstrap().await?.teams {
        let start = Cursor { seq: 0, ..team.cursor };
        follow_team(&mut agent, &mut witness, team.id, start).await?;
        witness.note(What::CaughtUp { feed: team.id.to_string() });
    }
    Ok(())
}

/// Follows a user's feed by requests until nothing more comes.
pub(super) async fn follow_user(
    phone: &mut Phone,
    witness: &mut Witness,
    feed: &str,
    mut cursor: Cursor,
) -> anyhow::Result<()> {
    loop {
        let changes = phone.changes(cursor).await?;
        witness.saw(page(feed, cursor, &changes));
        cursor = changes.cursor;
        if !changes.more {
            return Ok(());
        }
    }
}

/// Follows a team's feed by requests until nothing more comes.
pub(super) async fn follow_team(
    agent: &mut Agent,
    witness: &mut Witness,
    team: TeamId,
    mut cursor: Cursor,
) -> anyhow::Result<()> {
    loop {
        let changes = agent.changes(team, cursor).await?;
        witness.saw(page(&team.to_string(), cursor, &changes));
        cursor = changes.cursor;
        if !changes.more {
            return Ok(());
        }
    }
}
