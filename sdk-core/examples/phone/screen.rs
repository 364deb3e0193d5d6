//! The phone driven by a person: a list of threads, a thread, a line of keys at the bottom. Made for 80 by 24.

use std::io::{Stdout, Write as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, queue, terminal};
use tidings_sdk_core::protocol::id::MessageId;
use tidings_sdk_core::{
    Client, Clock as _, Content, Conversation, ConversationItem, ListDiff, MessageItem, Network, SendState,
    Subscription, SyncState, SystemClock, Timeline, Typing,
};
use tokio::runtime::Runtime;

use crate::list::apply;
use crate::model;
use crate::text::{fit, tail, width_of, wrap};

/// What reaches the screen.
enum Input {
    Terminal(Event),
    Threads(Vec<ListDiff<ConversationItem>>),
    /// Of the opening with this number: what an earlier one still says is about another list.
    Messages(u64, Vec<ListDiff<MessageItem>>),
    State(SyncState),
    Unread(i64),
    Typing(u64, Typing),
    TerminalLost,
}

/// An open thread.
struct Open {
    number: u64,
    thread: Conversation,
    timeline: Timeline,
    title: String,
    messages: Vec<MessageItem>,
    typing: Option<String>,
    draft: String,
    /// The message that the draft answers, and what it is called while it is written.
    quoting: Option<(MessageId, String)>,
    /// Lines scrolled up from the newest.
    scroll: usize,
    _watching: (Subscription, Subscription),
}

impl Open {
    /// Quotes the newest message; then the one before it, and so on; after the first, none.
    fn quote_older(&mut self) {
        let quoted = self.quoting.take();
        let place = quoted.and_then(|(id, _)| self.messages.iter().position(|item| item.id == id));
        let next = self.messages[..place.unwrap_or(self.messages.len())].iter().rfind(|item| !item.deleted);
        self.quoting = next.map(|item| (item.id, format!("\u{201c}{}\u{201d} ", model::words(item))));
    }
}

struct Screen<'a> {
    runtime: &'a Runtime,
    client: &'a Client,
    inputs: Sender<Input>,
    clock: SystemClock,
    /// How often a thread was opened.
    openings: u64,
    threads: Vec<ConversationItem>,
    selected: usize,
    state: SyncState,
    unread: i64,
    network: Network,
    open: Option<Open>,
    /// A title being typed for a new thread.
    naming: Option<String>,
    notice: String,
}

/// Whether to go on.
#[derive(PartialEq)]
enum Next {
    Stay,
    Quit,
}

/// Gives the terminal back as it was, whatever happens.
struct Terminal(Stdout);

impl Terminal {
    fn enter() -> std::io::Result<Self> {
        terminal::enable_raw_mode()?;
        let mut out = std::io::stdout();
        queue!(out, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        out.flush()?;
        Ok(Self(out))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // There is nowhere left to report to.
        drop(queue!(self.0, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show));
        drop(self.0.flush());
        drop(terminal::disable_raw_mode());
    }
}

pub(crate) fn run(runtime: &Runtime, client: &Client) -> anyhow::Result<()> {
    let (inputs, incoming) = channel();
    let _watching = watch(client, &inputs);
    let keys = inputs.clone();
    // Ends with the process: reading a terminal cannot be called off.
    std::thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            if keys.send(Input::Terminal(event)).is_err() {
                return;
            }
        }
        drop(keys.send(Input::TerminalLost));
    });
    let clock = {
        let _inside = runtime.enter();
        SystemClock::default()
    };
    let mut screen = Screen {
        runtime,
        client,
        inputs,
        clock,
        openings: 0,
        threads: Vec::new(),
        selected: 0,
        state: client.sync_state(),
        unread: 0,
        network: Network::Available,
        open: None,
        naming: None,
        notice: String::new(),
    };
    let mut terminal = Terminal::enter()?;
    screen.main(&mut terminal.0, &incoming)
}

fn watch(client: &Client, inputs: &Sender<Input>) -> [Subscription; 3] {
    // A screen that is gone needs no news.
    let (threads, state, unread) = (inputs.clone(), inputs.clone(), inputs.clone());
    [
        client.observe_conversations(move |steps| drop(threads.send(Input::Threads(steps)))),
        client.observe_sync_state(move |new| drop(state.send(Input::State(new)))),
        client.observe_unread(move |count| drop(unread.send(Input::Unread(count)))),
    ]
}

