//! Everything an operator can choose. The example file (`deploy/tidings.example.toml`) is generated from this
//! struct; each key can be given by environment too, and the environment wins. A wrong value, and a key that does
//! not exist, are refused at start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use confique::Config as _;
use confique::toml::FormatOptions;
use serde::{Deserialize, Serialize};
use tidings_protocol::limits;
use tidings_store::DatabaseUrl;

use crate::auth::oidc::SignInConfig;
use crate::mail::MailConfig;
use crate::push::PushConfig;
use crate::tiles::MapTilesConfig;

/// Configuration of Tidings. Everything has a default: without any file, the server keeps its messages in
/// `tidings-data/` of the folder it is started in, and listens on <http://127.0.0.1:8080>.
#[derive(Debug, Clone, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Config {
    /// Where to listen. The server speaks plain HTTP: put a proxy that speaks TLS in front of it, unless it is
    /// reached from this machine only.
    #[config(env = "TIDINGS_LISTEN", default = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The address under which people and phones reach the server, such as `https://support.example.com`. The
    /// inbox is at its root. Without it, requests of the inbox are compared with the `Host` they name.
    #[config(env = "TIDINGS_PUBLIC_URL")]
    pub public_url: Option<PublicUrl>,

    /// `sqlite:PATH` for one node, or `postgres://USER:PASSWORD@HOST/NAME` for any number of them.
    #[config(env = "DATABASE_URL", default = "sqlite:tidings-data/tidings.db")]
    pub database_url: String,

    /// Where a place that a user sent opens in a map when an agent asks for it, with `{latitude}` and `{longitude}` in it:
    /// `https://…` or `geo:{latitude},{longitude}`. Until then nobody hears of the place: the inbox draws it by itself.
    /// Empty: places open nowhere.
    #[config(
        env = "TIDINGS_MAP_ADDRESS",
        default = "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"
    )]
    pub map_address: MapAddress,

    /// `redis://HOST`, when there is more than one node. Nothing is kept in it. Without it, and while it is out of
    /// reach, nodes tell each other through PostgreSQL what happened.
    #[config(env = "REDIS_URL")]
    pub redis_url: Option<String>,

    /// At least 32 characters that nobody can guess, the same on every node: private keys of push are sealed with it in
    /// the database. Without it, a file beside the SQLite database holds one; with PostgreSQL they are not sealed.
    #[config(env = "TIDINGS_SECRET")]
    pub secret: Option<InstallationSecret>,

    /// The secret before it, while keys that were sealed with that one remain: see `tidings push reseal`.
    #[config(env = "TIDINGS_PREVIOUS_SECRET")]
    pub previous_secret: Option<InstallationSecret>,

    /// The interactive map of the inbox, on which agents look closer at a place that a user sent.
    #[config(nested)]
    pub map_tiles: MapTilesConfig,

    /// Logging.
    #[config(nested)]
    pub log: Log,

    /// Connections and requests.
    #[config(nested)]
    pub http: Http,

    /// Sessions.
    #[config(nested)]
    pub sessions: Sessions,

    /// Single sign-on of agents. Which identity provider a company has is set in the inbox: Settings, Sign-in and security.
    #[config(nested)]
    pub sign_in: SignInConfig,

    /// How often somebody may ask. Beyond it the answer is 429 with `Retry-After`.
    #[config(nested)]
    pub rates: Rates,

    /// Files that people send.
    #[config(nested)]
    pub files: Files,

    /// Prometheus metrics.
    #[config(nested)]
    pub metrics: Metrics,

    /// Push notifications. Keys are kept in the database, for each app: see `PUT /admin/v1/apps/{id}/push/…`.
    #[config(nested)]
    pub push: PushConfig,

    /// E-mail to users whom no push reaches. Whether there is any is each app's: see `PUT /admin/v1/apps/{id}/fallback`.
    #[config(nested)]
    pub mail: MailConfig,
}

/// `log`.
#[derive(Debug, Clone, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Log {
    /// `pretty` for people, `json` for machines. Logs go to standard error and hold ids, never contents.
    #[config(env = "TIDINGS_LOG_FORMAT", default = "pretty")]
    pub format: LogFormat,

    /// What to log: `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,tidings_store=debug`.
    #[config(env = "TIDINGS_LOG", default = "info")]
    pub filter: String,
}

