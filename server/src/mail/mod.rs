//! E-mail: sent through the operator's SMTP server to people whom no push reaches.
//!
//! | file | what it holds |
//! |---|---|
//! | `said` | what an e-mail says: pure |
//! | `letter` | its form: pure |
//! | `smtp` | the way to the mail server |
//! | `link` | links that are worth nothing once they are changed or their time is over |

pub mod letter;
pub mod link;
pub mod said;
pub mod smtp;

use std::path::PathBuf;

use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use crate::config::Secret;

/// `mail`.
#[derive(Debug, Clone, Default, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct MailConfig {
    /// The mail server that takes what this server sends, such as `smtp.example.com`. Without it no e-mail is sent.
    #[config(env = "TIDINGS_MAIL_HOST")]
    pub host: Option<String>,

    /// Its port. Without it 587 with `starttls`, 465 with `implicit`, 25 with `none`.
    #[config(env = "TIDINGS_MAIL_PORT")]
    pub port: Option<u16>,

    /// How the connection is encrypted: `starttls` (it must offer it), `implicit` (TLS from the first byte), or `none`, which
    /// is for a server on this machine.
    #[config(env = "TIDINGS_MAIL_TLS", default = "starttls")]
    pub tls: MailTls,

    /// Who signs in there. Without it nobody does.
    #[config(env = "TIDINGS_MAIL_USER")]
    pub user: Option<String>,

    /// The password.
    #[config(env = "TIDINGS_MAIL_PASSWORD")]
    pub password: Option<Secret>,

    /// Whom e-mails come from, such as `Fjord Shop <no-reply@example.com>`.
    #[config(env = "TIDINGS_MAIL_FROM")]
    pub from: Option<String>,

    /// A file with certificates (PEM) to trust besides the public ones, for a mail server of your own.
    #[config(env = "TIDINGS_MAIL_EXTRA_CA")]
    pub extra_ca: Option<PathBuf>,
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// It begins in the clear and is encrypted before anything is said (RFC 3207).
    #[default]
    Starttls,
    /// It is encrypted from the first byte (RFC 8314).
    Implicit,
    /// It is not.
    None,
}

/// Why e-mail cannot be set up. Each names the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMail {
    /// There is a server and no sender.
    #[error(
        "`mail.from` (TIDINGS_MAIL_FROM): expected an address such as `Fjord Shop <no-reply@example.com>`"
    )]
    From,
    /// One of the two is missing.
    #[error("`mail.user` and `mail.password` (TIDINGS_MAIL_USER, TIDINGS_MAIL_PASSWORD) belong together")]
    HalfASignIn,
    /// A password would travel in the clear.
    #[error(
        "`mail.tls` (TIDINGS_MAIL_TLS): `none` is for a mail server on this machine only, without a password"
    )]
    Clear,
    /// The operator's certificates cannot be used.
    #[error("`mail.extra_ca` (TIDINGS_MAIL_EXTRA_CA): {0}")]
    ExtraCa(String),
    /// The name cannot be one of a server.
    #[error("`mail.host` (TIDINGS_MAIL_HOST): expected the name of a server, without a port")]
    Host,
}

impl MailConfig {
    /// What was chosen, checked; none when no e-mail is sent.
    ///
    /// # Errors
    /// Names the key that is wrong.
    pub fn checked(&self) -> Result<Option<Chosen>, InvalidMail> {
        let Some(host) = &self.host else { return Ok(None) };
        let is_name =
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
        if !is_name {
            return Err(InvalidMail::Host);
        }
        let from: Mailbox =
            self.from.as_deref().unwrap_or_default().parse().map_err(|_| InvalidMail::From)?;
        let sign_in = match (&self.user, &self.password) {
            (Some(user), Some(password)) => Some((user.clone(), password.clone())),
            (None, None) => None,
            _ => return Err(InvalidMail::HalfASignIn),
        };
        let is_here = host == "localhost" || host.starts_with("127.");
        if self.tls == MailTls::None && (!is_here || sign_in.is_some()) {
            return Err(InvalidMail::Clear);
        }
        let port = self.port.unwrap_or(match self.tls {
            MailTls::Starttls => 587,
            MailTls::Implicit => 465,
            MailTls::None => 25,
        });
        let chosen = Chosen {
            host: host.clone(),
            port,
            tls: self.tls,
            sign_in,
            from,
            extra_ca: self.extra_ca.clone(),
        };
        chosen.trust()?;
        Ok(Some(chosen))
    }
}

/// A way to send e-mail.
#[derive(Debug, Clone)]
pub struct Chosen {
    host: String,
    port: u16,
    tls: MailTls,
    sign_in: Option<(String, Secret)>,
    from: Mailbox,
    extra_ca: Option<PathBuf>,
}

impl Chosen {
    /// Whom e-mails come from.
    pub const fn from(&self) -> &Mailbox {
        &self.from
    }

    /// How it is called in words: `smtp.example.com:587`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: impl FnOnce(&mut MailConfig)) -> MailConfig {
        let mut config = MailConfig {
            host: Some("smtp.example.com".to_owned()),
            from: Some("Fjord Shop <no-reply@example.com>".to_owned()),
            ..MailConfig::default()
        };
        change(&mut config);
        config
    }

    #[test]
    fn a_server_and_a_sender_are_enough() {
        assert!(MailConfig::default().checked().unwrap().is_none());
        for (tls, port) in [(MailTls::Starttls, 587), (MailTls::Implicit, 465)] {
            let chosen = config(|config| config.tls = tls).checked().unwrap().unwrap();
            assert_eq!(chosen.place(), format!("smtp.example.com:{port}"));
        }
        let here = config(|config| (config.host, config.tls) = (Some("localhost".to_owned()), MailTls::None));
        assert_eq!(here.checked().unwrap().unwrap().port, 25);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_key() {
        let password = || Some(Secret::from("secret".to_owned()));
        for (wrong, key) in [
            (config(|config| config.from = None), "mail.from"),
            (config(|config| config.from = Some("no address".to_owned())), "mail.from"),
            (config(|config| config.user = Some("me".to_owned())), "mail.password"),
            (config(|config| config.password = password()), "mail.user"),
            (config(|config| config.tls = MailTls::None), "mail.tls"),
            (config(|config| config.host = Some("smtp.example.com:25".to_owned())), "mail.host"),
            (config(|config| config.extra_ca = Some("/nowhere/ca.pem".into())), "mail.extra_ca"),
        ] {
            let error = wrong.checked().unwrap_err().to_string();
            assert!(error.contains(key), "{key}: {error}");
        }
        let clear = config(|config| {
            (config.host, config.tls) = (Some("localhost".to_owned()), MailTls::None);
            (config.user, config.password) = (Some("me".to_owned()), password());
        });
        assert_eq!(clear.checked().unwrap_err(), InvalidMail::Clear);
    }
}
