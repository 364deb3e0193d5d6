//! The command line.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tidings_sdk_core::PlainHttp;
use tidings_sdk_core::protocol::id::AppId;

pub(crate) const HELP: &str = "\
A phone in a terminal: writes to and reads from a Tidings server.

Usage: phone --app APP_ID [options]

  --app ID            the app, as `tidings init` or `tidings app add` printed it
  --server URL        the server (http://127.0.0.1:8080)
  --data FOLDER       where this phone keeps its messages (tidings-phone)
  --user-token TOKEN  be the user this identity token names; without it: anonymous
  --plain-http        allow http to a server that is not this machine
  --script FILE       read commands from a file, or from standard input with -
  --help              show this";

/// Who drives the phone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    Person,
    /// A file, or `-` for standard input.
    Script(String),
}

/// What the command line says.
pub(crate) struct Args {
    pub(crate) server: String,
    pub(crate) app: AppId,
    pub(crate) data: PathBuf,
    /// A key for the user, and their token.
    pub(crate) user: Option<(String, String)>,
    pub(crate) plain_http: PlainHttp,
    pub(crate) input: Input,
}

impl Args {
    /// `None`: help was asked for.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut app = None;
        let mut args = Self {
            server: "http://127.0.0.1:8080".to_owned(),
            app: AppId::from_parts(0, [0; 10]),
            data: PathBuf::from("tidings-phone"),
            user: None,
            plain_http: PlainHttp::LoopbackOnly,
            input: Input::Person,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--help" | "-h" => return Ok(None),
                "--server" => args.server = value()?,
                "--app" => app = Some(value()?.parse::<AppId>().map_err(|why| format!("--app: {why}"))?),
                "--data" => args.data = value()?.into(),
                "--user-token" => args.user = Some(user(value()?)?),
                "--plain-http" => args.plain_http = PlainHttp::Anywhere,
                "--script" => args.input = Input::Script(value()?),
                _ => return Err(format!("what is {word}?")),
            }
        }
        args.app = app.ok_or("--app is missing")?;
        Ok(Some(args))
    }
}

/// The user a token names. It is not verified: that is the server's business.
fn user(token: String) -> Result<(String, String), String> {
    let subject = || {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
        Some(claims.get("sub")?.as_str()?.to_owned())
    };
    let subject = subject().ok_or("--user-token: this is no identity token (a JWT with a `sub`)")?;
    Ok((subject, token))
}
