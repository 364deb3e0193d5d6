//! Who has signed in on this phone: a small file beside the users' stores. It outlives them: the goodbye to the
//! server for a user whose store is already erased waits here.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ring::digest;
use rusqlite::{Connection, OptionalExtension, params};
use tidings_protocol::app::{AnonymousDevice, DeviceSecret};
use tidings_protocol::id::{AppId, DeviceId, UserId};
use tidings_protocol::push::PushTarget;

use crate::cache;
use crate::clock::{Clock, Random, ten};
use crate::error::Fault;
use crate::identity::SignOut;
use crate::text_form::{base64_url, hex};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS accounts (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    server        TEXT NOT NULL,
    app           TEXT NOT NULL,
    key           TEXT NOT NULL, -- '' for the anonymous user, 'u:' and the app's key for others
    device_id     TEXT NOT NULL, -- one for each user, as the protocol wants it
    device_secret TEXT NOT NULL,
    user_id       TEXT,          -- NULL before the first contact
    session_token TEXT,
    UNIQUE (server, app, key)
) STRICT;
-- Sessions that are over for the phone and not yet for the server.
CREATE TABLE IF NOT EXISTS farewells (token TEXT PRIMARY KEY, server TEXT NOT NULL) STRICT;
-- Anonymous users whose conversations become somebody's who signed in here, until the server knows of it.
CREATE TABLE IF NOT EXISTS merges (
    device_id     TEXT PRIMARY KEY, -- with the secret: the proof of who the anonymous user was
    device_secret TEXT NOT NULL,
    account       INTEGER NOT NULL, -- whose they become
    file          TEXT              -- the anonymous user's store, until all of it is in the other one
) STRICT;
-- How to wake this phone, whoever uses it: what the app said last. NULL: not at all. No row: it said nothing yet.
CREATE TABLE IF NOT EXISTS push_targets (
    server TEXT NOT NULL,
    app    TEXT NOT NULL,
    target TEXT, -- JSON
    PRIMARY KEY (server, app)
) STRICT;
-- Stores that are to be removed: noted before, so that a crash in between leaves none behind.
CREATE TABLE IF NOT EXISTS erasures (file TEXT PRIMARY KEY) STRICT;
";

/// One user of one app at one server, on this phone.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) id: i64,
    pub(crate) anonymous: bool,
    pub(crate) file: PathBuf,
    pub(crate) device_id: DeviceId,
    pub(crate) device_secret: DeviceSecret,
    pub(crate) user_id: Option<UserId>,
    pub(crate) session_token: Option<String>,
}

/// What the app said of how to wake this phone.
pub(crate) enum PushWish {
    /// Nothing yet.
    Unknown,
    /// So; `None`: not at all.
    Said(Option<PushTarget>),
}

/// The file of accounts.
pub(crate) struct Accounts {
    connection: Mutex<Connection>,
    folder: PathBuf,
    server: String,
    app: String,
}

