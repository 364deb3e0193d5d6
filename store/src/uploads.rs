//! Uploads: a file on its way in. What has arrived is known here and survives a restart; any node may go on with it.

use tidings_protocol::id::{AttachmentId, UserId, WorkspaceId};
use tidings_protocol::limits;
use tidings_protocol::text::{FileName, Label};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::attachments::{Facts, FileRow, FileState, Owner, doom, file, file_columns};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::open::in_time;
use crate::{Actor, Command, Created, Db, Tx};

const HOUR_MS: i64 = 3_600_000;

/// When an upload goes that rests from now on.
pub(crate) fn end(now: Timestamp) -> i64 {
    now.plus_ms(limits::UPLOAD_HOURS * HOUR_MS).unix_ms()
}

/// Begins an upload. The same id by the same owner for the same bytes gives the upload as it stands.
#[derive(Debug, Clone)]
pub struct BeginUpload {
    /// Made by the client.
    pub id: AttachmentId,
    /// Who uploads.
    pub actor: Actor,
    /// The name that it has where it comes from.
    pub name: Option<FileName>,
    /// How many bytes will come.
    pub length: i64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// Now.
    pub now: Timestamp,
}

impl Command for BeginUpload {
    type Output = Created<FileRow>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Created<FileRow>> {
        const SQL: &str = "
            INSERT INTO attachments
                (id, workspace_id, owner_kind, owner_id, user_id, state, name, length, sha256, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, 'receiving', $6, $7, $8, $9, $10)";
        let owner = Owner::of(self.actor);
        let conn = &mut tx.conn;
        let workspace_id = lock_owner(conn, owner).await?.ok_or(Error::NotFound)?;
        if let Some(first) = find(conn, self.id).await? {
            let same = first.owner == owner && first.length == self.length && first.sha256 == self.sha256;
            return if same && first.state != FileState::Doomed {
                Ok(Created { value: first, is_new: false })
            } else {
                Err(Error::IdConflict)
            };
        }
        check_quota(conn, owner, self.length).await?;
        let user: Option<Uuid> = match owner {
            Owner::User(id) => Some(id.uuid()),
            Owner::Agent(_) => None,
        };
        let name = self.name.as_ref().map(FileName::as_str);
        let (now, end) = (self.now.unix_ms(), end(self.now));
        execute!(
            conn,
            SQL,
            self.id.uuid(),
            workspace_id.uuid(),
            owner.kind(),
            owner.uuid(),
            user,
            name,
            self.length,
            &self.sha256[..],
            now,
            end
        )?;
        let value = find(conn, self.id).await?.ok_or(Error::NotFound)?;
        Ok(Created { value, is_new: true })
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

/// The workspace of whoever uploads; their row is locked, so that uploads of one person are counted one after the other
/// and none begins for somebody who is being erased.
async fn lock_owner(conn: &mut Conn<'_>, owner: Owner) -> Result<Option<WorkspaceId>> {
    const USER: &str = "
        UPDATE users SET conversation_count = conversation_count WHERE id = $1
        RETURNING (SELECT a.workspace_id FROM apps a WHERE a.id = users.app_id) AS workspace_id";
    const AGENT: &str = "UPDATE agents SET name = name WHERE id = $1 RETURNING workspace_id";
    let sql = match owner {
        Owner::User(_) => USER,
        Owner::Agent(_) => AGENT,
    };
    one!(conn, |row| Columns::id(row, "workspace_id"), sql, owner.uuid())
}

async fn find(conn: &mut Conn<'_>, id: AttachmentId) -> Result<Option<FileRow>> {
    const SQL: &str = concat!("SELECT ", file_columns!(), " FROM attachments f WHERE f.id = $1");
    one!(conn, file, SQL, id.uuid())
}

async fn check_quota(conn: &mut Conn<'_>, owner: Owner, length: i64) -> Result<()> {
    const SQL: &str = "
        SELECT COUNT(*) AS n, CAST(COALESCE(SUM(length), 0) AS BIGINT) AS bytes FROM attachments
        WHERE owner_id = $1 AND message_id IS NULL AND state NOT IN ('doomed', 'refused')";
    let (uploads, bytes) = one!(conn, unsent, SQL, owner.uuid())?.unwrap_or_default();
    if uploads >= limits::UPLOADS {
        return Err(Error::Limit("uploads that no message names"));
    }
    if bytes + length > limits::UPLOADS_BYTES {
        return Err(Error::Limit("bytes of uploads that no message names"));
    }
    Ok(())
}

fn unsent(row: &impl Columns) -> Result<(i64, i64)> {
    Ok((row.get("n")?, row.get("bytes")?))
}

/// What of an upload is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins.
    pub start: i64,
    /// How long it is.
    pub bytes: i64,
    /// What its object is named by.
    pub token: Uuid,
}

/// Says that a piece is in the file store, flushed.
#[derive(Debug, Clone, Copy)]
pub struct AddPiece {
    /// Of which upload.
    pub id: AttachmentId,
    /// Whose it must be.
    pub actor: Actor,
    /// The piece.
    pub piece: Piece,
    /// Now.
    pub now: Timestamp,
}

impl Command for AddPiece {
    /// None when the upload does not end where the piece begins, or does not take pieces any more.
    type Output = Option<FileRow>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<FileRow>> {
        const GROW: &str = "
            UPDATE attachments SET received = received + $5, expires_at = $6,
                state = CASE WHEN received + $5 = length THEN 'processing' ELSE 'receiving' END
            WHERE id = $1 AND owner_kind = $2 AND owner_id = $3 AND state = 'receiving' AND received = $4
                AND received + $5 <= length";
        const PIECE: &str =
            "INSERT INTO upload_pieces (upload_id, start_byte, bytes, token) VALUES ($1, $2, $3, $4)";
        let Piece { start, bytes, token } = self.piece;
        let (owner, conn) = (Owner::of(self.actor), &mut tx.conn);
        let id = self.id.uuid();
        let end = end(self.now);
        if execute!(conn, GROW, id, owner.kind(), owner.uuid(), start, bytes, end)? == 0 {
            return Ok(None);
        }
        execute!(conn, PIECE, id, start, bytes, token)?;
        find(conn, self.id).await
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

/// What became of an upload whose bytes are all here.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It is a file, and all its forms are in the file store, flushed.
    Complete(Facts),
    /// It is none, for this reason.
    Refused(String),
}

/// Ends an upload. Whoever comes second changes nothing.
#[derive(Debug, Clone)]
pub struct SettleUpload {
    /// Which.
    pub id: AttachmentId,
    /// How.
    pub verdict: Verdict,
    /// Now.
    pub now: Timestamp,
}

impl Command for SettleUpload {
    /// How it stands; none when it is not there any more.
    type Output = Option<FileRow>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<FileRow>> {
        const COMPLETE: &str = "
            UPDATE attachments SET state = 'complete', media_type = $2, bytes = $3, width = $4, height = $5,
                thumbhash = $6, variants = $7, expires_at = $8
            WHERE id = $1 AND state = 'processing'";
        const REFUSED: &str = "
            UPDATE attachments SET state = 'refused', refused = $2, expires_at = $3
            WHERE id = $1 AND state = 'processing'";
        let (id, end, conn) = (self.id.uuid(), end(self.now), &mut tx.conn);
        let settled = match &self.verdict {
            Verdict::Complete(facts) => {
                let variants = serde_json::to_string(&facts.variants)
                    .map_err(|error| Error::stored("variants", error))?;
                let (width, height) = facts.size.unzip();
                execute!(
                    conn,
                    COMPLETE,
                    id,
                    facts.media_type.as_str(),
                    facts.bytes,
                    width.map(i64::from),
                    height.map(i64::from),
                    facts.thumbhash.as_ref().map(Label::as_str),
                    variants.as_str(),
                    end
                )?
            }
            Verdict::Refused(why) => execute!(conn, REFUSED, id, why.as_str(), end)?,
        };
        if settled > 0 {
            forget_pieces(conn, self.id).await?;
        }
        Ok(find(conn, self.id).await?.filter(|row| row.state != FileState::Doomed))
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

async fn forget_pieces(conn: &mut Conn<'_>, id: AttachmentId) -> Result<()> {
    const SQL: &str = "DELETE FROM upload_pieces WHERE upload_id = $1";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

/// Gives an upload up, by who made it. What a message names is not given up.
#[derive(Debug, Clone, Copy)]
pub struct GiveUpUpload {
    /// Which.
    pub id: AttachmentId,
    /// Whose it must be.
    pub actor: Actor,
}

impl Command for GiveUpUpload {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = doom!("id = $1 AND owner_kind = $2 AND owner_id = $3 AND message_id IS NULL");
        let owner = Owner::of(self.actor);
        match execute!(&mut tx.conn, SQL, self.id.uuid(), owner.kind(), owner.uuid())? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

/// Dooms what expired.
#[derive(Debug, Clone, Copy)]
pub struct DoomExpired {
    /// Now.
    pub now: Timestamp,
    /// At most so many.
    pub limit: i64,
}

impl Command for DoomExpired {
    /// How many.
    type Output = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        // The conditions stand outside too: one that a message took meanwhile stays.
        const SQL: &str = doom!(
            "message_id IS NULL AND expires_at <= $1 AND id IN (
                SELECT id FROM attachments WHERE expires_at > 0 AND expires_at <= $1
                ORDER BY expires_at, id LIMIT $2)"
        );
        Ok(execute!(&mut tx.conn, SQL, self.now.unix_ms(), self.limit)?)
    }
}

/// Forgets a doomed file, whose bytes are gone.
#[derive(Debug, Clone, Copy)]
pub struct ForgetFile(pub AttachmentId);

impl Command for ForgetFile {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM attachments WHERE id = $1 AND state = 'doomed'";
        execute!(&mut tx.conn, SQL, self.0.uuid())?;
        forget_pieces(&mut tx.conn, self.0).await
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.0.uuid())
    }
}

fn piece(row: &impl Columns) -> Result<Piece> {
    Ok(Piece { start: row.get("start_byte")?, bytes: row.get("bytes")?, token: row.get("token")? })
}

impl Db {
    /// The pieces of an upload, in order.
    pub async fn pieces(&self, id: AttachmentId) -> Result<Vec<Piece>> {
        const SQL: &str = "
            SELECT start_byte, bytes, token FROM upload_pieces WHERE upload_id = $1 ORDER BY start_byte";
        in_time(async { all!(self.single().await?.conn(), piece, SQL, id.uuid()) }).await
    }

    /// Doomed files.
    pub async fn doomed_files(&self, limit: i64) -> Result<Vec<FileRow>> {
        const SQL: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.expires_at = 0 AND f.state = 'doomed' ORDER BY f.id LIMIT $1"
        );
        in_time(async { all!(self.single().await?.conn(), file, SQL, limit) }).await
    }

    /// Doomed files about a user.
    pub async fn doomed_files_of(&self, user: UserId, limit: i64) -> Result<Vec<FileRow>> {
        const SQL: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.user_id = $1 AND f.state = 'doomed' ORDER BY f.id LIMIT $2"
        );
        in_time(async { all!(self.single().await?.conn(), file, SQL, user.uuid(), limit) }).await
    }

    /// Uploads whose bytes have all been here since before a time, and at which nobody has looked.
    pub async fn unsettled_uploads(&self, before: Timestamp, limit: i64) -> Result<Vec<FileRow>> {
        const SQL: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.expires_at < $1 AND f.state = 'processing' ORDER BY f.expires_at LIMIT $2"
        );
        in_time(async { all!(self.single().await?.conn(), file, SQL, end(before), limit) }).await
    }
}