impl Screen<'_> {
    fn main(&mut self, out: &mut Stdout, incoming: &Receiver<Input>) -> anyhow::Result<()> {
        loop {
            self.draw(out)?;
            let mut next = match self.next_input(incoming) {
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => Next::Stay,
                Err(error) => return Err(error.into()),
            };
            // Everything that is there already, before drawing again.
            while let (Next::Stay, Ok(input)) = (&next, incoming.try_recv()) {
                next = self.take(input);
            }
            if next == Next::Quit {
                return Ok(());
            }
        }
    }

    /// Waits for news; while a wait is counted down, no longer than a second.
    fn next_input(&self, incoming: &Receiver<Input>) -> Result<Input, RecvTimeoutError> {
        if matches!(self.state, SyncState::Waiting { .. }) {
            incoming.recv_timeout(Duration::from_secs(1))
        } else {
            incoming.recv().map_err(|_| RecvTimeoutError::Disconnected)
        }
    }

    /// How the phone stands to the server, in the corner of the screen.
    fn status(&self) -> String {
        let SyncState::Waiting { retry_at_ms } = self.state else {
            return model::connection(&self.state).to_owned();
        };
        match (retry_at_ms - self.clock.wall_ms()) / 1000 {
            seconds @ 1.. => format!("no server, next try in {seconds} s, ^T: now"),
            _ => "no server, trying again".to_owned(),
        }
    }

    fn take(&mut self, input: Input) -> Next {
        match input {
            Input::TerminalLost => return Next::Quit,
            Input::Terminal(Event::Key(key)) if key.kind == KeyEventKind::Press => return self.key(key),
            Input::Terminal(Event::Paste(text)) => {
                text.chars().for_each(|c| self.typed(if c.is_whitespace() { ' ' } else { c }));
            }
            Input::Terminal(_) => {}
            Input::Threads(steps) => {
                apply(&mut self.threads, steps);
                self.selected = self.selected.min(self.threads.len().saturating_sub(1));
            }
            Input::State(state) => self.state = state,
            Input::Unread(count) => self.unread = count,
            Input::Messages(number, steps) => {
                if let Some(open) = self.open.as_mut().filter(|open| open.number == number) {
                    apply(&mut open.messages, steps);
                    // It is on the screen, so it is read.
                    let read = self.runtime.block_on(open.thread.mark_read());
                    self.check(read);
                }
            }
            Input::Typing(number, typing) => {
                if let Some(open) = self.open.as_mut().filter(|open| open.number == number) {
                    open.typing = typing.agent_name;
                }
            }
        }
        Next::Stay
    }

    fn check<T>(&mut self, result: Result<T, tidings_sdk_core::Error>) -> Option<T> {
        result.map_err(|error| error.message().clone_into(&mut self.notice)).ok()
    }

    fn key(&mut self, key: KeyEvent) -> Next {
        self.notice.clear();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return Next::Quit,
            KeyCode::Char('o') if control => self.toggle_network(),
            // Good news about the network cuts a wait short.
            KeyCode::Char('t') if control => self.client.set_network(self.network),
            _ if self.naming.is_some() => self.naming_key(key),
            _ if self.open.is_some() => self.thread_key(key),
            _ => return self.list_key(key),
        }
        Next::Stay
    }

    fn list_key(&mut self, key: KeyEvent) -> Next {
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return Next::Quit,
            KeyCode::Char('o') => self.toggle_network(),
            KeyCode::Char('n') => self.naming = Some(String::new()),
            KeyCode::Up | KeyCode::Char('k') => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                self.selected = (self.selected + 1).min(self.threads.len().saturating_sub(1));
            }
            KeyCode::Enter => {
                if let Some(item) = self.threads.get(self.selected) {
                    let thread = self.client.conversation(item.id);
                    if let Some(thread) = self.check(thread) {
                        self.enter(thread);
                    }
                }
            }
            _ => {}
        }
        Next::Stay
    }

    fn naming_key(&mut self, key: KeyEvent) {
        match key.code {
            KeyCode::Esc => self.naming = None,
            KeyCode::Enter => {
                let title = self.naming.take().filter(|title| !title.trim().is_empty());
                let started = self.runtime.block_on(self.client.start_conversation(title));
                if let Some(thread) = self.check(started) {
                    self.enter(thread);
                }
            }
            KeyCode::Backspace => drop(self.naming.as_mut().and_then(String::pop)),
            KeyCode::Char(c) => self.typed(c),
            _ => {}
        }
    }

    fn thread_key(&mut self, key: KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let Some(open) = &mut self.open else { return };
        match key.code {
            KeyCode::Esc => self.open = None,
            KeyCode::Enter => self.send(),
            KeyCode::Backspace => drop(open.draft.pop()),
            KeyCode::Up => open.scroll += 1,
            KeyCode::Down => open.scroll = open.scroll.saturating_sub(1),
            KeyCode::PageDown => open.scroll = open.scroll.saturating_sub(10),
            KeyCode::PageUp => self.older(),
            KeyCode::Char('r') if control => self.refused(Refused::Retry),
            KeyCode::Char('d') if control => self.refused(Refused::Discard),
            KeyCode::Char('q') if control => open.quote_older(),
            KeyCode::Char(c) if !control => self.typed(c),
            _ => {}
        }
    }

    fn typed(&mut self, c: char) {
        if c.is_control() {
            return;
        }
        if let Some(name) = &mut self.naming {
            name.push(c);
        } else if let Some(open) = &mut self.open {
            open.draft.push(c);
            open.thread.typing();
        }
    }

    fn toggle_network(&mut self) {
        self.network =
            if self.network == Network::Available { Network::Unavailable } else { Network::Available };
        self.client.set_network(self.network);
    }

    fn enter(&mut self, thread: Conversation) {
        self.openings += 1;
        let number = self.openings;
        let timeline = thread.timeline();
        let (messages, typing) = (self.inputs.clone(), self.inputs.clone());
        let watching = (
            timeline.observe(move |steps| drop(messages.send(Input::Messages(number, steps)))),
            thread.observe_typing(move |who| drop(typing.send(Input::Typing(number, who)))),
        );
        let title =
            self.runtime.block_on(thread.info()).map_or_else(|_| String::new(), |item| model::title(&item));
        self.open = Some(Open {
            number,
            thread,
            timeline,
            title,
            messages: Vec::new(),
            typing: None,
            draft: String::new(),
            quoting: None,
            scroll: 0,
            _watching: watching,
        });
    }

    fn send(&mut self) {
        let Some(open) = &mut self.open else { return };
        if open.draft.trim().is_empty() {
            return;
        }
        open.scroll = 0;
        let words = vec![Content::Text(open.draft.clone())];
        let sent = self.runtime.block_on(async {
            match &open.quoting {
                Some((quoted, _)) => open.thread.send_quoting(*quoted, words).await,
                None => open.thread.send_contents(words).await,
            }
        });
        // What was not accepted stays in the line.
        if sent.is_ok() {
            open.draft.clear();
            open.quoting = None;
        }
        self.check(sent);
    }

    fn older(&mut self) {
        let Some(open) = &mut self.open else { return };
        open.scroll += 10;
        let loaded = self.runtime.block_on(open.timeline.load_older());
        self.check(loaded);
    }

    fn refused(&mut self, what: Refused) {
        let Some(open) = &self.open else { return };
        let failed = |item: &&MessageItem| matches!(item.state, Some(SendState::Failed(_)));
        let Some(id) = open.messages.iter().rev().find(failed).map(|item| item.id) else {
            "nothing here was refused".clone_into(&mut self.notice);
            return;
        };
        let done = self.runtime.block_on(async {
            match what {
                Refused::Retry => open.thread.retry(id).await.map(drop),
                Refused::Discard => open.thread.discard(id).await.map(drop),
            }
        });
        self.check(done);
    }

    fn draw(&mut self, out: &mut Stdout) -> anyhow::Result<()> {
        let (width, height) = terminal::size()?;
        let (width, height) = (usize::from(width.max(20)), usize::from(height.max(6)));
        let threads = if self.threads.len() == 1 { "thread" } else { "threads" };
        let head = match &self.open {
            Some(open) => format!(" {} ", open.title),
            None => format!(" Tidings phone - {} {threads}, {} unread ", self.threads.len(), self.unread),
        };
        let state = format!(" {} ", self.status());
        let room = width.saturating_sub(width_of(&state));
        bar(out, 0, &format!("{}{state}", fit(&head, room)), width)?;
        let body = match &mut self.open {
            Some(open) => thread_lines(open, width, height - 4),
            None => thread_list(&self.threads, self.selected, width, height - 4),
        };
        for row in 0..height - 4 {
            line(out, row + 1, body.get(row).map_or("", String::as_str), width)?;
        }
        let prompt = match (&self.naming, &self.open) {
            (Some(name), _) => format!("Title (may stay empty): {}_", tail(name, width.saturating_sub(28))),
            (None, Some(open)) => {
                let answers =
                    open.quoting.as_ref().map_or_else(String::new, |(_, words)| fit(words, width / 3));
                let room = width.saturating_sub(width_of(&answers) + 4);
                format!("{answers}> {}_", tail(&open.draft, room))
            }
            (None, None) => String::new(),
        };
        let typing = self.open.as_ref().and_then(|open| open.typing.clone());
        let notice = if self.notice.is_empty() {
            typing.map(|name| format!("{} is writing ...", model::plain(&name))).unwrap_or_default()
        } else {
            format!("! {}", model::plain(&self.notice))
        };
        line(out, height - 3, &notice, width)?;
        line(out, height - 2, &prompt, width)?;
        let network = if self.network == Network::Available { "go offline" } else { "go online" };
        let keys = match (&self.naming, &self.open) {
            (Some(_), _) => " Enter start  Esc back".to_owned(),
            (None, Some(_)) => {
                format!(" Enter send  PgUp older  ^Q quote  ^R retry  ^D discard  ^O {network}  Esc back")
            }
            (None, None) => format!(" Up/Down choose  Enter open  n new  o {network}  q quit"),
        };
        bar(out, height - 1, &keys, width)?;
        Ok(out.flush()?)
    }
}

