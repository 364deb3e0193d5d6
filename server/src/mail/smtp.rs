//! The way to the mail server (RFC 5321): one connection for an e-mail, because there are few.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::letter::{Letter, Sealed};
use super::{Chosen, InvalidMail, MailTls};
use crate::clock::Clock;
use crate::push::lane::{Admission, Gate, WITHOUT_PLACE};
use crate::push::verdict::{Renewal, Scope, Verdict};

/// How long TCP and TLS may take to connect.
const CONNECT: Duration = Duration::from_secs(10);
/// How long all of it may take. A job has 50 seconds.
const EXCHANGE: Duration = Duration::from_secs(30);
/// E-mails under way at the same time. A server that hangs keeps so many jobs waiting and no more.
const PLACES: usize = 8;
/// How long an e-mail waits for one of them, before it comes back later.
const PLACE: Duration = Duration::from_millis(500);
/// What a reply says at most, in characters, in the ledger.
const REPLY_CHARACTERS: usize = 200;

impl Chosen {
    /// Whom to trust as the mail server; nothing when the connection is not encrypted.
    pub(super) fn trust(&self) -> Result<Option<TlsParameters>, InvalidMail> {
        let bad = |error: &dyn fmt::Display| InvalidMail::ExtraCa(error.to_string());
        if self.tls == MailTls::None {
            return Ok(None);
        }
        let mut builder =
            TlsParameters::builder(self.host.clone()).certificate_store(CertificateStore::WebpkiRoots);
        if let Some(path) = &self.extra_ca {
            let pem = std::fs::read(path).map_err(|error| bad(&format!("{}: {error}", path.display())))?;
            let certificate = Certificate::from_pem(&pem).map_err(|error| bad(&error))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder.build().map(Some).map_err(|error| bad(&error))
    }
}

/// How far an e-mail came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The server did not answer, or not as a mail server does.
    Connect,
    /// The connection could not be encrypted.
    Encrypt,
    /// The server does not know who we are.
    SignIn,
    /// The server did not take the e-mail.
    Hand,
}

/// Why the server has not got an e-mail.
#[derive(Debug)]
pub struct Fault {
    /// Where it ended.
    pub step: Step,
    /// What was said; nothing of the e-mail.
    pub reason: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Never, as it is.
    Permanent,
    /// Later, perhaps.
    Transient,
    /// It may have arrived.
    Silence,
}

impl Fault {
    fn new(step: Step, error: &Error) -> Self {
        let said = error.status().is_some();
        let kind = if error.is_permanent() || error.is_client() {
            Kind::Permanent
        } else if said || step != Step::Hand {
            Kind::Transient
        } else {
            Kind::Silence
        };
        Self { step, reason: reason(error), kind }
    }

    fn verdict(self) -> Verdict {
        let Self { step, reason, kind } = self;
        match (step, kind) {
            (Step::SignIn, Kind::Permanent) => Verdict::Credential { reason, renewal: Renewal::Useless },
            // 530: the server wants a sign-in, which is nothing about this e-mail (RFC 4954).
            (Step::Hand, Kind::Permanent) if reason.starts_with("530") => {
                Verdict::Credential { reason, renewal: Renewal::Useless }
            }
            (Step::Hand, Kind::Permanent) => Verdict::Rejected { reason },
            (Step::Hand, Kind::Transient) => Verdict::Later { reason, after: None, scope: Scope::Device },
            (Step::Hand, Kind::Silence) => Verdict::Ambiguous { reason },
            (Step::Connect | Step::Encrypt | Step::SignIn, _) => {
                Verdict::Later { reason, after: None, scope: Scope::Credential }
            }
        }
    }
}

