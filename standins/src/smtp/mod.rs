//! A mail server that takes e-mails and keeps them, for a test to look at.
//!
//! It speaks SMTP (RFC 5321) with STARTTLS (RFC 3207), or TLS from the first byte (RFC 8314), and AUTH PLAIN and LOGIN
//! (RFC 4954), and insists on their order. What it answers to one recipient can be scripted with a [`Reply`].

mod mail;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

pub use mail::Mail;

use crate::script::Script;
use crate::service::Kept;
use crate::{Authority, Reply, Result};

/// How the stand-in behaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SmtpOptions {
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// Who may send, with which password; none: everybody.
    pub sign_in: Option<(String, String)>,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
}

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SmtpTls {
    /// STARTTLS is offered, and nothing is taken before it.
    #[default]
    Starttls,
    /// From the first byte.
    Implicit,
    /// Not at all.
    None,
}

/// The service; it ends when it is dropped.
pub struct Smtp {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    options: SmtpOptions,
    acceptor: TlsAcceptor,
    script: Script,
    kept: Kept<Mail>,
    connections: AtomicU64,
}

impl Smtp {
    /// Starts the service.
    pub async fn start(authority: &Authority, options: SmtpOptions) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            options,
            acceptor: TlsAcceptor::from(authority.plain_server_config()?),
            script: Script::default(),
            kept: Kept::new(),
            connections: AtomicU64::new(0),
        });
        let serving = state.clone();
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                        open.spawn(serve(serving.clone(), stream));
                    },
                    Some(_) = open.join_next() => {}
                }
            }
        });
        Ok(Self { address, state, task })
    }

    /// The port on `localhost`.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Scripts the replies to a recipient: the status is that of SMTP, such as 450 or 550, and comes after `RCPT TO`; a
    /// fault comes after the e-mail was taken.
    pub fn reply(&self, recipient: &str, reply: Reply) {
        self.state.script.add(recipient, reply);
    }

    /// Those after the first `seen`.
    pub fn received_since(&self, seen: usize) -> Vec<Mail> {
        self.state.kept.since(seen)
    }

    /// Everything accepted so far, in order.
    pub fn received(&self) -> Vec<Mail> {
        self.state.kept.all()
    }

    /// All, as soon as there are `count`.
    ///
    /// # Panics
    /// After 10 s.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        self.state.kept.wait_for(count).await
    }

    /// Forgets what was accepted and scripted.
    pub fn clear(&self) {
        self.state.kept.clear();
        self.state.script.clear();
    }

    /// Connections since the start.
    pub fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(state: Arc<State>, stream: TcpStream) {
    state.connections.fetch_add(1, Ordering::SeqCst);
    let _ = stream.set_nodelay(true);
    // A connection that breaks is its client's business.
    let _ = match state.options.tls {
        SmtpTls::Implicit => match state.acceptor.accept(stream).await {
            Ok(stream) => session::run(&state, stream, session::Wire::Encrypted).await.map(drop),
            Err(error) => Err(error),
        },
        SmtpTls::None => session::run(&state, stream, session::Wire::Clear).await.map(drop),
        SmtpTls::Starttls => match session::run(&state, stream, session::Wire::BeforeTls).await {
            Ok(Some(stream)) => match state.acceptor.accept(stream).await {
                Ok(stream) => session::run(&state, stream, session::Wire::AfterTls).await.map(drop),
                Err(error) => Err(error),
            },
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        },
    };
}