impl Accounts {
    /// Opens the file, and removes stores whose removal a crash interrupted.
    pub(crate) fn open(folder: &Path, server: &str, app: AppId) -> Result<Self, Fault> {
        make_private(folder)?;
        let path = folder.join("accounts.sqlite");
        let connection = match open_file(&path) {
            Err(Fault::Sqlite(error)) if cache::is_corrupt(&error) => {
                tracing::error!("the file of accounts is damaged; beginning a new one");
                cache::erase(&path)?;
                open_file(&path)?
            }
            opened => opened?,
        };
        let accounts = Self {
            connection: Mutex::new(connection),
            folder: folder.to_owned(),
            server: server.to_owned(),
            app: app.to_string(),
        };
        accounts.finish_erasures()?;
        Ok(accounts)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The record of a user (`None`: the anonymous one), made if there is none.
    pub(crate) fn enter(
        &self,
        key: Option<&str>,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Result<Record, Fault> {
        let now = u64::try_from(clock.wall_ms()).unwrap_or_default();
        let device_id = DeviceId::from_parts(now, ten(random));
        let mut secret = [0; 32];
        random.fill(&mut secret);
        let stored_key = key.map(|key| format!("u:{key}")).unwrap_or_default();
        let connection = self.lock();
        #[cfg(test)]
        crate::fuse::step()?;
        connection.execute(
            "INSERT INTO accounts (server, app, key, device_id, device_secret) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (server, app, key) DO NOTHING",
            params![self.server, self.app, stored_key, device_id.to_string(), base64_url(&secret)],
        )?;
        #[cfg(test)]
        crate::fuse::step()?;
        let row = connection.query_row(
            "SELECT id, device_id, device_secret, user_id, session_token FROM accounts
             WHERE server = ?1 AND app = ?2 AND key = ?3",
            params![self.server, self.app, stored_key],
            |row| {
                let user: Option<String> = row.get(3)?;
                Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, user, row.get(4)?))
            },
        )?;
        Ok(Record {
            id: row.0,
            anonymous: key.is_none(),
            file: self.file(&stored_key),
            device_id: row.1.parse().map_err(|_| Fault::Stored("device id"))?,
            device_secret: row.2.try_into().map_err(|_| Fault::Stored("device secret"))?,
            user_id: row.3.map(|id| id.parse()).transpose().map_err(|_| Fault::Stored("user id"))?,
            session_token: row.4,
        })
    }

    /// The store of a user. Its name follows from the key, so that it is found again if this file is lost, and does not
    /// show the key.
    fn file(&self, key: &str) -> PathBuf {
        let whole = format!("{}\n{}\n{key}", self.server, self.app);
        let hash = digest::digest(&digest::SHA256, whole.as_bytes());
        self.folder.join(format!("user-{}.sqlite", hex(&hash.as_ref()[..16])))
    }

    /// The anonymous user becomes this one: noted for good, and their account is no more. Their store, and the server, come
    /// later. Answers whether there is one.
    pub(crate) fn begin_merge(&self, into: &Record) -> Result<bool, Fault> {
        #[cfg(test)]
        crate::fuse::step()?;
        let file = self.file("");
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let mut connection = self.lock();
        let tx = connection.transaction()?;
        let noted = tx.execute(
            "INSERT INTO merges (device_id, device_secret, account, file)
             SELECT device_id, device_secret, ?3, ?4 FROM accounts WHERE server = ?1 AND app = ?2 AND key = ''",
            params![self.server, self.app, into.id, name],
        )?;
        // Both sessions end: the one is over, and the next one of the other tells the server of the merge.
        tx.execute(
            "INSERT INTO farewells (token, server) SELECT session_token, server FROM accounts
             WHERE session_token IS NOT NULL AND server = ?1 AND app = ?2 AND (key = '' OR id = ?3)
             ON CONFLICT DO NOTHING",
            params![self.server, self.app, into.id],
        )?;
        tx.execute("UPDATE accounts SET session_token = NULL WHERE id = ?1", [into.id])?;
        tx.execute(
            "DELETE FROM accounts WHERE server = ?1 AND app = ?2 AND key = ''",
            [&self.server, &self.app],
        )?;
        tx.commit()?;
        drop(connection);
        #[cfg(test)]
        crate::fuse::step()?;
        Ok(noted > 0)
    }

    /// Whether there is an anonymous user.
    pub(crate) fn has_anonymous(&self) -> Result<bool, Fault> {
        let connection = self.lock();
        let mut statement = connection
            .prepare_cached("SELECT 1 FROM accounts WHERE server = ?1 AND app = ?2 AND key = ''")?;
        Ok(statement.exists([&self.server, &self.app])?)
    }

