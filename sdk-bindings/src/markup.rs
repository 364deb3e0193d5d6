//! What words look like.

use tidings_sdk_core::{Block, Run};

/// What stands by itself in a text, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum CoreBlock {
    /// Lines as they were typed.
    Paragraph {
        /// What they say.
        runs: Vec<CoreRun>,
    },
    /// One line of a list without numbers.
    Bullet {
        /// What it says.
        runs: Vec<CoreRun>,
    },
    /// One line of a list with numbers.
    Number {
        /// Its number, as it was typed.
        number: u32,
        /// What it says.
        runs: Vec<CoreRun>,
    },
    /// Lines that quote somebody.
    Quote {
        /// What they say.
        runs: Vec<CoreRun>,
    },
    /// Lines of code.
    Code {
        /// What they hold.
        text: String,
    },
}

/// Letters that look alike.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreRun {
    /// The letters.
    pub text: String,
    /// Whether they are strong.
    pub strong: bool,
    /// Whether they are emphasised.
    pub emphasis: bool,
    /// Whether they are code.
    pub code: bool,
    /// Where they lead: http, https, mailto or tel.
    pub link: Option<String>,
}

impl From<Block> for CoreBlock {
    fn from(block: Block) -> Self {
        let all = |runs: Vec<Run>| runs.into_iter().map(Into::into).collect();
        match block {
            Block::Paragraph { runs } => Self::Paragraph { runs: all(runs) },
            Block::Bullet { runs } => Self::Bullet { runs: all(runs) },
            Block::Number { number, runs } => Self::Number { number, runs: all(runs) },
            Block::Quote { runs } => Self::Quote { runs: all(runs) },
            Block::Code { text } => Self::Code { text },
        }
    }
}

impl From<Run> for CoreRun {
    fn from(run: Run) -> Self {
        let Run { text, strong, emphasis, code, link } = run;
        Self { text, strong, emphasis, code, link }
    }
}
