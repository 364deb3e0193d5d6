//! The marks by which agents set words off: a small subset of Markdown, read without ever failing.
//!
//! A text is stored and sent as it was typed; this is how it is *shown*. Words of agents, of the company's own systems and
//! of notes are read by [`blocks`], words of users by [`as_typed`], which finds addresses and nothing else. Where only
//! letters are shown - a push, a list, a screen reader - [`plain`] takes the marks away. `docs/markup.md` has the grammar in
//! prose; `web/src/words/markup.ts` is its twin for browsers, and `protocol/fixtures/markup/texts.json` is replayed by both.
//!
//! Each line is read once from left to right, so the time is linear in the text whatever it holds, and nothing nests.

mod line;

/// What stands by itself in a text, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Lines as they were typed, with `\n` between them.
    Paragraph {
        /// What they say.
        runs: Vec<Run>,
    },
    /// One line of a list without numbers; those that follow each other are one list.
    Bullet {
        /// What it says.
        runs: Vec<Run>,
    },
    /// One line of a list with numbers.
    Number {
        /// Its number, as it was typed: 1 to 999.
        number: u32,
        /// What it says.
        runs: Vec<Run>,
    },
    /// Lines that quote somebody, with `\n` between them.
    Quote {
        /// What they say.
        runs: Vec<Run>,
    },
    /// Lines of code, with `\n` between them, in which nothing is a mark.
    Code {
        /// What they hold.
        text: String,
    },
}

/// Letters that look alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The letters, at least one.
    pub text: String,
    /// Whether they are strong.
    pub strong: bool,
    /// Whether they are emphasised.
    pub emphasis: bool,
    /// Whether they are code.
    pub code: bool,
    /// Where they lead: an address that begins with `http://`, `https://`, `mailto:` or `tel:`.
    pub link: Option<String>,
}

impl Run {
    /// Its letters, and the whole address where they say no more of it than the host.
    fn with_address(&self) -> String {
        let Some((link, place)) = self.link.as_deref().and_then(|link| Some((link, line::place(link)?)))
        else {
            return self.text.clone();
        };
        // Of a mail box nothing is left out.
        if self.text == link || !link.contains("//") {
            return self.text.clone();
        }
        let words = self.text.strip_suffix(&format!(" ({place})"));
        words.map_or_else(|| link.to_owned(), |words| format!("{words} ({link})"))
    }
}

impl Block {
    /// Its letters, without any mark but the number or the dash of a line of a list.
    fn plain(&self, letters_of: impl Fn(&Run) -> String) -> String {
        let letters = |runs: &[Run]| runs.iter().map(&letters_of).collect::<String>();
        match self {
            Self::Paragraph { runs } | Self::Quote { runs } => letters(runs),
            Self::Bullet { runs } => format!("- {}", letters(runs)),
            Self::Number { number, runs } => format!("{number}. {}", letters(runs)),
            Self::Code { text } => text.clone(),
        }
    }
}

/// Reads the marks of a text. What is not quite a mark is shown as it was typed; a text without marks is one paragraph of
/// one run.
pub fn blocks(text: &str) -> Vec<Block> {
    let text = text.replace("\r\n", "\n");
    let may_name = !text.contains(line::TURNS);
    let mut reader = Reader { lines: text.split('\n').collect(), may_name, blocks: Vec::new() };
    reader.read();
    reader.blocks
}

/// Shows a text as it was typed: one paragraph, in which only addresses are more than letters.
pub fn as_typed(text: &str) -> Vec<Block> {
    let mut runs = Vec::new();
    line::addresses(text, &mut runs);
    if runs.is_empty() { Vec::new() } else { vec![Block::Paragraph { runs }] }
}

/// The letters of a text without its marks, for where nothing but letters can be shown. Never longer than the text.
pub fn plain(text: &str) -> String {
    letters(text, |run| run.text.clone())
}

/// So, with the whole address of each link: for where nothing can be tapped but an address that is read, such as an e-mail.
pub fn plain_with_addresses(text: &str) -> String {
    letters(text, Run::with_address)
}

fn letters(text: &str, letters_of: impl Fn(&Run) -> String) -> String {
    blocks(text).iter().map(|block| block.plain(&letters_of)).collect::<Vec<_>>().join("\n")
}

