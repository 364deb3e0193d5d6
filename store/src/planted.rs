//! Bugs that are put in on purpose, one at a time, so that the trials can show that they would be found.
//!
//! Without the feature `planted` nothing of this is compiled in: [`is`] is constantly false, and what asks it
//! vanishes. With it, the environment variable `TIDINGS_PLANTED` names the bug of this process.

/// A law broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// Answers before the commit, which follows [`COMMITS_LATER`]: what was acknowledged is lost in a crash.
    AcknowledgeBeforeCommit,
    /// Forgets which ids are taken: a repeated send is stored again.
    NoIdempotency,
    /// Takes a message's number where a rollback does not give it back.
    SeqOutsideTransaction,
    /// Goes on after the time of the last change instead of its number.
    CursorByTime,
    /// Believes a hint and moves the cursor there without reading the log.
    HintInsteadOfLog,
    /// Leaves the flush of a commit to the operating system, on SQLite.
    SynchronousNormal,
    /// Leaves the flush of a commit for later, on PostgreSQL.
    SynchronousCommitOff,
    /// Takes a receipt as it comes, so that a late one moves it back.
    ReceiptGoesBack,
    /// Counts one unread message more than there are.
    UnreadOneMore,
    /// Tells users of internal notes.
    NoteToUser,
    /// Says that a page goes one further than it does, so that the next change is never told.
    PageSkipsOne,
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 11] = [
        Self::AcknowledgeBeforeCommit,
        Self::NoIdempotency,
        Self::SeqOutsideTransaction,
        Self::CursorByTime,
        Self::HintInsteadOfLog,
        Self::SynchronousNormal,
        Self::SynchronousCommitOff,
        Self::ReceiptGoesBack,
        Self::UnreadOneMore,
        Self::NoteToUser,
        Self::PageSkipsOne,
    ];

    /// How `TIDINGS_PLANTED` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcknowledgeBeforeCommit => "acknowledge_before_commit",
            Self::NoIdempotency => "no_idempotency",
            Self::SeqOutsideTransaction => "seq_outside_transaction",
            Self::CursorByTime => "cursor_by_time",
            Self::HintInsteadOfLog => "hint_instead_of_log",
            Self::SynchronousNormal => "synchronous_normal",
            Self::SynchronousCommitOff => "synchronous_commit_off",
            Self::ReceiptGoesBack => "receipt_goes_back",
            Self::UnreadOneMore => "unread_one_more",
            Self::NoteToUser => "note_to_user",
            Self::PageSkipsOne => "page_skips_one",
        }
    }
}

/// What a server would gain that answers at once and gathers commits.
pub(crate) const COMMITS_LATER: std::time::Duration = std::time::Duration::from_millis(5);

/// Whether this bug is planted in this process.
#[cfg(not(feature = "planted"))]
pub const fn is(_: Bug) -> bool {
    false
}

/// Whether this bug is planted in this process.
#[cfg(feature = "planted")]
pub fn is(bug: Bug) -> bool {
    static PLANTED: std::sync::LazyLock<Option<Bug>> = std::sync::LazyLock::new(|| {
        let name = std::env::var("TIDINGS_PLANTED").ok()?;
        let bug = Bug::ALL.into_iter().find(|bug| bug.name() == name);
        assert!(bug.is_some(), "TIDINGS_PLANTED names no bug: {name:?}");
        tracing::error!(bug = name, "this process breaks a law on purpose");
        bug
    });
    *PLANTED == Some(bug)
}

/// Takes a message's number in a transaction of its own, for [`Bug::SeqOutsideTransaction`].
#[cfg(feature = "planted")]
#[derive(Debug, Clone, Copy)]
pub struct TakeNumber(pub tidings_protocol::id::ConversationId);

#[cfg(feature = "planted")]
impl crate::Command for TakeNumber {
    type Output = ();

    async fn apply(&self, tx: &mut crate::Tx<'_>) -> crate::Result<()> {
        const SQL: &str = "UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1";
        execute!(&mut tx.conn, SQL, self.0.uuid())?;
        Ok(())
    }

    fn lane(&self) -> Option<uuid::Uuid> {
        Some(self.0.uuid())
    }
}
