//! The phone driven by lines of text.
//!
//! ```text
//! new TITLE     start a thread, and open it       list          the threads
//! open NUMBER   open a thread of the list         show          the open thread's messages
//! send TEXT     write into it                     read          the same, and mark them read
//! quote TEXT    the same, answering the newest
//! photo PATH [TEXT], place LATITUDE LONGITUDE [LABEL]   the same with a file, with a place on the map
//! answer place LATITUDE LONGITUDE, answer roughly LATITUDE LONGITUDE, answer photo PATH, decline TEXT   what was asked for last
//! screen NAME   be on a screen of the app         field KEY TEXT, about KEY TEXT   of the thread, of the user
//! wait WHAT     sent, seen, reply, live, offline, look  offline, online
//! look          how the company wants the app to look
//! retry, discard  what was refused                sleep MS, quit
//! ```
//! `wait` gives up after 30 seconds; a number after it says otherwise. A line that fails ends the program with status 1.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tidings_sdk_core::protocol::id::MessageId;
use tidings_sdk_core::{
    Appearance, Author, Client, Content, Conversation, Field, FieldValue, FileToSend, MessageItem, Network,
    Place, Point, Precision, Screen, SendState, SyncState,
};
use tokio::runtime::Runtime;

use crate::model;

struct Script<'a> {
    client: &'a Client,
    open: Option<Conversation>,
    /// Replies that were there when the last one was waited for.
    replies: usize,
    /// What the app looked like when it was last looked at.
    look: Appearance,
}

pub(crate) fn run(
    runtime: &Runtime,
    client: &Client,
    lines: impl Iterator<Item = std::io::Result<String>>,
) -> anyhow::Result<()> {
    let mut script = Script { client, open: None, replies: 0, look: Appearance::default() };
    for (number, line) in lines.enumerate() {
        let line = line?;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "quit" {
            break;
        }
        let done = runtime.block_on(script.line(line));
        done.with_context(|| format!("line {}: {line}", number + 1))?;
    }
    Ok(())
}

/// `KEY TEXT`.
fn field(text: &str) -> anyhow::Result<Field> {
    let (key, text) = text.split_once(' ').context("a field needs a key and a text")?;
    Ok(Field { key: key.to_owned(), value: FieldValue::Text(text.to_owned()) })
}

/// `PATH [TEXT]`.
fn photo(text: &str) -> Vec<Content> {
    let (path, words) = text.split_once(' ').unwrap_or((text, ""));
    let words = (!words.is_empty()).then(|| Content::Text(words.to_owned()));
    words.into_iter().chain([Content::File(FileToSend::at(path))]).collect()
}

