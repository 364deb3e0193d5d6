//! The company's provider at the door: where agents sign in there, and who they are here when they come back.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tidings_protocol::id::AgentId;
use tidings_protocol::inbox::Agent;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::single_sign_on::{IdentityProvider, ProviderAddress, ProviderFault, ProviderReturn};
use tidings_protocol::time::Timestamp;
use tidings_store::challenges::{ChallengePurpose, MakeChallenge, TakeChallenge};
use tidings_store::single_sign_on::{
    Arrival, Arrive, ConnectIdentity, Connected, RefuseArrival, StoredProvider, Vouched,
};

use super::oidc::address::{Lacking, counting, shown_name};
use super::oidc::token::{Identity, Wrong};
use super::oidc::{Attempt, Fresh, Refused, Returned};
use super::webauthn::Party;
use super::{new_token, token_hash};
use crate::app::App;
use crate::problem::Problem;

/// The page of the inbox to which a provider sends agents back.
const PAGE: &str = "/sso";

/// Where a provider sends agents back to, if the server knows under which address it is reached.
pub struct Back(pub Option<String>);

impl Back {
    /// The address.
    ///
    /// # Errors
    /// [`ProblemCode::ProviderUnusable`].
    pub fn address(&self) -> Result<&str, Problem> {
        let detail = "the server does not know under which address it is reached: set `public_url`";
        self.0.as_deref().ok_or_else(|| Problem::new(ProblemCode::ProviderUnusable).detail(detail))
    }
}

impl FromRequestParts<App> for Back {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let origin = if let Some(url) = &app.config.public_url {
            Some(url.origin().to_owned())
        } else {
            let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
            Party::of(None, host).map(|party| party.origin)
        };
        Ok(Self(origin.map(|origin| format!("{origin}{PAGE}"))))
    }
}

/// What whoever signs in is told: which check failed, and nothing of what lies behind the provider. The log has the rest.
impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        tracing::warn!(why = %refused, fault = ?refused.fault(), "a sign-in at the company's provider failed");
        let code = match &refused {
            Refused::Provider(..) => ProblemCode::ProviderUnusable,
            _ => ProblemCode::ProviderRefused,
        };
        Self::new(code).detail(match &refused {
            Refused::Provider(fault, _) => outside(*fault).to_owned(),
            Refused::Token(Wrong::Claims(_)) => "the claims of the token cannot be read".to_owned(),
            other => other.to_string(),
        })
    }
}

impl Refused {
    const fn fault(&self) -> Option<ProviderFault> {
        match self {
            Self::Provider(fault, _) => Some(*fault),
            _ => None,
        }
    }
}

/// What is wrong with a provider, for whoever only wants to sign in.
const fn outside(fault: ProviderFault) -> &'static str {
    match fault {
        ProviderFault::Address => "one of the provider's addresses may not be reached",
        ProviderFault::Unreachable => "the provider does not answer",
        ProviderFault::Discovery => "the provider does not say what it offers",
        ProviderFault::Issuer => "the provider says that it is somebody else",
        ProviderFault::Unsuitable => "the provider does not offer what is needed",
        ProviderFault::Keys => "the provider has no key that can be used",
        ProviderFault::Client => "the provider does not take this server for its client",
    }
}

/// Somebody is who the company's provider says. Only [`arrived`] makes one.
pub struct VouchedAgent {
    agent: Agent,
    looked_at: Option<Timestamp>,
}

impl VouchedAgent {
    /// Who, and when the provider looked who it is, if it says so.
    pub fn into_parts(self) -> (Agent, Option<Timestamp>) {
        (self.agent, self.looked_at)
    }
}

/// The provider of the company, if it has one.
///
/// # Errors
/// When the store cannot be asked.
pub async fn of_the_company(app: &App) -> Result<Option<StoredProvider>, Problem> {
    match app.db.workspace().await? {
        Some(workspace) => Ok(app.db.identity_provider(workspace.id).await?),
        None => Ok(None),
    }
}

