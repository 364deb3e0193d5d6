//! What the laws say to a history.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many broken laws are described; all are counted.
const EXAMPLES: usize = 12;

/// What may not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// It was acknowledged and is not there.
    Lost,
    /// It is there twice, or was told twice.
    Duplicated,
    /// Two saw different orders, or an earlier send got a later number.
    Reordered,
    /// A number is missing.
    Gap,
    /// It is there and nobody sent it.
    Phantom,
    /// It says something else than was sent.
    Altered,
    /// A reader who followed was not told.
    Skipped,
    /// A cursor or a receipt went back.
    WentBack,
    /// The count of unread messages is not what log and receipt say.
    Unread,
    /// Somebody saw what is not theirs.
    Leaked,
    /// A phone took it and it was neither sent nor refused.
    Unsent,
    /// When all was over, a screen did not show what the server has.
    Diverged,
    /// It was not looked at when all was over, so nothing is proven.
    Unproven,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Lost,
        Self::Duplicated,
        Self::Reordered,
        Self::Gap,
        Self::Phantom,
        Self::Altered,
        Self::Skipped,
        Self::WentBack,
        Self::Unread,
        Self::Leaked,
        Self::Unsent,
        Self::Diverged,
        Self::Unproven,
    ];

    /// As results name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Duplicated => "duplicated",
            Self::Reordered => "reordered",
            Self::Gap => "gap",
            Self::Phantom => "phantom",
            Self::Altered => "altered",
            Self::Skipped => "skipped",
            Self::WentBack => "went_back",
            Self::Unread => "unread",
            Self::Leaked => "leaked",
            Self::Unsent => "unsent",
            Self::Diverged => "diverged",
            Self::Unproven => "unproven",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Lines of history.
    pub events: u64,
    /// Messages that somebody tried to send, each counted once.
    pub sent: u64,
    /// Those that the server acknowledged.
    pub acknowledged: u64,
    /// Requests whose outcome nobody learnt.
    pub unknown: u64,
    /// What was broken on purpose, by kind.
    pub faults: BTreeMap<String, u64>,
    /// Broken laws, counted.
    pub broken: BTreeMap<Law, u64>,
    /// The first of them in words.
    pub examples: Vec<String>,
}

impl Verdict {
    /// A law was broken.
    pub(super) fn broken(&mut self, law: Law, what: impl FnOnce() -> String) {
        *self.broken.entry(law).or_default() += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(format!("{law:?}: {}", what()));
        }
    }

    /// How often this law was broken.
    pub fn count(&self, law: Law) -> u64 {
        self.broken.get(&law).copied().unwrap_or_default()
    }

    /// How often any was.
    pub fn violations(&self) -> u64 {
        self.broken.values().sum()
    }

    /// An error that describes them, unless there is none.
    pub fn kept(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.violations() == 0,
            "{} broken laws: {:?}\n  {}",
            self.violations(),
            self.broken,
            self.examples.join("\n  ")
        );
        Ok(())
    }

    /// What was left could not even be read.
    pub(crate) fn unreadable(&mut self, error: &anyhow::Error) {
        self.broken(Law::Lost, || format!("what was left cannot be read: {error:#}"));
    }

    /// Adds what another history showed.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.sent += other.sent;
        self.acknowledged += other.acknowledged;
        self.unknown += other.unknown;
        for (kind, count) in &other.faults {
            *self.faults.entry(kind.clone()).or_default() += count;
        }
        for (law, count) in &other.broken {
            *self.broken.entry(*law).or_default() += count;
        }
        let room = EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.iter().take(room).cloned());
    }
}