/// `LATITUDE LONGITUDE [LABEL]`.
fn place(text: &str) -> anyhow::Result<Content> {
    let mut words = text.splitn(3, ' ');
    let mut degrees =
        || words.next().context("a place needs a latitude and a longitude")?.parse().context("no degrees");
    let point = Point { latitude: degrees()?, longitude: degrees()?, accuracy_m: None };
    let label = words.next().map(str::to_owned);
    Ok(Content::Place(Place { point: Some(point), label, ..Place::default() }))
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

impl Script<'_> {
    async fn line(&mut self, line: &str) -> anyhow::Result<()> {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match command {
            "new" => {
                let title = (!rest.is_empty()).then(|| rest.to_owned());
                let thread = self.client.start_conversation(title).await?;
                say(&format!("started {}", thread.id()))?;
                self.enter(thread);
            }
            "open" => self.open(rest).await?,
            "send" => {
                let id = self.thread().await?.send_text(rest).await?;
                say(&format!("accepted {id}"))?;
            }
            "quote" => {
                let newest = self.messages().await?.pop().context("there is nothing to quote")?.id;
                let words = vec![Content::Text(rest.to_owned())];
                let id = self.thread().await?.send_quoting(newest, words).await?;
                say(&format!("accepted {id}"))?;
            }
            "photo" => self.send(photo(rest)).await?,
            "place" => self.send(vec![place(rest)?]).await?,
            "answer" => self.answer(rest).await?,
            "decline" => {
                let asked = self.asked().await?;
                let id = self.thread().await?.decline_request(asked, rest).await?;
                say(&format!("accepted {id}"))?;
            }
            "screen" => {
                let screen = Screen { name: rest.to_owned(), title: None, detail: None };
                self.client.set_screen(Some(screen))?;
            }
            "field" => self.thread().await?.set_fields(vec![field(rest)?]).await?,
            "about" => self.client.set_user_fields(vec![field(rest)?]).await?,
            "list" => self.list().await?,
            "show" => self.show().await?,
            "read" => {
                self.show().await?;
                self.thread().await?.mark_read().await?;
            }
            "look" => self.look().await?,
            "offline" => self.client.set_network(Network::Unavailable),
            "online" => self.client.set_network(Network::Available),
            "wait" => self.wait(rest).await?,
            "retry" | "discard" => self.refused(command).await?,
            "sleep" => tokio::time::sleep(Duration::from_millis(rest.parse()?)).await,
            _ => bail!("there is no such command"),
        }
        Ok(())
    }

    async fn send(&mut self, contents: Vec<Content>) -> anyhow::Result<()> {
        let id = self.thread().await?.send_contents(contents).await?;
        say(&format!("accepted {id}"))
    }

    /// The newest message that asks for something.
    async fn asked(&mut self) -> anyhow::Result<MessageId> {
        let asks = |item: &&MessageItem| item.parts.iter().any(|part| part.as_request().is_some());
        let asked = self.messages().await?.iter().rfind(asks).map(|item| item.id);
        asked.context("nothing was asked for")
    }

    async fn answer(&mut self, rest: &str) -> anyhow::Result<()> {
        let contents = match rest.split_once(' ').context("answer needs a place or a photo")? {
            ("photo", path) => photo(path),
            ("place", degrees) => vec![place(degrees)?],
            ("roughly", degrees) => vec![match place(degrees)? {
                Content::Place(exact) => Content::Place(Place { precision: Precision::Rounded, ..exact }),
                other => other,
            }],
            _ => bail!("answer with place, roughly or photo"),
        };
        let asked = self.asked().await?;
        let id = self.thread().await?.send_quoting(asked, contents).await?;
        say(&format!("accepted {id}"))
    }

    async fn look(&mut self) -> anyhow::Result<()> {
        self.look = self.client.appearance().await?;
        let Appearance { name, accent, greeting, logo } = &self.look;
        let accent = accent.map(|accent| format!("#{:06x}", accent.colour));
        let logo = logo.as_ref().map(|logo| format!("a logo of {} bytes", logo.len()));
        let parts = [name.as_ref(), accent.as_ref(), greeting.as_ref(), logo.as_ref()];
        let parts: Vec<&str> = parts.into_iter().map(|part| part.map_or("-", String::as_str)).collect();
        say(&format!("looks like {}", parts.join(" | ")))
    }

    fn enter(&mut self, thread: Conversation) {
        self.open = Some(thread);
        self.replies = 0;
    }

    /// The open thread, or the newest, or a new one.
    async fn thread(&mut self) -> anyhow::Result<Conversation> {
        if let Some(thread) = &self.open {
            return Ok(thread.clone());
        }
        let newest = self.client.conversations().await?.first().map(|item| item.id);
        let thread = match newest {
            Some(id) => self.client.conversation(id)?,
            None => self.client.start_conversation(None).await?,
        };
        self.enter(thread.clone());
        Ok(thread)
    }

    async fn open(&mut self, number: &str) -> anyhow::Result<()> {
        let number: usize = number.parse().context("open needs the number of a thread in the list")?;
        let list = self.client.conversations().await?;
        let item = number.checked_sub(1).and_then(|at| list.get(at)).context("there is no such thread")?;
        self.enter(self.client.conversation(item.id)?);
        Ok(())
    }

    async fn list(&self) -> anyhow::Result<()> {
        let list = self.client.conversations().await?;
        say(&format!(
            "{} threads, {} unread, {}",
            list.len(),
            self.client.unread().await?,
            self.connection()
        ))?;
        for (at, item) in list.iter().enumerate() {
            say(&format!(
                "{} ({} unread) {} | {}",
                at + 1,
                item.unread,
                model::title(item),
                model::preview(item)
            ))?;
        }
        Ok(())
    }

    fn connection(&self) -> &'static str {
        model::connection(&self.client.sync_state())
    }

    async fn messages(&mut self) -> anyhow::Result<Vec<MessageItem>> {
        Ok(self.thread().await?.timeline().messages().await?)
    }

    async fn show(&mut self) -> anyhow::Result<()> {
        for item in self.messages().await? {
            let state = model::state(&item);
            let state = if state.is_empty() { state } else { format!(" [{state}]") };
            let quote = model::quote(&item);
            say(&format!("{}: {quote}{}{state}", model::author(&item), model::words(&item)))?;
        }
        Ok(())
    }

    async fn refused(&mut self, command: &str) -> anyhow::Result<()> {
        let thread = self.thread().await?;
        for item in self.messages().await? {
            if matches!(item.state, Some(SendState::Failed(_))) {
                if command == "retry" {
                    thread.retry(item.id).await?;
                } else {
                    thread.discard(item.id).await?;
                }
            }
        }
        Ok(())
    }

    async fn wait(&mut self, what: &str) -> anyhow::Result<()> {
        let (what, seconds) = what.split_once(' ').unwrap_or((what, "30"));
        let deadline = Instant::now() + Duration::from_secs(seconds.trim().parse()?);
        while !self.holds(what).await? {
            if Instant::now() > deadline {
                bail!("not so after {seconds} seconds; the phone is {}", self.connection());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        say(&format!("{what}: yes"))
    }

    async fn holds(&mut self, what: &str) -> anyhow::Result<bool> {
        Ok(match what {
            "live" => self.client.sync_state() == SyncState::Live,
            "offline" => self.client.sync_state() == SyncState::Offline,
            "look" => self.client.appearance().await? != self.look,
            "sent" | "seen" => {
                let sent = |state: &SendState| {
                    matches!(state, SendState::Read) || (what == "sent" && *state == SendState::Sent)
                };
                self.messages().await?.iter().filter_map(|item| item.state.as_ref()).all(sent)
            }
            "reply" => {
                let agents = |item: &&MessageItem| matches!(item.author, Author::Agent { .. });
                let replies = self.messages().await?.iter().filter(agents).count();
                let more = replies > self.replies;
                self.replies = replies.max(self.replies);
                more
            }
            _ => bail!("wait for sent, seen, reply, live, offline or look"),
        })
    }
}