/// `http`.
#[derive(Debug, Clone, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Http {
    /// Seconds that a client may take to send the headers of a request; a kept connection waits as long for its next
    /// request, so give it more than a proxy in front gives its own.
    #[config(env = "TIDINGS_HTTP_HEADER_SECONDS", default = 75)]
    pub header_seconds: u16,

    /// Seconds that a request may take, its body included.
    #[config(env = "TIDINGS_HTTP_REQUEST_SECONDS", default = 30)]
    pub request_seconds: u16,

    /// How many proxies stand in front and append the address they were called from to `X-Forwarded-For`. 0: that
    /// header is ignored, because anybody could write it.
    #[config(env = "TIDINGS_HTTP_TRUSTED_PROXIES", default = 0)]
    pub trusted_proxies: u8,

    /// Connections at the same time, sockets not included; more wait until one ends.
    #[config(env = "TIDINGS_HTTP_CONNECTIONS", default = 50000)]
    pub connections: u32,

    /// Sockets at the same time; more are answered with 503 and told to come back later. An idle one takes about
    /// 12 KiB, and each takes a file descriptor (`ulimit -n`).
    #[config(env = "TIDINGS_HTTP_SOCKETS", default = 50000)]
    pub sockets: u32,
}

/// `sessions`.
#[derive(Debug, Clone, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Sessions {
    /// Days for which a phone stays signed in. The app's backend is asked for another identity token afterwards.
    #[config(env = "TIDINGS_SESSIONS_USER_DAYS", default = 365)]
    pub user_days: u16,

    /// Hours for which an agent stays signed in.
    #[config(env = "TIDINGS_SESSIONS_AGENT_HOURS", default = 168)]
    pub agent_hours: u16,
}

/// `rates`.
#[derive(Debug, Clone, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Rates {
    /// `false` switches all of these off: for load tests.
    #[config(env = "TIDINGS_RATES_ENABLED", default = true)]
    pub enabled: bool,

    /// Requests of one session in a second; ten times as many at once. 0: no limit.
    #[config(env = "TIDINGS_RATES_SESSION_PER_SECOND", default = 20)]
    pub session_per_second: u32,

    /// Requests for one app, and with one server key, in a second; ten times as many at once. 0: no limit.
    #[config(env = "TIDINGS_RATES_APP_PER_SECOND", default = 5000)]
    pub app_per_second: u32,

    /// Requests from one address (for IPv6 a /64) in a second; ten times as many at once. Many phones may share
    /// an address. 0: no limit.
    #[config(env = "TIDINGS_RATES_ADDRESS_PER_SECOND", default = 300)]
    pub address_per_second: u32,

    /// Sockets that this node lets in in a second; twice as many at once. A crowd that comes back is told to come a
    /// little later (503), so that those who are here keep their latency. 0: no limit.
    #[config(env = "TIDINGS_RATES_SOCKETS_PER_SECOND", default = 500)]
    pub sockets_per_second: u32,

    /// New phones and sign-ins of phones from one address in a minute; ten times as many at once. 0: no limit.
    #[config(env = "TIDINGS_RATES_SIGN_INS_PER_MINUTE", default = 120)]
    pub sign_ins_per_minute: u32,

    /// Attempts of agents to sign in, for each e-mail address and from each address, in a minute; twice as many at
    /// once. 0: no limit.
    #[config(env = "TIDINGS_RATES_AGENT_SIGN_INS_PER_MINUTE", default = 10)]
    pub agent_sign_ins_per_minute: u32,
}

/// `files`.
#[derive(Debug, Clone, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Files {
    /// Where their bytes lie: a folder, or `s3://BUCKET/PREFIX` of a store that speaks S3. Several nodes need a bucket, or a
    /// folder that all of them have mounted. Without it, the folder `files` beside the SQLite database, or
    /// `tidings-data/files`.
    #[config(env = "TIDINGS_FILES")]
    pub place: Option<String>,

    /// The address of the store, such as `https://minio.example.com`, where buckets are the first part of the path.
    /// Without it, Amazon's own.
    #[config(env = "TIDINGS_FILES_S3_ENDPOINT")]
    pub s3_endpoint: Option<String>,

    /// The region that requests are signed for.
    #[config(env = "TIDINGS_FILES_S3_REGION", default = "us-east-1")]
    pub s3_region: String,

    /// The key that may read, write, list and delete in the bucket.
    #[config(env = "AWS_ACCESS_KEY_ID")]
    pub s3_access_key_id: Option<String>,

    /// Its secret.
    #[config(env = "AWS_SECRET_ACCESS_KEY")]
    pub s3_secret_access_key: Option<Secret>,

    /// A file of certificates in PEM that are trusted besides the public ones, for a store of your own.
    #[config(env = "TIDINGS_FILES_S3_EXTRA_CA_PEM_FILE")]
    pub s3_extra_ca_pem_file: Option<PathBuf>,

    /// Uploads that are looked at at the same time on one node. A large picture takes up to half a gigabyte of memory
    /// while it is.
    #[config(env = "TIDINGS_FILES_AT_ONCE", default = 2)]
    pub at_once: u8,
}

