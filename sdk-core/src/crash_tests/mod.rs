//! A phone that dies - between any two commits, requests and files that are put in their place - and comes back.
//!
//! `day` is one long day with everything in it, cut at each of its steps. `kinds` are the things that a phone has to tell or keep,
//! one by one: `scenes` says what comes before each, `lives` what is done, `points` cuts that everywhere, and again while it
//! recovers, and `world` compares everything that there is in the end, on both sides, with what there is without a death.

mod day;
mod kinds;
mod lives;
mod looks;
mod points;
mod scenes;
mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::id::AppId;
use tidings_protocol::message::{
    Form, FormField, FormFieldKind, KnownPart, Part, Parts, QuickReplies, QuickReply,
};
use tidings_protocol::text::Label;

use crate::transport::{Answer, BoxFuture, Request, Socket, Transport, TransportError};
use crate::{
    Client, Config, DiskWork, Error, Host, Listeners, Locations, PlainHttp, Platform, Random, SystemClock,
    TokenRequest, User, fuse,
};

#[path = "../../tests/sessions/server.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod server;

use server::Server;

/// The way to the server of a process that may die: then nothing leaves it, and no answer reaches it.
struct Mortal(Server);

impl Transport for Mortal {
    fn request(&self, request: Request) -> BoxFuture<Result<Answer, TransportError>> {
        let server = self.0.clone();
        Box::pin(async move {
            if fuse::step().is_err() {
                return std::future::pending().await;
            }
            let answer = server.request(request).await;
            if fuse::step().is_err() {
                return std::future::pending().await;
            }
            answer
        })
    }

    fn open_socket(&self) -> BoxFuture<Result<Socket, TransportError>> {
        let server = self.0.clone();
        Box::pin(async move {
            if fuse::step().is_err() {
                return std::future::pending().await;
            }
            server.open_socket().await
        })
    }
}

/// A process of the app; nobody is signed in yet.
async fn opened(server: &Server, folder: &Path, random: Arc<dyn Random>) -> Result<Client, Error> {
    let config = Config {
        server_url: "https://chat.example.org".to_owned(),
        app_id: AppId::from_parts(1, [1; 10]),
        data_dir: folder.to_owned(),
        platform: Platform::Other,
        locale: None,
        app_version: None,
        extra_root_certificates_pem: None,
        plain_http: PlainHttp::LoopbackOnly,
        locations: Locations::Live,
        file_cache_bytes: crate::FILE_CACHE_BYTES,
        context: crate::ContextOptions::default(),
    };
    let host = Host {
        runtime: tokio::runtime::Handle::current(),
        clock: Arc::new(SystemClock::default()),
        random,
        transport: Some(Arc::new(Mortal(server.clone()))),
        disk: DiskWork::InPlace,
        listeners: Listeners::Task,
    };
    Client::open(config, host).await
}

fn ana() -> User {
    known("ana")
}

/// Somebody whom the app knows.
fn known(name: &'static str) -> User {
    let tokens = move |request: TokenRequest| request.resolve(name);
    User::Identified { key: name.to_owned(), tokens: Arc::new(tokens) }
}

/// The process died, so its story ends here.
struct Died;

impl From<Error> for Died {
    fn from(error: Error) -> Self {
        assert!(fuse::is_dead(), "an error without a death: {error:?}");
        Self
    }
}

/// Waits until it holds or the process has died.
async fn until<F: Future<Output = Result<bool, Error>>>(
    what: &str,
    mut holds: impl FnMut() -> F,
) -> Result<(), Died> {
    for _ in 0..4_000 {
        if fuse::is_dead() {
            return Err(Died);
        }
        if holds().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to this: {what}");
}

fn label(text: &str) -> Label {
    Label::try_from(text).unwrap()
}

/// What an agent asks: a choice, and a form of one field.
fn questions() -> Parts {
    let options = vec![QuickReply { id: label("y"), label: label("Yes") }];
    let field = FormField { id: label("n"), label: label("Name"), kind: FormFieldKind::Text, required: true };
    let form = Form { title: label("Parcel"), fields: vec![field] };
    let parts = [KnownPart::QuickReplies(QuickReplies { options }), KnownPart::Form(form)];
    parts.into_iter().map(Part::Known).collect::<Vec<_>>().try_into().unwrap()
}
