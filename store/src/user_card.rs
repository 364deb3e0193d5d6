//! Who writes in a conversation, as an agent of its team sees it.

use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::{AgentId, ConversationId, UserId};
use tidings_protocol::inbox::UserCard;
use tidings_protocol::time::Timestamp;

use crate::agents::teams_of;
use crate::columns::Columns;
use crate::contexts::{conversation_fields, fields_of, trail};
use crate::conversations::team_conversation;
use crate::db::Conn;
use crate::error::Result;
use crate::headers::{inbox_conversation, team_headers, time, time_option};
use crate::open::in_time;
use crate::satisfaction;
use crate::user_devices::devices_of;
use crate::{Db, Error};

/// Conversations that a card shows.
const CONVERSATIONS: i64 = 20;

impl Db {
    /// Who writes in a conversation; none when the agent may not see it.
    pub async fn user_card(
        &self,
        agent: AgentId,
        id: ConversationId,
        now: Timestamp,
    ) -> Result<Option<UserCard>> {
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let Some(conversation) = team_conversation(&mut conn, agent, id).await? else { return Ok(None) };
            let user = conversation.user;
            let teams = teams_of(&mut conn, agent).await?;
            let (since, blocked_at) = known_since(&mut conn, user.id).await?;
            Ok(Some(UserCard {
                since,
                blocked_at,
                devices: devices_of(&mut conn, user.id, now).await?,
                fields: fields_of(&mut conn, user.id).await?,
                conversation_fields: conversation_fields(&mut conn, id).await?,
                trail: trail(&mut conn, id).await?,
                conversations: seen_by(&mut conn, agent, user.id).await?,
                ratings: satisfaction::of_user(&mut conn, &teams, user.id).await?,
                user,
            }))
        })
        .await
    }
}

/// Since when they are known, and since when they are blocked.
async fn known_since(conn: &mut Conn<'_>, user: UserId) -> Result<(Timestamp, Option<Timestamp>)> {
    const SQL: &str = "SELECT created_at, blocked_at FROM users WHERE id = $1";
    one!(conn, times, SQL, user.uuid())?.ok_or(Error::NotFound)
}

fn times(row: &impl Columns) -> Result<(Timestamp, Option<Timestamp>)> {
    Ok((time(row, "created_at")?, time_option(row, "blocked_at")?))
}

async fn seen_by(conn: &mut Conn<'_>, agent: AgentId, user: UserId) -> Result<Vec<InboxConversation>> {
    const SQL: &str = team_headers!(
        "c.user_id = $1 AND EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = c.team_id AND t.agent_id = $2)
        ORDER BY c.active_at DESC, c.id DESC LIMIT $3"
    );
    all!(conn, inbox_conversation, SQL, user.uuid(), agent.uuid(), CONVERSATIONS)
}