const FENCE: &str = "```";

/// Whether code may begin here: three backticks, and at most a word that names its language.
fn is_fence(line: &str) -> bool {
    line.strip_prefix(FENCE).is_some_and(|rest| {
        rest.trim_end().chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '#' | '-'))
    })
}

fn has_letters(text: &str) -> bool {
    !text.trim().is_empty()
}

/// What a line quotes.
fn quoted(line: &str) -> Option<&str> {
    if line == ">" { Some("") } else { line.strip_prefix("> ") }
}

/// The number of a line, and what comes after it.
fn numbered(line: &str) -> Option<(u32, &str)> {
    let (number, rest) = line.split_once(". ")?;
    let is_number = (1..=3).contains(&number.len())
        && number.bytes().all(|digit| digit.is_ascii_digit())
        && !number.starts_with('0');
    if is_number && has_letters(rest) { Some((number.parse().ok()?, rest)) } else { None }
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    /// Whether addresses may have words of their own.
    may_name: bool,
    blocks: Vec<Block>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let count = self.lines.len();
        let ends: Vec<usize> = (0..count).filter(|&at| self.lines[at].trim_end() == FENCE).collect();
        // Each is passed once.
        let mut ends = ends.into_iter().peekable();
        let (mut at, mut plain) = (0, 0);
        while at < count {
            while ends.next_if(|&end| end <= at).is_some() {}
            match self.block(at, ends.peek().copied()) {
                Some((block, next)) => {
                    self.paragraph(plain, at);
                    self.blocks.push(block);
                    (at, plain) = (next, next);
                }
                None => at += 1,
            }
        }
        self.paragraph(plain, count);
    }

    /// What is more than a paragraph and begins at a line, and where it is over. `end`: the next line where code may end.
    fn block(&self, at: usize, end: Option<usize>) -> Option<(Block, usize)> {
        let line = self.lines[at];
        if is_fence(line) {
            let end = end?;
            let code = &self.lines[at + 1..end];
            let is_seen = code.iter().any(|line| has_letters(line));
            return is_seen.then(|| (Block::Code { text: code.join("\n") }, end + 1));
        }
        if let Some(rest) = quoted(line).filter(|rest| has_letters(rest)) {
            let more = self.lines[at + 1..].iter().map_while(|line| quoted(line));
            let said: Vec<&str> = std::iter::once(rest).chain(more).collect();
            return Some((Block::Quote { runs: self.runs(&said) }, at + said.len()));
        }
        if let Some(rest) = line.strip_prefix("- ").filter(|rest| has_letters(rest)) {
            return Some((Block::Bullet { runs: self.runs(&[rest]) }, at + 1));
        }
        let (number, rest) = numbered(line)?;
        Some((Block::Number { number, runs: self.runs(&[rest]) }, at + 1))
    }

    /// The lines between two blocks, if there are any. The empty ones beside a block go: how far blocks stand apart is a
    /// matter of who shows them.
    fn paragraph(&mut self, from: usize, to: usize) {
        let (mut start, mut end) = (from, to);
        while from > 0 && start < end && !has_letters(self.lines[start]) {
            start += 1;
        }
        while to < self.lines.len() && start < end && !has_letters(self.lines[end - 1]) {
            end -= 1;
        }
        let said: Vec<&str> = self.lines[start..end].iter().map(|line| as_a_line(line)).collect();
        let runs = self.runs(&said);
        if !runs.is_empty() {
            self.blocks.push(Block::Paragraph { runs });
        }
    }

    fn runs(&self, lines: &[&str]) -> Vec<Run> {
        let mut runs = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                line::push(&mut runs, "\n", &Run::default());
            }
            line::read(line, self.may_name, &mut runs);
        }
        runs
    }
}

/// A backslash keeps a line from being one of a list or a quote, and is not shown.
fn as_a_line(line: &str) -> &str {
    line.strip_prefix('\\').filter(|rest| begins_block(rest)).unwrap_or(line)
}

fn begins_block(line: &str) -> bool {
    quoted(line).is_some() || line.starts_with("- ") || numbered(line).is_some()
}

#[cfg(test)]
mod tests;
