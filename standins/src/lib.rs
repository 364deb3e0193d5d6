//! Apple's and Google's push services on loopback, speaking the real protocols over HTTP/2 and TLS.
//!
//! They check what the real services check - provider tokens, headers, sizes, shapes - and answer with the
//! documented reasons, so that a client which pleases them has a fair chance with the real ones. What they accept
//! they keep, for a test to look at; what they answer to one device can be scripted, down to a connection that
//! breaks after the push was taken.
//!
//! For tests this is a library ([`Apns`], [`Fcm`]); for the demo and for other languages it is the program
//! `tidings-sandbox` with a small control API ([`control`]).
//!
//! The rules come from Apple's "Sending notification requests to APNs" and "Handling notification responses from
//! APNs", and from Google's "FCM HTTP v1 API" and "Using OAuth 2.0 for Server to Server Applications".

pub mod apns;
pub mod arrivals;
pub mod clock;
pub mod control;
pub mod fcm;
mod jws;
pub mod oidc;
pub mod script;
mod service;
pub mod smtp;
pub mod tls;
pub mod web;

pub use apns::{Apns, ApnsOptions, ApnsPush};
pub use clock::Clock;
pub use fcm::{Fcm, FcmOptions, FcmPush};
pub use oidc::{Mischief, Oidc, Person};
pub use script::{Fault, Reply};
pub use smtp::{Mail, Smtp, SmtpOptions, SmtpTls};
pub use tls::Authority;
pub use web::{Hooked, Subscription, Web, WebPushed};

/// Why a stand-in could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The loopback port cannot be had.
    #[error("cannot listen on loopback: {0}")]
    Listen(#[from] std::io::Error),
    /// A certificate or key could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused what was made.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// A key given to the stand-in is not what it should be.
    #[error("the {0} is not a usable key")]
    Key(&'static str),
}

/// The result of starting a stand-in.
pub type Result<T> = std::result::Result<T, Error>;
