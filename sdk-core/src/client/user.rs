//! Who the user of the client is.

use std::sync::Arc;

use tidings_protocol::limits;

use super::Client;
use crate::accounts::Record;
use crate::error::{Error, ErrorCode, Fault};
use crate::identity::{Account, SignOut, TokenProvider, User};
use crate::session::Session;

/// What becomes of the anonymous user of this phone when somebody else signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anonymous {
    Stays,
    Merges,
}

impl Client {
    /// Makes this the user of the client; works without a network. To be called at each start of the app and whenever
    /// its own user changes; again with the same user changes nothing but the token provider.
    ///
    /// The store of any other user is closed and hidden before this returns, and their session ends at the
    /// server as soon as it can be reached.
    ///
    /// # Errors
    /// `invalid_input` for an empty or too long key; `storage`.
    pub async fn sign_in(&self, user: User) -> Result<(), Error> {
        self.change_user(user, Anonymous::Stays).await
    }

    /// Signs in somebody who has used the app anonymously so far: what the anonymous user of this phone has - conversations,
    /// what waits to be sent, drafts, what was read - becomes theirs. Works without a network: it is shown as theirs at once,
    /// and the server moves it when it is reached, before anything of it is sent. Without an anonymous user it is
    /// [`sign_in`](Self::sign_in), so an app can call it at each start.
    ///
    /// It cannot be undone. Whoever uses the app anonymously on this phone afterwards is somebody new.
    ///
    /// # Errors
    /// As `sign_in`; `invalid_input` for [`User::Anonymous`]. After `storage_full` it goes on with the next sign-in.
    pub async fn sign_in_merging(&self, user: User) -> Result<(), Error> {
        if matches!(user, User::Anonymous) {
            return Err(Error::new(ErrorCode::InvalidInput, "nobody is merged into an anonymous user"));
        }
        self.change_user(user, Anonymous::Merges).await
    }

    async fn change_user(&self, user: User, anonymous: Anonymous) -> Result<(), Error> {
        let (key, tokens) = match user {
            User::Anonymous => (None, None),
            User::Identified { key, tokens } if key.is_empty() || key.len() > limits::EXTERNAL_ID_BYTES => {
                drop(tokens);
                return Err(Error::new(ErrorCode::InvalidInput, "a user's key has 1 to 256 bytes"));
            }
            User::Identified { key, tokens } => (Some(key), Some(tokens)),
        };
        let _changing = self.shared.changing.lock().await;
        if self.shared.present().closed {
            return Err(Error::from(Fault::Closed));
        }
        let record = self.record(key.clone()).await?;
        let accounts = Arc::clone(&self.shared.around.accounts);
        let merges = anonymous == Anonymous::Merges
            && self.shared.around.host.disk(move || accounts.has_anonymous()).await?;
        let current = self.shared.present().session.clone();
        match current {
            Some(session) if session.record.id == record.id && !merges => {
                session.set_tokens(tokens);
                return Ok(());
            }
            Some(session) => self.leave(session, SignOut::Keep).await?,
            None => {}
        }
        // Nobody has a store open now.
        let record = if merges { self.merge(record, key).await? } else { record };
        self.end_others(&record).await?;
        self.begin(record, tokens);
        Ok(())
    }

    /// The record of a user. What a crash left of a merge is finished first, while their stores are closed.
    async fn record(&self, key: Option<String>) -> Result<Record, Error> {
        let around = self.shared.around.clone();
        let is_idle = self.shared.present().session.is_none();
        let host = around.host.clone();
        let entered = host.disk(move || {
            if is_idle {
                around.accounts.finish_merges()?;
            }
            around.accounts.enter(key.as_deref(), around.host.clock.as_ref(), around.host.random.as_ref())
        });
        Ok(entered.await?)
    }

    async fn merge(&self, into: Record, key: Option<String>) -> Result<Record, Error> {
        let accounts = Arc::clone(&self.shared.around.accounts);
        self.shared.around.host.disk(move || accounts.begin_merge(&into)).await?;
        self.shared.farewells.hurry();
        self.record(key).await
    }

    /// Whoever was signed in when an earlier process died in the middle of a change of user.
    async fn end_others(&self, record: &Record) -> Result<(), Error> {
        let (accounts, record) = (Arc::clone(&self.shared.around.accounts), record.clone());
        if self.shared.around.host.disk(move || accounts.end_others(&record)).await? {
            self.shared.farewells.hurry();
        }
        Ok(())
    }

    fn begin(&self, record: Record, tokens: Option<Arc<dyn TokenProvider>>) {
        let around = self.shared.around.clone();
        let mut present = self.shared.present();
        let session =
            Arc::new(Session::new(record, around.clone(), tokens, present.visibility, present.network));
        session.set_engine(around.host.spawn(crate::sync::run(Arc::clone(&session))));
        present.session = Some(session);
        present.owner += 1;
        drop(present);
        around.dispatcher.notify_all();
    }

    /// Signs out; works without a network. The store is hidden before this returns, and erased or kept as
    /// `store` says. The session and the push registration end at the server as soon as it can be reached, after a
    /// restart of the app too. With nobody signed in it does nothing.
    ///
    /// # Errors
    /// `storage`.
    pub async fn sign_out(&self, store: SignOut) -> Result<(), Error> {
        let _changing = self.shared.changing.lock().await;
        let current = self.shared.present().session.clone();
        match current {
            Some(session) => self.leave(session, store).await,
            None => Ok(()),
        }
    }

    /// Hides first, so that nothing of this user is shown whatever happens next.
    async fn leave(&self, session: Arc<Session>, store: SignOut) -> Result<(), Error> {
        {
            let mut present = self.shared.present();
            present.session = None;
            present.owner += 1;
        }
        self.shared.around.whereabouts.forget_screens();
        let left = session
            .disk(move |session| {
                session.end();
                session.around.accounts.leave(&session.record, store)
            })
            .await;
        self.shared.around.dispatcher.notify_all();
        self.shared.farewells.hurry();
        Ok(left?)
    }

    /// Who is signed in.
    pub fn account(&self) -> Option<Account> {
        let session = self.shared.present().session.clone()?;
        Some(Account { anonymous: session.record.anonymous, user_id: session.user_id() })
    }
}