    /// Puts the stores of anonymous users into those of whom they became, as far as that was not done. To be called before
    /// any store is opened.
    pub(crate) fn finish_merges(&self) -> Result<(), Fault> {
        while let Some((device, file, key)) = self.unfinished_merge()? {
            cache::take_over(&self.file(&key), &self.folder.join(&file), &device)?;
            #[cfg(test)]
            crate::fuse::step()?;
            let mut connection = self.lock();
            let tx = connection.transaction()?;
            tx.execute("UPDATE merges SET file = NULL WHERE device_id = ?1", [&device])?;
            tx.execute("INSERT INTO erasures (file) VALUES (?1) ON CONFLICT DO NOTHING", [&file])?;
            tx.commit()?;
            drop(connection);
            #[cfg(test)]
            crate::fuse::step()?;
            self.finish_erasures()?;
        }
        Ok(())
    }

    fn unfinished_merge(&self) -> Result<Option<(String, String, String)>, Fault> {
        let found = self.lock().query_row(
            "SELECT m.device_id, m.file, a.key FROM merges m JOIN accounts a ON a.id = m.account
             WHERE m.file IS NOT NULL AND a.server = ?1 AND a.app = ?2 LIMIT 1",
            [&self.server, &self.app],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        );
        Ok(found.optional()?)
    }