/// Whether TLS itself is what failed, not what carries it.
fn is_of_tls(error: &Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>() {
            return true;
        }
        if let Some(inside) = inside
            && inside.is::<rustls::Error>()
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The server's code and words, or what broke.
fn reason(error: &Error) -> String {
    let mut innermost: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let words = innermost.to_string();
    let text = match error.status() {
        Some(code) => format!("{code} {words}"),
        None => words,
    };
    one_line(&text)
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(REPLY_CHARACTERS)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Sends e-mails; one for the whole process.
pub struct Mailer {
    chosen: Chosen,
    trust: Option<TlsParameters>,
    hello: ClientId,
    clock: Clock,
    gate: Mutex<Gate>,
    places: Semaphore,
}

/// What became of an e-mail.
pub enum Sent {
    /// The server was asked.
    Answered(Verdict, Duration),
    /// It was not: not before so long.
    Held(Duration),
}

impl Mailer {
    /// Connects with the first e-mail. `host` is our own name.
    ///
    /// # Errors
    /// When the operator's certificates cannot be read any more.
    pub fn new(chosen: Chosen, host: Option<&str>, clock: Clock) -> Result<Self, InvalidMail> {
        let trust = chosen.trust()?;
        let hello = host.map_or_else(ClientId::default, |host| ClientId::Domain(host.to_owned()));
        Ok(Self { chosen, trust, hello, clock, gate: Mutex::default(), places: Semaphore::new(PLACES) })
    }

    /// Whom e-mails come from.
    pub const fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Hands an e-mail to the server, unless the server was out of order a moment ago.
    pub async fn send(&self, letter: &Letter<'_>) -> Sent {
        let letter = match letter.seal() {
            Ok(sealed) => sealed,
            // The mail server was not asked, and is not held.
            Err(error) => {
                return Sent::Answered(Verdict::Rejected { reason: error.to_string() }, Duration::ZERO);
            }
        };
        let Ok(Ok(_place)) = timeout(PLACE, self.places.acquire()).await else {
            return Sent::Held(WITHOUT_PLACE);
        };
        if let Admission::Held { pause, .. } = self.gate().admit(self.clock.now()) {
            return Sent::Held(pause);
        }
        let without_address = |text: String| {
            let told = letter.envelope.to().iter();
            told.fold(text, |text, to| text.replace(AsRef::<str>::as_ref(to), "the address"))
        };
        let verdict = match self.hand(&letter).await {
            Ok(said) => Verdict::Accepted { provider_id: without_address(said) },
            Err(fault) => Fault { reason: without_address(fault.reason), ..fault }.verdict(),
        };
        let held = self.gate().settle(&verdict, self.clock.now());
        Sent::Answered(verdict, held)
    }

    /// Connects, encrypts and signs in, and goes: for the doctor.
    ///
    /// # Errors
    /// Where it ended, and why.
    pub async fn try_out(&self) -> Result<(), Fault> {
        let silent =
            |_| Fault { step: Step::Connect, reason: "it does not answer".to_owned(), kind: Kind::Transient };
        let mut connection = timeout(EXCHANGE, self.connect()).await.map_err(silent)??;
        let _ = connection.quit().await;
        Ok(())
    }

    fn gate(&self) -> std::sync::MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn hand(&self, letter: &Sealed) -> Result<String, Fault> {
        let silent = |step| {
            let reason = format!("timeout after {} s", EXCHANGE.as_secs());
            Fault { step, reason, kind: if step == Step::Hand { Kind::Silence } else { Kind::Transient } }
        };
        let connecting = timeout(EXCHANGE / 2, self.connect()).await;
        let mut connection = connecting.map_err(|_| silent(Step::Connect))??;
        let handing = timeout(EXCHANGE / 2, connection.send(&letter.envelope, &letter.bytes)).await;
        let said = handing.map_err(|_| silent(Step::Hand))?;
        let said = said.map_err(|error| Fault::new(Step::Hand, &error))?;
        // It is taken; a server that does not say goodbye changes nothing.
        let _ = timeout(Duration::from_secs(2), connection.quit()).await;
        let words = said.message().collect::<Vec<_>>().join(" ");
        Ok(one_line(&format!("{} {words}", said.code())))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Fault> {
        let at = |step| move |error: Error| Fault::new(step, &error);
        let server = (self.chosen.host.as_str(), self.chosen.port);
        let first = self.trust.clone().filter(|_| self.chosen.tls == MailTls::Implicit);
        let hello = &self.hello;
        let connecting = AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT), hello, first, None).await;
        let mut connection = connecting.map_err(|error| {
            let step = if is_of_tls(&error) { Step::Encrypt } else { Step::Connect };
            Fault::new(step, &error)
        })?;
        if let (MailTls::Starttls, Some(trust)) = (self.chosen.tls, &self.trust) {
            if !connection.can_starttls() {
                let reason = "it does not offer STARTTLS".to_owned();
                return Err(Fault { step: Step::Encrypt, reason, kind: Kind::Transient });
            }
            connection.starttls(trust.clone(), &self.hello).await.map_err(at(Step::Encrypt))?;
        }
        if let Some((user, password)) = &self.chosen.sign_in {
            let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
            let known = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&known, &credentials).await.map_err(at(Step::SignIn))?;
        }
        Ok(connection)
    }
}