/// A value that no log shows.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Secret(String);

impl Secret {
    /// The value.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// `metrics`.
#[derive(Debug, Clone, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Metrics {
    /// Another address for `GET /metrics`. Without it they are at the same address as everything else: have the
    /// proxy keep them from the public.
    #[config(env = "TIDINGS_METRICS_LISTEN")]
    pub listen: Option<SocketAddr>,
}

/// A secret: it never reaches a log.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct InstallationSecret(String);

impl InstallationSecret {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for InstallationSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstallationSecret")
    }
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// `http://` or `https://` and a host: an origin in the sense of RFC 6454, without a path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The origin, without a slash at its end.
    pub fn origin(&self) -> &str {
        &self.0
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, authority)| authority);
        authority.rsplit_once(':').map_or(authority, |(host, _)| host)
    }

    /// Whether it is reached by TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_origin = host.is_some_and(|host| {
            !host.is_empty() && host.parse::<http::uri::Authority>().is_ok() && !host.contains('@')
        });
        if is_origin {
            Ok(Self(text))
        } else {
            Err("expected an address such as https://support.example.com, without a path")
        }
    }
}

/// Where places open in a map.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct MapAddress(String);

impl MapAddress {
    /// The address with `{latitude}` and `{longitude}` in it; none when places open nowhere.
    pub fn template(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|text| !text.is_empty())
    }
}

impl TryFrom<String> for MapAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_known = ["https://", "http://", "geo:"].iter().any(|scheme| text.starts_with(scheme));
        let is_whole = text.contains("{latitude}") && text.contains("{longitude}");
        if text.is_empty() || (is_known && is_whole && text.len() <= limits::WEB_ADDRESS_BYTES) {
            Ok(Self(text))
        } else {
            Err("expected an address such as geo:{latitude},{longitude}, or nothing")
        }
    }
}

/// The file that is read when nobody names another and it exists.
pub const DEFAULT_FILE: &str = "tidings.toml";