    /// An anonymous user who became this one, of whom the server is still to be told.
    pub(crate) fn merge_to_tell(&self, id: i64) -> Result<Option<AnonymousDevice>, Fault> {
        let found: Option<(String, String)> = self
            .lock()
            .query_row(
                "SELECT device_id, device_secret FROM merges WHERE account = ?1 ORDER BY device_id LIMIT 1",
                [id],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((device, secret)) = found else { return Ok(None) };
        Ok(Some(AnonymousDevice {
            id: device.parse().map_err(|_| Fault::Stored("device id"))?,
            secret: secret.try_into().map_err(|_| Fault::Stored("device secret"))?,
        }))
    }

    /// The server gave a session, and has been told of this anonymous user.
    pub(crate) fn set_session(
        &self,
        id: i64,
        user_id: UserId,
        token: &str,
        merged: Option<DeviceId>,
    ) -> Result<(), Fault> {
        #[cfg(test)]
        crate::fuse::step()?;
        let mut connection = self.lock();
        let tx = connection.transaction()?;
        tx.execute(
            "UPDATE accounts SET user_id = ?2, session_token = ?3 WHERE id = ?1",
            params![id, user_id.to_string(), token],
        )?;
        if let Some(device) = merged {
            tx.execute("DELETE FROM merges WHERE device_id = ?1", [device.to_string()])?;
        }
        tx.commit()?;
        drop(connection);
        #[cfg(test)]
        crate::fuse::step()?;
        Ok(())
    }

    /// The server ended this session; a newer one is left alone.
    pub(crate) fn forget_session(&self, id: i64, token: &str) -> Result<(), Fault> {
        #[cfg(test)]
        crate::fuse::step()?;
        self.lock().execute(
            "UPDATE accounts SET session_token = NULL WHERE id = ?1 AND session_token = ?2",
            params![id, token],
        )?;
        Ok(())
    }

    /// The user leaves: their session becomes a farewell, and their store is erased or kept.
    pub(crate) fn leave(&self, record: &Record, store: SignOut) -> Result<(), Fault> {
        #[cfg(test)]
        crate::fuse::step()?;
        {
            let mut connection = self.lock();
            let tx = connection.transaction()?;
            tx.execute(
                "INSERT INTO farewells (token, server) SELECT session_token, server FROM accounts
                 WHERE id = ?1 AND session_token IS NOT NULL ON CONFLICT DO NOTHING",
                [record.id],
            )?;
            if store == SignOut::Erase {
                tx.execute("DELETE FROM accounts WHERE id = ?1", [record.id])?;
                tx.execute("DELETE FROM merges WHERE account = ?1", [record.id])?;
                let name = record.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                tx.execute("INSERT INTO erasures (file) VALUES (?1) ON CONFLICT DO NOTHING", [name])?;
            } else {
                tx.execute("UPDATE accounts SET session_token = NULL WHERE id = ?1", [record.id])?;
            }
            tx.commit()?;
        }
        #[cfg(test)]
        crate::fuse::step()?;
        self.finish_erasures()
    }

    /// Sessions of users who did not leave - the process died while another one came - become farewells: nobody's pushes are to
    /// reach the phone of somebody else. Answers whether there was one.
    pub(crate) fn end_others(&self, record: &Record) -> Result<bool, Fault> {
        let others = "session_token IS NOT NULL AND server = ?1 AND app = ?2 AND id <> ?3";
        let mut connection = self.lock();
        let tx = connection.transaction()?;
        let noted = tx.execute(
            &format!(
                "INSERT INTO farewells (token, server) SELECT session_token, server FROM accounts WHERE {others}
                 ON CONFLICT DO NOTHING"
            ),
            params![self.server, self.app, record.id],
        )?;
        if noted == 0 {
            return Ok(false);
        }
        #[cfg(test)]
        crate::fuse::step()?;
        let forget = format!("UPDATE accounts SET session_token = NULL WHERE {others}");
        tx.execute(&forget, params![self.server, self.app, record.id])?;
        tx.commit()?;
        #[cfg(test)]
        crate::fuse::step()?;
        Ok(true)
    }

    /// How to wake this phone, for whoever signs in; `None` inside: not at all.
    pub(crate) fn set_push_target(&self, target: Option<&PushTarget>) -> Result<(), Fault> {
        #[cfg(test)]
        crate::fuse::step()?;
        let target =
            target.map(|target| serde_json::to_string(target).map_err(|_| Fault::Stored("push target")));
        self.lock().execute(
            "INSERT INTO push_targets (server, app, target) VALUES (?1, ?2, ?3)
             ON CONFLICT (server, app) DO UPDATE SET target = ?3",
            params![self.server, self.app, target.transpose()?],
        )?;
        #[cfg(test)]
        crate::fuse::step()?;
        Ok(())
    }

    /// What the app said last of how to wake this phone.
    pub(crate) fn push_target(&self) -> Result<PushWish, Fault> {
        let said: Option<Option<String>> = self
            .lock()
            .query_row(
                "SELECT target FROM push_targets WHERE server = ?1 AND app = ?2",
                [&self.server, &self.app],
                |row| row.get(0),
            )
            .optional()?;
        Ok(match said {
            None => PushWish::Unknown,
            Some(None) => PushWish::Said(None),
            // What cannot be read was not said: apps say it at each start.
            Some(Some(json)) => serde_json::from_slice(json.as_bytes())
                .map_or(PushWish::Unknown, |target| PushWish::Said(Some(target))),
        })
    }

    /// Bytes of everything in the folder.
    pub(crate) fn bytes(&self) -> Result<u64, Fault> {
        let (mut bytes, mut folders) = (0, vec![self.folder.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let data = entry.metadata()?;
                if data.is_dir() { folders.push(entry.path()) } else { bytes += data.len() }
            }
        }
        Ok(bytes)
    }

    fn finish_erasures(&self) -> Result<(), Fault> {
        let connection = self.lock();
        while let Some(name) = connection
            .query_row("SELECT file FROM erasures LIMIT 1", [], |row| row.get::<_, String>(0))
            .optional()?
        {
            cache::erase(&self.folder.join(&name))?;
            #[cfg(test)]
            crate::fuse::step()?;
            connection.execute("DELETE FROM erasures WHERE file = ?1", [name])?;
        }
        Ok(())
    }

    /// Sessions to end at the server. Those of another server are not its business.
    pub(crate) fn farewells(&self) -> Result<Vec<String>, Fault> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached("SELECT token FROM farewells WHERE server = ?1")?;
        let tokens = statement.query_map([&self.server], |row| row.get(0))?;
        Ok(tokens.collect::<Result<_, _>>()?)
    }

