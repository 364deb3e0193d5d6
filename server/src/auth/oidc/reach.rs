//! Which addresses of a provider are asked: those of the internet, and those inside this network whose host the operator names.

use std::path::PathBuf;

use http::{Request, Uri};
use http_body_util::Full;

use crate::push::SetupError;
use crate::push::net::{Answer, Net, NetError, Reach, Speaks, Trust};
use crate::push::web::origin;

/// `sign_in`.
#[derive(Debug, Clone, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct SignInConfig {
    /// Hosts of identity providers that may be inside this network, and at other ports than 443, such as
    /// `["id.example.internal"]`; in the environment with commas between them. Otherwise whoever names a provider cannot
    /// reach inside.
    #[config(
        env = "TIDINGS_SIGN_IN_INSIDE_HOSTS",
        parse_env = confique::env::parse::list_by_comma,
        default = []
    )]
    pub inside_hosts: Vec<String>,

    /// A file with certificates (PEM) to trust besides the public ones when a provider is asked: of an authority of the
    /// company's own.
    #[config(env = "TIDINGS_SIGN_IN_EXTRA_CA")]
    pub extra_ca: Option<PathBuf>,
}

impl SignInConfig {
    /// Looks at what the type of a key does not say.
    ///
    /// # Errors
    /// Names the key whose value is wrong.
    pub fn checked(&self) -> anyhow::Result<()> {
        let is_host = |host: &String| {
            host.trim().is_empty()
                || host.trim().parse::<http::uri::Authority>().is_ok_and(|it| it.host() == it.as_str())
        };
        anyhow::ensure!(
            self.inside_hosts.iter().all(is_host),
            "configuration: `sign_in.inside_hosts` (TIDINGS_SIGN_IN_INSIDE_HOSTS): expected names such as id.example.internal, without `https://` and a port"
        );
        self.trust().map(drop)
    }

    fn trust(&self) -> anyhow::Result<Trust> {
        Trust::load(self.extra_ca.as_deref()).map_err(|error| match error {
            SetupError::ExtraCa { path, why } => anyhow::anyhow!(
                "configuration: `sign_in.extra_ca` (TIDINGS_SIGN_IN_EXTRA_CA): cannot use {}: {why}",
                path.display()
            ),
            other => other.into(),
        })
    }
}

/// The ways out: one to the internet only, one for the hosts that the operator names.
pub(super) struct Paths {
    outside: Net,
    inside: Net,
    inside_hosts: Vec<String>,
}

impl Paths {
    pub(super) fn new(config: &SignInConfig) -> anyhow::Result<Self> {
        let trust = config.trust()?;
        let hosts = config.inside_hosts.iter().map(|host| host.trim().to_ascii_lowercase());
        Ok(Self {
            outside: Net::to(&trust, Reach::Public, Speaks::Either),
            inside: Net::to(&trust, Reach::Anywhere, Speaks::Either),
            inside_hosts: hosts.filter(|host| !host.is_empty()).collect(),
        })
    }

    fn reach(&self, address: &Uri) -> Reach {
        let host = address.host().unwrap_or_default().to_ascii_lowercase();
        if self.inside_hosts.contains(&host) { Reach::Anywhere } else { Reach::Public }
    }

    /// Whether an address may be asked, as far as it says itself; where its name leads is looked at when it is dialled.
    pub(super) fn may_ask(&self, address: &str) -> bool {
        let parsed: Result<Uri, _> = address.parse();
        parsed.is_ok_and(|parsed| origin(address, self.reach(&parsed)).is_ok())
    }

    pub(super) async fn send(&self, request: Request<Full<bytes::Bytes>>) -> Result<Answer, NetError> {
        match self.reach(request.uri()) {
            Reach::Public => self.outside.send(request).await,
            Reach::Anywhere => self.inside.send(request).await,
        }
    }
}

/// Whether a browser may be sent there: the server itself never asks it.
pub(super) fn may_open(address: &str) -> bool {
    let parsed: Result<Uri, _> = address.parse();
    parsed.is_ok_and(|parsed| {
        let authority = parsed.authority().map_or("", |authority| authority.as_str());
        parsed.scheme_str() == Some("https") && !authority.is_empty() && !authority.contains('@')
    })
}