impl Config {
    /// Reads the environment, then the file, then the defaults.
    ///
    /// # Errors
    /// Names the key whose value is wrong.
    pub fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut builder = Self::builder().env();
        match file {
            Some(file) => {
                anyhow::ensure!(file.exists(), "there is no configuration file {}", file.display());
                builder = builder.file(file);
            }
            None => builder = builder.file(DEFAULT_FILE),
        }
        let config = builder.load().map_err(|error| anyhow::anyhow!("{error:#}")).context("configuration")?;
        config.check()?;
        Ok(config)
    }

    /// What the type of a key does not say.
    fn check(&self) -> anyhow::Result<()> {
        self.database()?;
        crate::push::seal::Seals::of(self)?;
        for (key, value) in [
            ("http.header_seconds", self.http.header_seconds),
            ("http.request_seconds", self.http.request_seconds),
            ("sessions.user_days", self.sessions.user_days),
            ("sessions.agent_hours", self.sessions.agent_hours),
        ] {
            anyhow::ensure!(value > 0, "configuration: `{key}` must be at least 1");
        }
        anyhow::ensure!(self.http.connections > 0, "configuration: `http.connections` must be at least 1");
        anyhow::ensure!(self.http.sockets > 0, "configuration: `http.sockets` must be at least 1");
        anyhow::ensure!(self.files.at_once > 0, "configuration: `files.at_once` must be at least 1");
        crate::files::place(self)?;
        self.sign_in.checked()?;
        self.map_tiles.checked().map_err(|error| anyhow::anyhow!("configuration: {error}"))?;
        let is_https = self.public_url.as_ref().is_some_and(PublicUrl::is_https);
        anyhow::ensure!(
            !is_https || !self.map_tiles.origin().is_some_and(|origin| origin.starts_with("http://")),
            "configuration: `map_tiles.address` (TIDINGS_MAP_TILES) must begin with https://, as `public_url` does: browsers \
            show no pictures from elsewhere that came without it; for tiles of your own, a path of this address will do"
        );
        self.mail.checked().map_err(|error| anyhow::anyhow!("configuration: {error}"))?;
        let filter = tracing_subscriber::EnvFilter::try_new(&self.log.filter);
        filter.map_err(|error| anyhow::anyhow!("configuration: `log.filter` (TIDINGS_LOG): {error}"))?;
        Ok(())
    }

    /// The database to open.
    ///
    /// # Errors
    /// When `database_url` is not the address of one.
    pub fn database(&self) -> anyhow::Result<DatabaseUrl> {
        self.database_url
            .parse()
            .map_err(|error| anyhow::anyhow!("configuration: `database_url` (DATABASE_URL): {error}"))
    }

    /// The example file.
    pub fn example() -> String {
        confique::toml::template::<Self>(FormatOptions::default())
    }

    /// The defaults, whatever the environment says: for tests.
    ///
    /// # Errors
    /// Never: every key has a default.
    pub fn defaults() -> anyhow::Result<Self> {
        Ok(Self::builder().load()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tidings.toml");
        std::fs::write(&file, toml).unwrap();
        let config = Config::builder().file(&file).load().map_err(|error| format!("{error:#}"))?;
        config.check().map_err(|error| format!("{error:#}"))?;
        Ok(config)
    }

    #[test]
    fn no_configuration_at_all_is_the_embedded_default() {
        let config = read("").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert!(config.map_address.template().is_some());
        assert_eq!(read("map_address = ''").unwrap().map_address.template(), None);
        assert_eq!(config.database().unwrap(), DatabaseUrl::Sqlite("tidings-data/tidings.db".into()));
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_key() {
        for (toml, key) in [
            ("listen = 'here'", "listen"),
            ("database_url = 'mysql://x'", "database_url"),
            ("public_url = 'support.example.com'", "public_url"),
            ("public_url = 'https://example.com/support'", "public_url"),
            ("map_address = 'javascript:{latitude},{longitude}'", "map_address"),
            ("map_address = 'https://maps.example.com/{latitude}'", "map_address"),
            ("[map_tiles]\naddress = 'https://{s}.example.com/{z}/{x}/{y}.png'", "address"),
            ("[map_tiles]\naddress = '/tiles/{z}/{x}/{y}.png'", "map_tiles.credit"),
            (
                "public_url = 'https://support.example.com'\n[map_tiles]\naddress = 'http://10.0.0.5:8081/{z}/{x}/{y}.png'\ncredit = 'A'",
                "map_tiles.address",
            ),
            ("[map_tiles]\naddress = '/tiles/{z}/{x}/{y}.png'\ncredit = ' '", "map_tiles.credit"),
            ("[map_tiles]\ndeepest = 23", "map_tiles.deepest"),
            ("[rates]\nsession_per_second = -1", "session_per_second"),
            ("[http]\nrequest_seconds = 0", "http.request_seconds"),
            ("[log]\nformat = 'xml'", "format"),
            ("[log]\nfilter = 'a=b=c'", "log.filter"),
            ("lisen = '127.0.0.1:1'", "lisen"),
            ("[push]\napns = ''", "apns"),
            ("[files]\nat_once = 0", "files.at_once"),
            ("[files]\nplace = 'gs://bucket'", "files.place"),
            ("[mail]\nhost = 'smtp.example.com'", "mail.from"),
            ("[sign_in]\ninside_hosts = ['https://id.example.internal']", "sign_in.inside_hosts"),
            ("[sign_in]\ninside = true", "inside"),
            ("[mail]\ntls = 'ssl'", "tls"),
        ] {
            let error = read(toml).unwrap_err();
            assert!(error.contains(key), "{toml}: {error}");
        }
    }

    #[test]
    fn the_example_file_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/tidings.example.toml");
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(
            checked_in,
            Config::example(),
            "run: tidings config example > deploy/tidings.example.toml"
        );
    }

    #[test]
    fn the_example_file_is_read_as_the_defaults() {
        let config = read(&Config::example()).unwrap();
        assert_eq!(config.rates.session_per_second, Config::defaults().unwrap().rates.session_per_second);
    }
}
