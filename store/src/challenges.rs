//! What somebody must answer within minutes, once: a passkey signs it, or somebody comes
//! back with it from the company's identity provider.

use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;

use crate::error::Result;
use crate::{Command, TokenHash, Tx};

/// For what a challenge was made: an answer to one for something else opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengePurpose {
    /// A passkey is made.
    Register,
    /// Somebody signs in with a passkey.
    SignIn,
    /// An agent proves again who they are, with a passkey.
    Prove,
    /// Somebody signs in at the company's provider.
    SignInByProvider,
    /// An agent proves again who they are, at the company's provider.
    ProveByProvider,
    /// An agent connects their account at the company's provider.
    ConnectProvider,
}

impl ChallengePurpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::Prove => "prove",
            Self::SignInByProvider => "sign_in_by_provider",
            Self::ProveByProvider => "prove_by_provider",
            Self::ConnectProvider => "connect_provider",
        }
    }

    /// For how long it holds.
    const fn seconds(self) -> i64 {
        match self {
            Self::Register | Self::SignIn | Self::Prove => limits::PASSKEY_SECONDS,
            Self::SignInByProvider | Self::ProveByProvider | Self::ConnectProvider => {
                limits::PROVIDER_SECONDS
            }
        }
    }
}

/// Remembers a challenge for its time, and forgets those whose time is over.
#[derive(Debug, Clone, Copy)]
pub struct MakeChallenge {
    /// Its SHA-256.
    pub challenge: TokenHash,
    /// The SHA-256 of what only the asker holds.
    pub holder: TokenHash,
    /// For what.
    pub purpose: ChallengePurpose,
    /// Now.
    pub now: Timestamp,
}

impl Command for MakeChallenge {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const FORGET: &str = "DELETE FROM challenges WHERE expires_at <= $1";
        const SQL: &str = "
            INSERT INTO challenges (challenge_hash, holder, purpose, expires_at) VALUES ($1, $2, $3, $4)";
        let (challenge, holder) = (self.challenge.as_slice(), self.holder.as_slice());
        let ends = self.now.plus_ms(self.purpose.seconds() * 1_000).unix_ms();
        execute!(&mut tx.conn, FORGET, self.now.unix_ms())?;
        execute!(&mut tx.conn, SQL, challenge, holder, self.purpose.word(), ends)?;
        Ok(())
    }
}

/// Uses a challenge up, before anything else is looked at: whatever is wrong with the answer, there is no second.
#[derive(Debug, Clone, Copy)]
pub struct TakeChallenge {
    /// Its SHA-256.
    pub challenge: TokenHash,
    /// The SHA-256 of what only the asker holds.
    pub holder: TokenHash,
    /// For what.
    pub purpose: ChallengePurpose,
    /// Now.
    pub now: Timestamp,
}

impl Command for TakeChallenge {
    /// False: it was never made, for somebody else or something else, used before, or it is too old.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "
            DELETE FROM challenges
            WHERE challenge_hash = $1 AND holder = $2 AND purpose = $3 AND expires_at > $4";
        let (challenge, holder) = (self.challenge.as_slice(), self.holder.as_slice());
        let now = self.now.unix_ms();
        Ok(execute!(&mut tx.conn, SQL, challenge, holder, self.purpose.word(), now)? > 0)
    }
}