#[derive(Clone, Copy)]
enum Refused {
    Retry,
    Discard,
}

fn thread_list(threads: &[ConversationItem], selected: usize, width: usize, rows: usize) -> Vec<String> {
    if threads.is_empty() {
        return vec![String::new(), "  Nothing here yet. Press n to start a conversation.".to_owned()];
    }
    // Two lines a thread; the selected one stays in sight.
    let first = (selected + 1).saturating_sub(rows / 2);
    let mut lines = Vec::new();
    for (at, item) in threads.iter().enumerate().skip(first) {
        let mark = if at == selected { '>' } else { ' ' };
        let unread = if item.unread > 0 { format!(" ({} unread)", item.unread) } else { String::new() };
        lines.push(fit(&format!("{mark} {}{unread}", model::title(item)), width));
        lines.push(fit(&format!("    {}", model::preview(item)), width));
    }
    lines
}

fn thread_lines(open: &mut Open, width: usize, rows: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for item in &open.messages {
        let state = model::state(item);
        let state = if state.is_empty() { state } else { format!("  [{state}]") };
        let text = format!("{}: {}{}{state}", model::author(item), model::quote(item), model::words(item));
        lines.extend(wrap(&text, width));
    }
    if lines.is_empty() {
        lines.push("  No messages yet. Write one.".to_owned());
    }
    let most = lines.len().saturating_sub(rows);
    open.scroll = open.scroll.min(most);
    let end = lines.len() - open.scroll;
    lines[end.saturating_sub(rows)..end].to_vec()
}

fn line(out: &mut Stdout, row: usize, text: &str, width: usize) -> std::io::Result<()> {
    let row = u16::try_from(row).unwrap_or(u16::MAX);
    queue!(out, cursor::MoveTo(0, row), Clear(ClearType::CurrentLine), Print(fit(text, width)))
}

fn bar(out: &mut Stdout, row: usize, text: &str, width: usize) -> std::io::Result<()> {
    let row = u16::try_from(row).unwrap_or(u16::MAX);
    queue!(out, cursor::MoveTo(0, row), SetAttribute(Attribute::Reverse), Print(fit(text, width)))?;
    queue!(out, SetAttribute(Attribute::Reset))
}