    /// This farewell is said.
    pub(crate) fn said(&self, token: &str) -> Result<(), Fault> {
        #[cfg(test)]
        crate::fuse::step()?;
        self.lock().execute("DELETE FROM farewells WHERE token = ?1", [token])?;
        Ok(())
    }
}

/// Makes the folder, for this system user alone: it holds messages and session tokens.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn open_file(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA temp_store = MEMORY;
         PRAGMA busy_timeout = 5000; PRAGMA secure_delete = ON;",
    )?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};
    use tidings_protocol::id::AppId;

    fn app() -> AppId {
        AppId::from_parts(1, [1; 10])
    }

    fn open(folder: &Path) -> Accounts {
        Accounts::open(folder, "https://a", app()).unwrap()
    }

    fn enter(accounts: &Accounts, key: Option<&str>) -> Record {
        accounts.enter(key, &SystemClock::default(), &SystemRandom).unwrap()
    }

    #[tokio::test]
    async fn the_same_user_is_the_same_device_and_another_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let first = enter(&open(folder.path()), Some("ana"));
        let accounts = open(folder.path());
        let again = enter(&accounts, Some("ana"));
        assert_eq!((first.device_id, first.device_secret), (again.device_id, again.device_secret));
        let other = enter(&accounts, None);
        assert!(other.device_id != first.device_id && other.file != first.file);
    }

    #[tokio::test]
    async fn leaving_keeps_a_farewell_and_erases_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = open(folder.path());
        let ana = enter(&accounts, Some("ana"));
        accounts.set_session(ana.id, UserId::from_parts(1, [0; 10]), "token", None).unwrap();
        std::fs::write(&ana.file, "x").unwrap();
        accounts.leave(&ana, SignOut::Erase).unwrap();
        assert!(!ana.file.exists());
        let accounts = open(folder.path());
        assert_eq!(accounts.farewells().unwrap(), ["token"]);
        accounts.said("token").unwrap();
        assert!(accounts.farewells().unwrap().is_empty());
        assert!(enter(&accounts, Some("ana")).device_id != ana.device_id, "an erased user starts anew");
    }

    #[tokio::test]
    async fn who_did_not_leave_is_said_farewell_when_another_one_comes() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = open(folder.path());
        let ana = enter(&accounts, Some("ana"));
        accounts.set_session(ana.id, UserId::from_parts(1, [0; 10]), "token", None).unwrap();
        assert!(!accounts.end_others(&ana).unwrap());
        let ben = enter(&accounts, Some("ben"));
        assert!(accounts.end_others(&ben).unwrap());
        assert_eq!(accounts.farewells().unwrap(), ["token"]);
        assert_eq!(enter(&accounts, Some("ana")).session_token, None);
        assert!(!accounts.end_others(&ben).unwrap());
    }

    #[tokio::test]
    async fn an_interrupted_erasure_is_finished_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = open(folder.path());
        let ana = enter(&accounts, Some("ana"));
        std::fs::write(&ana.file, "x").unwrap();
        let name = ana.file.file_name().unwrap().to_str().unwrap();
        accounts.lock().execute("INSERT INTO erasures VALUES (?1)", [name]).unwrap();
        drop(accounts);
        open(folder.path());
        assert!(!ana.file.exists());
    }

    #[tokio::test]
    async fn another_server_is_another_world() {
        let folder = tempfile::tempdir().unwrap();
        let here = enter(&open(folder.path()), None);
        let there = enter(&Accounts::open(folder.path(), "https://b", app()).unwrap(), None);
        assert!(here.file != there.file && here.device_id != there.device_id);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_folder_is_nobody_else_s() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("messages");
        open(&inner);
        assert_eq!(std::fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[tokio::test]
    async fn a_damaged_file_does_not_stop_the_app() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("accounts.sqlite"), vec![7; 8192]).unwrap();
        enter(&open(folder.path()), None);
    }
}
