//! Other programs: run to their end, or kept running and stopped for certain.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::interrupt;
use crate::tally::Tally;

const STEP: Duration = Duration::from_millis(25);

/// A command in the root of the repository.
pub(crate) fn command(program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(crate::place::root());
    command
}

/// `cargo …`, of the toolchain that runs this task.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = command(cargo, arguments);
    if std::env::var_os("CI").is_some() {
        // One build and no second: what incremental compilation writes is never read.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Runs to the end, its output shown; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let name = describe(command);
    let mut running = Running::start(command, Ending::Terminate)?;
    let status = running.wait()?;
    if !status.success() {
        bail!("`{name}` failed: {status}");
    }
    Ok(())
}

/// Runs to the end in the foreground of the terminal, which it may read and draw on.
pub(crate) fn run_interactive(command: &mut Command) -> anyhow::Result<ExitStatus> {
    let name = describe(command);
    command.status().with_context(|| format!("cannot start `{name}`"))
}

/// Runs to the end and gives its standard output; anything but success is an error with what it complained of.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let name = describe(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{name}`"))?;
    if !output.status.success() {
        bail!("`{name}` failed: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(output.stdout)
}

/// Runs to the end; its output is shown, kept in `log`, and searched for how many tests passed and failed.
pub(crate) fn run_tests(command: &mut Command, log: &Path, tally: &mut Tally) -> anyhow::Result<()> {
    let name = describe(command);
    let file = File::options().create(true).append(true).open(log);
    let file = file.with_context(|| format!("cannot write {}", log.display()))?;
    let sink = Arc::new(Mutex::new(Sink { file, tally: Tally::default(), end: VecDeque::new() }));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(command, Ending::Terminate)?;
    let readers: Vec<JoinHandle<()>> = [
        running.child.stdout.take().map(|pipe| copy(pipe, Arc::clone(&sink))),
        running.child.stderr.take().map(|pipe| copy(pipe, Arc::clone(&sink))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let status = running.wait();
    drop(running);
    for reader in readers {
        let _ = reader.join();
    }
    let mut end = String::new();
    if let Ok(sink) = sink.lock() {
        tally.add(&sink.tally);
        end = sink.end.iter().fold(end, |end, line| format!("{end}\n      {line}"));
    }
    let status = status?;
    if !status.success() {
        // Repeated in the summary: of a long output often only the end is kept.
        bail!("`{name}` failed: {status}; its last lines:{end}");
    }
    Ok(())
}

/// How many lines of a program that failed are repeated in the summary, and how much of each.
const END: (usize, usize) = (16, 300);

/// Where the output of a program goes.
struct Sink {
    file: File,
    tally: Tally,
    end: VecDeque<String>,
}

impl Sink {
    fn take(&mut self, line: &[u8]) {
        // A log that cannot be written is no reason to fail a test.
        let _ = self.file.write_all(line);
        let _ = std::io::stdout().write_all(line);
        let text = String::from_utf8_lossy(line);
        self.tally.read(&text);
        if self.end.len() == END.0 {
            self.end.pop_front();
        }
        self.end.push_back(text.trim_end().chars().take(END.1).collect());
    }
}

fn copy(pipe: impl Read + Send + 'static, sink: Arc<Mutex<Sink>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if let Ok(mut sink) = sink.lock() {
                sink.take(&line);
            }
            line.clear();
        }
    })
}

/// How a program is asked to end before it is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ending {
    /// SIGTERM: most programs.
    Terminate,
    /// SIGINT: what PostgreSQL calls a fast shutdown, which does not wait for its clients.
    Interrupt,
}

/// A program in a process group of its own, which ends with this value.
pub(crate) struct Running {
    child: Child,
    ending: Ending,
    name: String,
}

impl Running {
    /// Starts it, without a terminal to read from.
    pub(crate) fn start(command: &mut Command, ending: Ending) -> anyhow::Result<Self> {
        interrupt::check()?;
        let name = describe(command);
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        let child = child.with_context(|| format!("cannot start `{name}`"))?;
        Ok(Self { child, ending, name })
    }

    /// Its process id, which is its group's too.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; an interrupt stops it and is an error.
    pub(crate) fn wait(&mut self) -> anyhow::Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if interrupt::happened() {
                self.stop();
                bail!("interrupted in `{}`", self.name);
            }
            thread::sleep(STEP);
        }
    }

    /// Waits until `ready` says so, at most `limit`; an end before that is an error.
    pub(crate) fn wait_until(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> anyhow::Result<()> {
        let until = Instant::now() + limit;
        loop {
            interrupt::check()?;
            if let Some(status) = self.child.try_wait()? {
                bail!("`{}` ended at its start: {status}", self.name);
            }
            if ready() {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("`{}` was not ready within {} s", self.name, limit.as_secs());
            }
            thread::sleep(STEP);
        }
    }

    fn stop(&mut self) {
        let signal = match self.ending {
            Ending::Terminate => "TERM",
            Ending::Interrupt => "INT",
        };
        self.signal(signal);
        let until = Instant::now() + Duration::from_secs(15);
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > until {
                self.signal("KILL");
                let _ = self.child.wait();
                return;
            }
            thread::sleep(STEP);
        }
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        // The group may be gone already; there is nobody to tell then.
        let _ = Command::new("kill").args(["-s", signal, "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

/// A port on loopback that nobody listens on now.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// Whether somebody accepts connections on this port of loopback.
pub(crate) fn listens(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn describe(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    std::iter::once(program.into()).chain(arguments).collect::<Vec<_>>().join(" ")
}
