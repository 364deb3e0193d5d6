//! What to measure, how long and how large.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use crate::scene::Database;

/// One thing that can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The generator against a server that does nothing.
    Generator,
    /// Acknowledged sends, in turns with the floor.
    Sends,
    /// From the send, and from its acknowledgement, to the other side's socket.
    Delivery,
    /// A phone that was away.
    Catchup,
    /// Pages of a long conversation.
    History,
    /// Sockets on which nothing happens.
    Idle,
    /// From the start to the first answer, and memory then.
    Start,
    /// Sends into ten and a hundred times as much, in turns with the little.
    Scale,
}

impl Measure {
    /// All, in the order in which they run.
    pub const ALL: [Self; 8] = [
        Self::Generator,
        Self::Sends,
        Self::Delivery,
        Self::Catchup,
        Self::History,
        Self::Idle,
        Self::Start,
        Self::Scale,
    ];

    /// As `--measure` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Sends => "sends",
            Self::Delivery => "delivery",
            Self::Catchup => "catchup",
            Self::History => "history",
            Self::Idle => "idle",
            Self::Start => "start",
            Self::Scale => "scale",
        }
    }
}

/// How long and how large.
#[derive(Debug, Clone)]
pub struct Size {
    /// How many senders at once.
    pub senders: Vec<usize>,
    /// How long each of them sends in each round.
    pub sending: Duration,
    /// How often floor and databases take turns; the middle of the rounds counts.
    pub rounds: usize,
    /// How long each delivery takes.
    pub delivering: Duration,
    /// How often a phone comes back.
    pub catchups: u32,
    /// Messages in the long conversation.
    pub history: usize,
    /// How often each page is fetched.
    pub pages: u32,
    /// Idle sockets.
    pub sockets: Vec<usize>,
    /// How often the server is started.
    pub starts: usize,
    /// How long idle sockets are watched.
    pub watch: Duration,
    /// Conversations, of a hundred messages each, that ten and a hundred times as much is compared with.
    pub little: u32,
}

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// On which databases.
    pub databases: Vec<Database>,
    /// What; all if nothing was named.
    pub measures: Vec<Measure>,
    /// How much of it.
    pub size: Size,
    /// Whether the last line is the whole result as JSON.
    pub json: bool,
    /// The document whose figures are replaced, if any.
    pub page: Option<PathBuf>,
    /// Where files go, on a disk.
    pub results: PathBuf,
}

impl Options {
    /// From the arguments of the program.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self {
            databases: Database::ALL.to_vec(),
            measures: Vec::new(),
            size: full(),
            json: false,
            page: None,
            results: PathBuf::from("target/bench"),
        };
        let (mut senders, mut seconds, mut rounds) = (Vec::new(), None, None);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--quick" => options.size = quick(),
                "--json" => options.json = true,
                "--page" => options.page = Some(value()?.into()),
                "--results" => options.results = value()?.into(),
                "--only" => options.databases = database(&value()?)?,
                "--measure" => options.measures.push(measure(&value()?)?),
                "--senders" => senders.push(number(&argument, &value()?)?),
                "--seconds" => seconds = Some(number(&argument, &value()?)?),
                "--rounds" => rounds = Some(number(&argument, &value()?)?),
                other => bail!("bench does not know {other:?}"),
            }
        }
        if options.measures.is_empty() {
            options.measures = Measure::ALL.to_vec();
        }
        let size = &mut options.size;
        if !senders.is_empty() {
            size.senders = senders;
        }
        size.rounds = rounds.unwrap_or(size.rounds);
        if let Some(seconds) = seconds {
            size.sending = Duration::from_secs(u64::try_from(seconds)?);
            size.delivering = size.sending;
        }
        Ok(options)
    }

    /// Whether this was asked for.
    pub fn wants(&self, measure: Measure) -> bool {
        self.measures.contains(&measure)
    }
}

/// The command that a person types for the same; where its results go is no part of it.
pub fn command(start: &str, arguments: &[String]) -> String {
    let place = arguments.iter().position(|argument| argument == "--results").unwrap_or(arguments.len());
    let shown = arguments.iter().enumerate().filter(|(at, _)| *at != place && *at != place + 1);
    let words = shown.map(|(_, argument)| argument.as_str());
    std::iter::once(start).chain(words).collect::<Vec<_>>().join(" ")
}

fn full() -> Size {
    Size {
        senders: vec![1, 16, 64],
        sending: Duration::from_secs(4),
        rounds: 5,
        delivering: Duration::from_secs(20),
        catchups: 40,
        history: 100_000,
        pages: 100,
        sockets: vec![1_000, 5_000],
        starts: 7,
        watch: Duration::from_secs(20),
        little: 100,
    }
}

fn quick() -> Size {
    Size {
        senders: vec![1, 16, 64],
        sending: Duration::from_secs(1),
        rounds: 3,
        delivering: Duration::from_secs(4),
        catchups: 5,
        history: 5_000,
        pages: 20,
        sockets: vec![500],
        starts: 3,
        watch: Duration::from_secs(3),
        little: 20,
    }
}

fn database(name: &str) -> anyhow::Result<Vec<Database>> {
    let found = Database::ALL.into_iter().find(|database| database.name() == name);
    Ok(vec![found.with_context(|| format!("there is no database {name:?}; there are sqlite and postgres"))?])
}

fn measure(name: &str) -> anyhow::Result<Measure> {
    let found = Measure::ALL.into_iter().find(|measure| measure.name() == name);
    found.with_context(|| {
        let names = Measure::ALL.map(Measure::name).join(", ");
        format!("there is nothing to measure called {name:?}; there are {names}")
    })
}

fn number(argument: &str, value: &str) -> anyhow::Result<usize> {
    let number = value.parse().with_context(|| format!("{argument} needs a number, not {value:?}"))?;
    ensure!(number > 0, "{argument} needs at least 1");
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> anyhow::Result<Options> {
        Options::parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn one_measure_of_one_database_can_be_asked_for() {
        let options = parse("--only sqlite --measure sends --senders 64 --seconds 5 --rounds 2").unwrap();
        assert_eq!(options.databases, [Database::Sqlite]);
        assert!(options.wants(Measure::Sends) && !options.wants(Measure::Idle));
        assert_eq!((options.size.senders, options.size.rounds), (vec![64], 2));
        assert_eq!(options.size.sending, Duration::from_secs(5));
    }

    #[test]
    fn the_command_says_nothing_of_the_machine() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(command("bench", &words("--quick --results /tmp/x --json")), "bench --quick --json");
        assert_eq!(command("bench", &words("--quick")), "bench --quick");
    }

    #[test]
    fn what_is_given_beside_quick_holds_in_either_order() {
        for words in ["--quick --rounds 9", "--rounds 9 --quick"] {
            assert_eq!(parse(words).unwrap().size.rounds, 9);
        }
        assert_eq!(parse("").unwrap().measures, Measure::ALL);
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_name() {
        for words in
            ["--only mysql", "--measure dreams", "--senders none", "--rounds 0", "--fast", "--seconds"]
        {
            let error = parse(words).unwrap_err().to_string();
            let last = words.split_whitespace().last().unwrap();
            assert!(error.contains(last) || error.contains("--rounds"), "{error}");
        }
    }
}