/// Where somebody signs in at the provider. What they hold - a cookie, a session - is what they must hold when they come back.
///
/// # Errors
/// When the provider cannot be asked what it offers.
pub async fn begin(
    app: &App,
    provider: &IdentityProvider,
    back: &Back,
    held: &str,
    purpose: ChallengePurpose,
) -> Result<ProviderAddress, Problem> {
    let now = app.clock.now();
    // When it was begun is part of it, so that it cannot be said otherwise.
    let state = format!("{}.{}", new_token(&app.clock, ""), now.unix_ms());
    let attempt = Attempt::of(&state, held, provider);
    let fresh = if purpose == ChallengePurpose::ProveByProvider { Fresh::Now } else { Fresh::Any };
    let address = app.oidc.address(provider, &attempt, back.address()?, fresh, now).await?;
    let (challenge, holder) = (token_hash(&state), token_hash(held));
    app.db.write(MakeChallenge { challenge, holder, purpose, now }).await?;
    Ok(ProviderAddress { address })
}

/// Whom the provider vouches for, when somebody has come back from it.
async fn returned(
    app: &App,
    stored: &StoredProvider,
    back: &Back,
    held: &str,
    purpose: ChallengePurpose,
    asked: &ProviderReturn,
) -> Result<Identity, Problem> {
    let (state, now) = (asked.state.as_str(), app.clock.now());
    let (challenge, holder) = (token_hash(state), token_hash(held));
    if !app.db.write(TakeChallenge { challenge, holder, purpose, now }).await? {
        let detail =
            "the sign-in was finished before, is older than fifteen minutes, or was begun in another browser";
        return Err(refused(detail));
    }
    let begun = state.rsplit_once('.').and_then(|(_, ms)| ms.parse().ok()).map(Timestamp::from_unix_ms);
    let begun = begun.ok_or_else(|| refused("the sign-in does not say when it was begun"))?;
    let attempt = Attempt::of(state, held, &stored.provider);
    let returned = Returned {
        code: asked.code.as_str(),
        iss: asked.iss.as_deref(),
        address: back.address()?,
        looked_since: (purpose == ChallengePurpose::ProveByProvider).then_some(begun),
    };
    match app.oidc.identity(stored, &attempt, returned, &app.clock).await {
        Ok(identity) => Ok(identity),
        Err(why) => Err(written_down(app, stored, why.into()).await?),
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(ProblemCode::ProviderRefused).detail(detail)
}

/// The same problem, once it stands in the audit log.
async fn written_down(app: &App, stored: &StoredProvider, problem: Problem) -> Result<Problem, Problem> {
    let (workspace_id, code) = (stored.workspace_id, problem.code());
    app.db.write(RefuseArrival { workspace_id, code, now: app.clock.now() }).await?;
    Ok(problem)
}

/// The agent who came back from the provider; at the first time they become one.
///
/// # Errors
/// When the provider does not vouch for them, or nobody here is whom it vouches for.
pub async fn arrived(
    app: &App,
    stored: &StoredProvider,
    back: &Back,
    held: &str,
    asked: &ProviderReturn,
) -> Result<VouchedAgent, Problem> {
    let identity = returned(app, stored, back, held, ChallengePurpose::SignInByProvider, asked).await?;
    let email = counting(&stored.provider, &identity);
    let name =
        shown_name(&identity).ok_or_else(|| Problem::internal("a name could not be made", &"empty"))?;
    let arrive = Arrive {
        vouched: vouched(stored, &identity),
        email: email.as_ref().ok().cloned(),
        name,
        new_agents: stored.provider.new_agents.clone(),
        fresh_id: AgentId::from_parts(app.clock.unix_ms(), app.clock.random()),
        fresh_password_hash: nobodys_password(app),
        now: app.clock.now(),
    };
    let arrival = app.db.write(arrive).await?;
    match turned_away(&arrival, email.err()) {
        Some((code, detail)) => {
            tracing::warn!(?code, detail, "somebody came from the company's provider and was refused");
            Err(written_down(app, stored, Problem::new(code).detail(detail)).await?)
        }
        None => match arrival {
            Arrival::In(agent) => Ok(VouchedAgent { agent, looked_at: identity.looked_at }),
            _ => Err(Problem::internal("an arrival was not understood", &"not in")),
        },
    }
}

fn vouched(stored: &StoredProvider, identity: &Identity) -> Vouched {
    Vouched {
        workspace_id: stored.workspace_id,
        issuer: stored.provider.issuer.as_str().to_owned(),
        subject: identity.subject.clone(),
    }
}

/// Why somebody does not come in, in words that help who invites them.
const fn turned_away(arrival: &Arrival, lacking: Option<Lacking>) -> Option<(ProblemCode, &'static str)> {
    Some(match (arrival, lacking) {
        (Arrival::In(_), _) => return None,
        (Arrival::NotInvited, Some(Lacking::Address)) => (
            ProblemCode::EmailUnverified,
            "the provider names no e-mail address, neither in its token nor by userinfo_endpoint",
        ),
        (Arrival::NotInvited, Some(Lacking::Verification)) => (
            ProblemCode::EmailUnverified,
            "the provider does not say that it has verified the e-mail address (`email_verified`)",
        ),
        (Arrival::NotInvited, Some(Lacking::Domain)) => (
            ProblemCode::NotInvited,
            "the e-mail address, or the company of the account (`hd`), is of no domain that may come in",
        ),
        (Arrival::NotInvited, None) => (
            ProblemCode::NotInvited,
            "no agent and no invitation has the e-mail address that the provider names",
        ),
        (Arrival::ShutOut, _) => (ProblemCode::AgentShutOut, "this agent is shut out"),
        (Arrival::OtherIdentity, _) => (
            ProblemCode::IdentityTaken,
            "the agent with this e-mail address has another identity (`sub`) at this provider",
        ),
        (Arrival::MustConnect, _) => (
            ProblemCode::ConnectFirst,
            "the agent with this e-mail address is an owner, or has a second factor or a passkey",
        ),
        (Arrival::Changed, _) => {
            (ProblemCode::ProviderRefused, "the company's provider was changed meanwhile: begin anew")
        }
    })
}

/// Whether the agent who came back is the one who went; answers when the provider looked.
///
/// # Errors
/// When the provider does not vouch for them, or for somebody else.
pub async fn is_still(
    app: &App,
    stored: &StoredProvider,
    back: &Back,
    (agent, held): (AgentId, &str),
    asked: &ProviderReturn,
) -> Result<Option<Timestamp>, Problem> {
    let identity = returned(app, stored, back, held, ChallengePurpose::ProveByProvider, asked).await?;
    let known = app.db.identity_of(agent, stored.provider.issuer.as_str()).await?;
    if known.is_none_or(|known| known.subject != identity.subject) {
        return Err(refused("somebody else has signed in at the provider"));
    }
    Ok(identity.looked_at)
}

/// Connects an agent with the account with which they came back from the provider.
///
/// # Errors
/// When the provider does not vouch for it, it is another agent's, or the agent has another one.
pub async fn connect(
    app: &App,
    stored: &StoredProvider,
    back: &Back,
    (agent_id, held): (AgentId, &str),
    asked: &ProviderReturn,
) -> Result<(), Problem> {
    let identity = returned(app, stored, back, held, ChallengePurpose::ConnectProvider, asked).await?;
    let command = ConnectIdentity { vouched: vouched(stored, &identity), agent_id, now: app.clock.now() };
    let taken = |detail: &str| Err(Problem::new(ProblemCode::IdentityTaken).detail(detail));
    match app.db.write(command).await? {
        Connected::Yes => Ok(()),
        Connected::OtherAgent => taken("this account of the provider is another agent's"),
        Connected::OtherIdentity => taken("you are connected with another account of the provider"),
        Connected::Changed => Err(refused("the company's provider was changed meanwhile: begin anew")),
    }
}

/// The hash of no password: whoever comes by way of the provider has none.
fn nobodys_password(app: &App) -> String {
    use base64::prelude::BASE64_STANDARD_NO_PAD;
    let (salt, hash) = (app.clock.random::<16>(), app.clock.random::<32>());
    let (salt, hash) = (BASE64_STANDARD_NO_PAD.encode(salt), BASE64_STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${hash}")
}

/// What a session holds, for [`begin`]: whoever reads it in the database lacks the state.
pub fn held_by(session: super::TokenHash) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(session)
}
