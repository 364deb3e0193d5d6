//! What a host app says once, when it opens the client.

use std::path::PathBuf;

pub use tidings_protocol::app::Platform;
use tidings_protocol::id::AppId;

use crate::context::ContextOptions;

/// Where to connect, as what, and where to keep things.
#[derive(Debug, Clone)]
pub struct Config {
    /// The server's address, such as `https://chat.example.org`. Plain `http` is refused for anything but this
    /// machine, unless [`plain_http`](Self::plain_http) allows it.
    pub server_url: String,
    /// The app's id, from the server's operator.
    pub app_id: AppId,
    /// A folder for this client alone, private to the app. It is created when it is not there. On iOS never a
    /// folder of an App Group: the system ends apps that hold files locked there while asleep.
    pub data_dir: PathBuf,
    /// What the app runs on.
    pub platform: Platform,
    /// A language tag (BCP 47) such as `fr-CH`, at most 256 bytes; pushes are worded in it.
    pub locale: Option<String>,
    /// The version of the app, at most 256 bytes; agents see it.
    pub app_version: Option<String>,
    /// Certificates (PEM) to trust beside the public ones, for a company's own authority.
    pub extra_root_certificates_pem: Option<String>,
    /// Whether the server may be spoken to without encryption.
    pub plain_http: PlainHttp,
    /// Whether places may be sent.
    pub locations: Locations,
    /// What fetched and sent files may take of the phone's storage, in bytes; the longest unused go first. What is still to be
    /// sent does not count. [`FILE_CACHE_BYTES`] is right for most.
    pub file_cache_bytes: u64,
    /// What goes with what the person writes, so that an agent need not ask.
    pub context: ContextOptions,
}

/// 200 MB.
pub const FILE_CACHE_BYTES: u64 = 200_000_000;

/// Whether places may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locations {
    /// When the person wants to.
    #[default]
    Allowed,
    /// When the person wants to, and also live: shared for a while, moving with them. The app must feed the positions
    /// ([`move_live_place`](crate::Client::move_live_place)).
    Live,
    /// Never: for an app that must not handle them. Places that others sent are still shown.
    Off,
}

/// Whether a server may be spoken to without encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlainHttp {
    /// Only on this machine: `localhost`, `127.0.0.0/8`, `[::1]`.
    #[default]
    LoopbackOnly,
    /// Anywhere. For a developer's own network; contents and tokens can be read on the way.
    Anywhere,
}
