//! Which sessions go on: for whoever holds sockets open and may have missed that one ended.

use std::collections::HashSet;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::Result;
use crate::open::in_time;
use crate::tx::{chunks, placeholders};
use crate::users::token_hash;
use crate::{Db, TokenHash};

impl Db {
    /// Those of these sessions, of devices and of agents, that nobody has ended. Whether their time is over is not
    /// asked: whoever holds one knows until when it lasts.
    pub async fn sessions_that_go_on(&self, tokens: &[TokenHash]) -> Result<HashSet<TokenHash>> {
        in_time(async {
            let mut reading = self.single().await?;
            let mut found = HashSet::with_capacity(tokens.len());
            for piece in chunks(tokens) {
                found.extend(among(&mut reading.conn(), piece).await?);
            }
            Ok(found)
        })
        .await
    }
}

async fn among(conn: &mut Conn<'_>, tokens: &[TokenHash]) -> Result<Vec<TokenHash>> {
    let places = placeholders(1, tokens.len());
    // Only the number of tokens is put into the text.
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT s.token_hash
        FROM sessions s
        JOIN devices d ON d.id = s.device_id
        JOIN users u ON u.id = d.user_id
        JOIN apps p ON p.id = u.app_id
        LEFT JOIN identity_keys k ON k.id = s.identity_key_id
        WHERE s.token_hash IN {places}
            AND u.blocked_at IS NULL AND p.disabled_at IS NULL AND k.sessions_ended_at IS NULL
        UNION ALL
        SELECT s.token_hash FROM agent_sessions s
        JOIN agents a ON a.id = s.agent_id
        JOIN workspaces w ON w.id = a.workspace_id
        LEFT JOIN second_factors f ON f.agent_id = a.id
        WHERE s.token_hash IN {places} AND a.disabled_at IS NULL
            AND NOT (w.second_factor_required AND NOT s.by_provider AND f.confirmed_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.agent_id = a.id))"
    ));
    on!(conn, |c| {
        let query = tokens.iter().fold(sqlx::query(sql), |query, token| query.bind(token.as_slice()));
        query.fetch_all(c).await?.iter().map(of_row).collect()
    })
}

fn of_row(row: &impl Columns) -> Result<TokenHash> {
    token_hash(row)
}
