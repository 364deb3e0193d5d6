//! One connection: commands in their order, and what they are answered.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};

use super::{Mail, State};
use crate::Fault;

/// RFC 5321, section 4.5.3.1: a command line has at most 512 bytes; base 64 of a sign-in may be longer.
const LINE_BYTES: u64 = 2 * 1024;
const MAIL_BYTES: usize = 1024 * 1024;

/// What the connection runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// In the clear, to be encrypted before anything is taken.
    BeforeTls,
    /// Just encrypted: the client speaks first.
    AfterTls,
    /// Encrypted from the first byte.
    Encrypted,
    /// In the clear for good.
    Clear,
}

/// What the client has said so far.
#[derive(Default)]
struct Said {
    hello: bool,
    signed_in: bool,
    from: Option<String>,
    to: Vec<String>,
    fault: Option<Fault>,
}

struct Session<'s, S> {
    state: &'s State,
    stream: BufReader<S>,
    wire: Wire,
    said: Said,
}

enum Then {
    GoOn,
    Encrypt,
    End,
}

/// Speaks until the client leaves; answers the stream when it is to be encrypted now.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    state: &State,
    stream: S,
    wire: Wire,
) -> io::Result<Option<S>> {
    let mut session = Session { state, stream: BufReader::new(stream), wire, said: Said::default() };
    if wire != Wire::AfterTls {
        session.say("220 localhost ESMTP stand-in").await?;
    }
    while let Some(line) = session.line().await? {
        match session.command(&line).await? {
            Then::GoOn => {}
            Then::End => break,
            Then::Encrypt => {
                // What came before the handshake was not protected by it (RFC 3207, section 6).
                let is_clean = session.stream.buffer().is_empty();
                return Ok(is_clean.then(|| session.stream.into_inner()));
            }
        }
    }
    Ok(None)
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(LINE_BYTES).read_until(b'\n', &mut line).await?;
        let text = String::from_utf8_lossy(&line);
        Ok((read > 0 && text.ends_with("\r\n")).then(|| text.trim_end().to_owned()))
    }

    async fn command(&mut self, line: &str) -> io::Result<Then> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let then = match verb.to_ascii_uppercase().as_str() {
            "EHLO" if !rest.is_empty() => {
                self.said = Said { hello: true, signed_in: self.said.signed_in, ..Said::default() };
                self.hello().await?;
                Then::GoOn
            }
            "STARTTLS" if self.wire == Wire::BeforeTls && self.said.hello => {
                self.say("220 2.0.0 go ahead").await?;
                Then::Encrypt
            }
            "NOOP" => self.said("250 2.0.0 fine").await?,
            "RSET" => {
                (self.said.from, self.said.to) = (None, Vec::new());
                self.said("250 2.0.0 forgotten").await?
            }
            "QUIT" => {
                self.say("221 2.0.0 bye").await?;
                Then::End
            }
            _ if !self.said.hello => self.said("503 5.5.1 say EHLO first").await?,
            _ if self.wire == Wire::BeforeTls => self.said("530 5.7.0 say STARTTLS first").await?,
            "AUTH" => self.sign_in(rest).await?,
            _ if self.state.options.sign_in.is_some() && !self.said.signed_in => {
                self.said("530 5.7.0 sign in first").await?
            }
            "MAIL" => self.mail_from(rest).await?,
            "RCPT" => self.rcpt_to(rest).await?,
            "DATA" => return self.data().await,
            _ => self.said("500 5.5.2 not known").await?,
        };
        Ok(then)
    }

    async fn said(&mut self, text: &str) -> io::Result<Then> {
        self.say(text).await.map(|()| Then::GoOn)
    }

    async fn hello(&mut self) -> io::Result<()> {
        let mut offered = vec!["localhost".to_owned(), "8BITMIME".to_owned(), format!("SIZE {MAIL_BYTES}")];
        if self.wire == Wire::BeforeTls {
            offered.push("STARTTLS".to_owned());
        } else if self.state.options.sign_in.is_some() {
            offered.push("AUTH PLAIN LOGIN".to_owned());
        }
        offered.push("ENHANCEDSTATUSCODES".to_owned());
        let last = offered.len() - 1;
        for (place, word) in offered.iter().enumerate() {
            self.say(&format!("250{}{word}", if place == last { ' ' } else { '-' })).await?;
        }
        Ok(())
    }

    async fn sign_in(&mut self, rest: &str) -> io::Result<Then> {
        let given = match rest.split_once(' ').unwrap_or((rest, "")) {
            ("PLAIN", "") => {
                self.say("334 ").await?;
                plain(&self.line().await?.unwrap_or_default())
            }
            ("PLAIN", initial) => plain(initial),
            ("LOGIN", initial) => {
                let user = if initial.is_empty() { self.asked("Username:").await? } else { decoded(initial) };
                user.zip(self.asked("Password:").await?)
            }
            _ => return self.said("504 5.5.4 PLAIN or LOGIN").await,
        };
        if given.is_some() && given == self.state.options.sign_in {
            self.said.signed_in = true;
            return self.said("235 2.7.0 welcome").await;
        }
        self.said("535 5.7.8 user or password is wrong").await
    }

    async fn asked(&mut self, what: &str) -> io::Result<Option<String>> {
        self.say(&format!("334 {}", BASE64_STANDARD.encode(what))).await?;
        Ok(decoded(&self.line().await?.unwrap_or_default()))
    }

    async fn mail_from(&mut self, rest: &str) -> io::Result<Then> {
        match address(rest, "FROM:") {
            Some(from) if self.said.from.is_none() => {
                self.said.from = Some(from);
                self.said("250 2.1.0 ok").await
            }
            Some(_) => self.said("503 5.5.1 one at a time").await,
            None => self.said("501 5.5.4 MAIL FROM:<address>").await,
        }
    }

    async fn rcpt_to(&mut self, rest: &str) -> io::Result<Then> {
        let Some(to) = address(rest, "TO:").filter(|to| to.contains('@')) else {
            return self.said("501 5.5.4 RCPT TO:<address>").await;
        };
        if self.said.from.is_none() {
            return self.said("503 5.5.1 say MAIL first").await;
        }
        let reply = self.state.script.next(&to);
        tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
        if reply.status >= 400 {
            return self.said(&format!("{} {}", reply.status, reply.reason)).await;
        }
        self.said.fault = reply.fault;
        self.said.to.push(to);
        self.said("250 2.1.5 ok").await
    }

    async fn data(&mut self) -> io::Result<Then> {
        if self.said.to.is_empty() {
            return self.said("503 5.5.1 say RCPT first").await;
        }
        self.say("354 end with a dot").await?;
        let mut bytes = Vec::new();
        loop {
            let Some(line) = self.raw_line().await? else { return Ok(Then::End) };
            if line == b".\r\n" {
                break;
            }
            // RFC 5321, section 4.5.2.
            bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if bytes.len() > MAIL_BYTES {
                self.say("552 5.3.4 too large").await?;
                return Ok(Then::End);
            }
        }
        let (from, to) = (self.said.from.take().unwrap_or_default(), std::mem::take(&mut self.said.to));
        self.state.kept.add(Mail { from, to, bytes, encrypted: self.wire != Wire::Clear });
        match self.said.fault.take() {
            None => self.said(&format!("250 2.0.0 queued as {}", self.state.kept.len())).await,
            Some(Fault::Silence) => std::future::pending().await,
            Some(_) => Ok(Then::End),
        }
    }

    async fn raw_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        // RFC 5321, section 4.5.3.1.6: 1000 bytes with CRLF.
        let read = (&mut self.stream).take(1_000).read_until(b'\n', &mut line).await?;
        Ok((read > 0 && line.ends_with(b"\r\n")).then_some(line))
    }
}

/// `FROM:<address> PARAMETERS`.
fn address(rest: &str, word: &str) -> Option<String> {
    let rest = rest
        .get(..word.len())
        .filter(|found| found.eq_ignore_ascii_case(word))
        .map(|_| &rest[word.len()..])?;
    let (address, _) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    Some(address.to_owned())
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()
}

/// RFC 4616: `authorization NUL user NUL password`.
fn plain(text: &str) -> Option<(String, String)> {
    let text = decoded(text)?;
    let mut parts = text.split('\0').skip(1);
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}
