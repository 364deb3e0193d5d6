mod only;
mod proofs;

use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_protocol::id::AgentId;
use tidings_protocol::inbox::AgentRole;
use tidings_standins::{Authority, Mischief, Oidc, Person};

use crate::auth::agent::ATTEMPT;
use crate::testing::{AGENT_EMAIL, AGENT_PASSWORD, Answer, Harness};

const PATH: &str = "/inbox/v1/settings/single_sign_on";
const BY_KEY: &str = "/admin/v1/single_sign_on";
const OWNER_EMAIL: &str = "olive@example.org";
const START: i64 = 1_795_253_400_000;

/// A server and a provider that trust each other's certificates.
struct Scene {
    harness: Harness,
    oidc: Oidc,
    clock: tidings_standins::Clock,
    owner: AgentId,
    _folder: TempDir,
}

impl Scene {
    async fn start() -> Self {
        let authority = Authority::new().unwrap();
        let clock = tidings_standins::Clock::manual(START);
        let oidc = Oidc::start(&authority, 0, clock.clone()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.pem()).unwrap();
        let harness = Harness::start_with(|config| {
            config.public_url = Some("https://support.example.com".to_owned().try_into().unwrap());
            config.sign_in.extra_ca = Some(ca);
            config.sign_in.inside_hosts = vec!["LocalHost".to_owned()];
        })
        .await;
        let owner = AgentId::from_parts(9, [9; 10]);
        harness.new_agent(owner, harness.workspace_id, OWNER_EMAIL, None).await;
        harness.set_role(owner, AgentRole::Owner).await;
        Self { harness, oidc, clock, owner, _folder: folder }
    }

    fn body(&self) -> Value {
        json!({
            "label": "Acme ID", "issuer": self.oidc.url(), "client_id": Oidc::CLIENT_ID,
            "client_secret": Oidc::CLIENT_SECRET, "domains": ["Example.org"],
        })
    }

    async fn set(&self, change: impl FnOnce(&mut Value)) -> Answer {
        let mut body = self.body();
        change(&mut body);
        let cookie = self.harness.session_of(self.owner).await;
        self.harness.put(PATH, &body).cookie(&cookie).same_origin().await
    }

    /// Connects the account of an agent from a session of theirs.
    async fn connect(&self, cookie: &str, person: Person) -> Answer {
        let path = "/inbox/v1/account/provider";
        let begun = self.harness.post(&format!("{path}/address"), &Value::Null).cookie(cookie).same_origin();
        let begun = begun.await;
        assert_eq!(begun.status, 200, "{}", begun.text());
        let back = self.oidc.sign_in(begun.json()["address"].as_str().unwrap(), person).unwrap();
        self.harness.post(path, &returned(&back)).cookie(cookie).same_origin().await
    }

    /// The provider is the only way in, but for the owner.
    async fn make_only(&self) -> Answer {
        assert_eq!(self.set(|_| {}).await.status, 200);
        let cookie = self.harness.session_of(self.owner).await;
        assert_eq!(self.connect(&cookie, Person::of(OWNER_EMAIL)).await.status, 204);
        self.set(|body| {
            body["only"] = json!(true);
            body["emergency_agent_id"] = json!(self.owner);
        })
        .await
    }

    async fn by_password(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "password": AGENT_PASSWORD });
        self.harness.post("/inbox/v1/session", &body).same_origin().await
    }

    async fn acts(&self) -> Vec<Value> {
        let log =
            self.harness.get("/admin/v1/audit_log?limit=20").bearer(&self.harness.server_key).await.json();
        log["entries"].as_array().unwrap().clone()
    }

    /// Asks where to sign in; answers the address and the cookie of the attempt.
    async fn begin(&self) -> (String, String) {
        let path = "/inbox/v1/session/provider/address";
        let answer = self.harness.post(path, &Value::Null).same_origin().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let cookie = answer.header("set-cookie").split(['=', ';']).nth(1).unwrap().to_owned();
        (answer.json()["address"].as_str().unwrap().to_owned(), cookie)
    }

    async fn finish(&self, back: &str, cookie: &str) -> Answer {
        let cookie = format!("{ATTEMPT}={cookie}");
        let body = returned(back);
        let ask = self.harness.post("/inbox/v1/session/provider", &body).header("cookie", &cookie);
        ask.same_origin().await
    }

    async fn sign_in(&self, person: Person) -> Answer {
        let (address, cookie) = self.begin().await;
        let back = self.oidc.sign_in(&address, person).unwrap();
        assert!(back.starts_with("https://support.example.com/sso?"), "{back}");
        self.finish(&back, &cookie).await
    }

    fn pass(&self, ms: i64) {
        self.harness.hand.advance_ms(ms);
        self.clock.set(self.harness.app.clock.now().unix_ms());
    }
}

/// What the page sends of the address to which somebody came back.
fn returned(back: &str) -> Value {
    let query = back.split_once('?').unwrap().1;
    let of = |name: &str| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        found.map(|value| value.replace("%3A", ":").replace("%2F", "/"))
    };
    let mut body = json!({ "code": of("code").unwrap(), "state": of("state").unwrap() });
    if let Some(iss) = of("iss") {
        body["iss"] = json!(iss);
    }
    body
}

fn session(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.header("set-cookie").split(['=', ';']).nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn an_agent_comes_in_by_the_provider_and_is_known_by_it_from_then_on() {
    let scene = Scene::start().await;
    let harness = &scene.harness;
    let ways = async || harness.get("/inbox/v1/session/ways").await.json();
    assert_eq!(ways().await, json!({ "only_provider": false }));
    let set = scene.set(|_| {}).await;
    assert_eq!(set.status, 200, "{}", set.text());
    assert_eq!(set.json()["return_address"], "https://support.example.com/sso");
    assert!(!set.text().contains("secret"), "{}", set.text());
    assert_eq!(ways().await, json!({ "provider": "Acme ID", "only_provider": false }));
    let cookie = session(&scene.sign_in(Person::of(AGENT_EMAIL)).await);
    assert_eq!(harness.get("/inbox/v1/session").cookie(&cookie).await.json()["email"], AGENT_EMAIL);
    assert_eq!(
        harness.get("/inbox/v1/account").cookie(&cookie).await.json()["provider"]["is_connected"],
        true
    );
    let moved =
        Person { email: "new@elsewhere.example".to_owned(), is_verified: false, ..Person::of(AGENT_EMAIL) };
    let cookie = session(&scene.sign_in(moved).await);
    assert_eq!(harness.get("/inbox/v1/session").cookie(&cookie).await.json()["email"], AGENT_EMAIL);
    let heir = Person { subject: "the next one".to_owned(), ..Person::of(AGENT_EMAIL) };
    assert_eq!(scene.sign_in(heir).await.code(), "identity_taken");
    let log = scene.acts().await;
    let acts: Vec<_> = log.iter().map(|line| line["act"].clone()).collect();
    assert_eq!(
        acts[..5],
        [
            "provider_sign_in_refused",
            "agent_signed_in",
            "agent_signed_in",
            "agent_identity_bound",
            "single_sign_on_set"
        ]
    );
    assert_eq!(log[0]["details"], json!({ "code": "identity_taken" }), "of the person nothing");
    assert_eq!(log[1]["details"]["by"], "provider");
    assert_eq!(log[4]["details"]["client_id"], Oidc::CLIENT_ID);
    assert_eq!(log[4]["details"]["domains"], "example.org");
}

#[tokio::test]
async fn who_is_not_invited_stays_out_unless_the_company_lets_them_in() {
    let scene = Scene::start().await;
    scene.set(|_| {}).await;
    assert_eq!(scene.sign_in(Person::of("zoe@example.org")).await.code(), "not_invited");
    let unverified = Person { is_verified: false, ..Person::of(AGENT_EMAIL) };
    assert_eq!(scene.sign_in(unverified).await.code(), "email_unverified");
    let invite = json!({ "email": "zoe@example.org", "role": "viewer" });
    let invited =
        scene.harness.post("/admin/v1/invitations", &invite).bearer(&scene.harness.server_key).await;
    assert_eq!(invited.status, 201);
    assert_eq!(scene.sign_in(Person::of("zoe@example.org")).await.json()["role"], "viewer");
    scene.set(|body| body["new_agents"] = json!({ "role": "trainee" })).await;
    assert_eq!(scene.sign_in(Person::of("max@example.org")).await.json()["role"], "trainee");
    assert_eq!(scene.sign_in(Person::of("max@elsewhere.example")).await.code(), "not_invited");
    let disable = format!("/admin/v1/agents/{}/disabled", scene.harness.agent_id);
    scene.sign_in(Person::of(AGENT_EMAIL)).await;
    scene.harness.put(&disable, &Value::Null).bearer(&scene.harness.server_key).await;
    assert_eq!(scene.sign_in(Person::of(AGENT_EMAIL)).await.code(), "agent_shut_out");
}

#[tokio::test]
async fn whatever_the_provider_does_wrong_opens_nothing() {
    let scene = Scene::start().await;
    scene.set(|_| {}).await;
    for (mischief, says) in [
        (Mischief::WrongNonce, "nonce"),
        (Mischief::WrongAudience, "aud"),
        (Mischief::ManyAudiences, "azp"),
        (Mischief::WrongIssuer, "iss"),
        (Mischief::Expired, "exp"),
        (Mischief::Early, "iat"),
        (Mischief::AlgNone, "signed with none"),
        (Mischief::HmacWithPublicKey, "signed with HS256"),
        (Mischief::OtherKey, "signature"),
        (Mischief::WordForTime, "claims"),
        (Mischief::ReturnsOther, "another issuer"),
        (Mischief::ReturnsNone, "another issuer"),
    ] {
        scene.oidc.misbehave(Some(mischief));
        let answer = scene.sign_in(Person::of(AGENT_EMAIL)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "provider_refused"), "{mischief:?}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(says), "{mischief:?}: {detail}");
    }
    scene.oidc.misbehave(Some(Mischief::Broken));
    let broken = scene.sign_in(Person::of(AGENT_EMAIL)).await;
    assert_eq!((broken.status, broken.code().as_str()), (422, "provider_unusable"));
    scene.oidc.misbehave(None);
    assert_eq!(scene.sign_in(Person::of(AGENT_EMAIL)).await.status, 201);
}

#[tokio::test]
async fn a_key_that_is_changed_is_fetched_and_an_old_one_ends() {
    let scene = Scene::start().await;
    scene.set(|_| {}).await;
    assert_eq!(scene.sign_in(Person::of(AGENT_EMAIL)).await.status, 201);
    scene.oidc.rotate().unwrap();
    let hasty = scene.sign_in(Person::of(AGENT_EMAIL)).await;
    assert_eq!(hasty.code(), "provider_refused", "a provider is not asked for its keys again and again");
    scene.pass(30_000);
    assert_eq!(scene.sign_in(Person::of(AGENT_EMAIL)).await.status, 201);
}

#[tokio::test]
async fn a_sign_in_counts_once_in_its_browser_for_fifteen_minutes() {
    let scene = Scene::start().await;
    scene.set(|_| {}).await;
    let (address, own) = scene.begin().await;
    let (_, other) = scene.begin().await;
    let back = scene.oidc.sign_in(&address, Person::of(AGENT_EMAIL)).unwrap();
    assert_eq!(scene.finish(&back, &other).await.code(), "provider_refused", "another browser");
    assert_eq!(scene.finish(&back, &own).await.status, 201);
    assert_eq!(scene.finish(&back, &own).await.code(), "provider_refused", "used");
    let (address, own) = scene.begin().await;
    let back = scene.oidc.sign_in(&address, Person::of(AGENT_EMAIL)).unwrap();
    scene.pass(15 * 60_000);
    assert_eq!(scene.finish(&back, &own).await.code(), "provider_refused", "too late");
    let (address, own) = scene.begin().await;
    let back = scene.oidc.sign_in(&address, Person::of(AGENT_EMAIL)).unwrap();
    let (forged, _) = back.split_once("code=").unwrap();
    let rest = back.split_once("&state=").unwrap().1;
    let forged = format!("{forged}code=another&state={rest}");
    assert_eq!(scene.finish(&forged, &own).await.code(), "provider_refused");
}

#[tokio::test]
async fn an_address_is_not_enough_to_become_an_owner_or_who_has_a_factor() {
    let scene = Scene::start().await;
    let harness = &scene.harness;
    scene.set(|_| {}).await;
    assert_eq!(scene.sign_in(Person::of(OWNER_EMAIL)).await.code(), "connect_first");
    let cookie = harness.session_of(scene.owner).await;
    scene.pass(11 * 60_000);
    let begun =
        harness.post("/inbox/v1/account/provider/address", &Value::Null).cookie(&cookie).same_origin();
    assert_eq!(begun.await.code(), "proof_needed");
    let cookie = harness.session_of(scene.owner).await;
    assert_eq!(scene.connect(&cookie, Person::of(OWNER_EMAIL)).await.status, 204);
    assert_eq!(scene.connect(&cookie, Person::of(OWNER_EMAIL)).await.status, 204, "twice is fine");
    assert_eq!(scene.sign_in(Person::of(OWNER_EMAIL)).await.json()["role"], "owner");
    let second = scene.connect(&cookie, Person::of("other@example.org")).await;
    assert_eq!(second.code(), "identity_taken", "one account each");
    let agent = harness.agent_cookie().await;
    let stolen = scene.connect(&agent, Person::of(OWNER_EMAIL)).await;
    assert_eq!(stolen.code(), "identity_taken", "an account is one agent's");
    let path = format!("/inbox/v1/settings/agents/{}/identity", scene.owner);
    assert_eq!(harness.delete(&path).cookie(&cookie).same_origin().await.status, 204);
    assert_eq!(scene.sign_in(Person::of(OWNER_EMAIL)).await.code(), "connect_first");
}

#[tokio::test]
async fn an_agent_who_is_disconnected_is_bound_anew_and_their_session_ends() {
    let scene = Scene::start().await;
    let harness = &scene.harness;
    scene.set(|_| {}).await;
    let (vouched, own) =
        (session(&scene.sign_in(Person::of(AGENT_EMAIL)).await), harness.agent_cookie().await);
    let staff = harness.get("/admin/v1/agents").bearer(&harness.server_key).await.json();
    assert_eq!(
        (&staff["agents"][0]["has_identity"], &staff["agents"][1]["has_identity"]),
        (&json!(true), &json!(false))
    );
    let path = format!("/admin/v1/agents/{}/identity", harness.agent_id);
    assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
    assert_eq!(harness.get("/inbox/v1/session").cookie(&vouched).await.code(), "unauthenticated");
    assert_eq!(harness.get("/inbox/v1/session").cookie(&own).await.status, 200);
    assert_eq!(scene.acts().await[0]["act"], "agent_identity_unbound");
    let heir = Person { subject: "a new account".to_owned(), ..Person::of(AGENT_EMAIL) };
    assert_eq!(scene.sign_in(heir).await.status, 201);
}

#[tokio::test]
async fn an_address_is_asked_for_where_the_token_has_none_and_trusted_where_an_owner_says_so() {
    let scene = Scene::start().await;
    scene.set(|_| {}).await;
    scene.oidc.misbehave(Some(Mischief::AddressOfOther));
    let other = scene.sign_in(Person::of(AGENT_EMAIL)).await;
    assert!(other.json()["detail"].as_str().unwrap().contains("somebody else"), "{}", other.text());
    scene.oidc.misbehave(Some(Mischief::AddressBesides));
    assert_eq!(scene.sign_in(Person::of(AGENT_EMAIL)).await.json()["email"], AGENT_EMAIL);
    let path = format!("/admin/v1/agents/{}/identity", scene.harness.agent_id);
    scene.harness.delete(&path).bearer(&scene.harness.server_key).await;
    scene.oidc.misbehave(Some(Mischief::SaysNothingOfAddress));
    assert_eq!(scene.sign_in(Person::of(AGENT_EMAIL)).await.code(), "email_unverified");
    let everywhere = scene.set(|body| {
        body["trusts_addresses"] = json!(true);
        body["domains"] = json!([]);
    });
    assert_eq!(everywhere.await.json()["pointer"], "/domains");
    assert_eq!(scene.set(|body| body["trusts_addresses"] = json!(true)).await.status, 200);
    assert_eq!(scene.sign_in(Person::of(AGENT_EMAIL)).await.json()["email"], AGENT_EMAIL);
    let unverified = Person { is_verified: false, ..Person::of("zoe@example.org") };
    scene.oidc.misbehave(None);
    assert_eq!(scene.sign_in(unverified).await.code(), "email_unverified", "what is denied never counts");
}

#[tokio::test]
async fn a_secret_goes_among_the_fields_where_the_provider_wants_it_there() {
    let scene = Scene::start().await;
    scene.oidc.misbehave(Some(Mischief::SecretInBody));
    scene.set(|_| {}).await;
    assert_eq!(scene.sign_in(Person::of(AGENT_EMAIL)).await.status, 201);
}

#[tokio::test]
async fn a_trial_says_what_is_wrong() {
    let scene = Scene::start().await;
    let cookie = scene.harness.session_of(scene.owner).await;
    let test = async |change: fn(&mut Value)| {
        let mut body = json!({
            "issuer": scene.oidc.url(), "client_id": Oidc::CLIENT_ID, "client_secret": Oidc::CLIENT_SECRET,
        });
        change(&mut body);
        scene.harness.post(&format!("{PATH}/trial"), &body).cookie(&cookie).same_origin().await.json()
    };
    assert_eq!(test(|_| {}).await, json!({}));
    assert_eq!(test(|body| body["client_secret"] = json!("wrong")).await["fault"], "client");
    assert_eq!(test(|body| body["issuer"] = json!("http://id.example.org")).await["fault"], "address");
    assert_eq!(test(|body| body["issuer"] = json!("https://localhost:1")).await["fault"], "unreachable");
    assert_eq!(
        test(|body| body["issuer"] = json!("https://127.0.0.1:1")).await["fault"],
        "address",
        "not named"
    );
    for (mischief, fault) in [
        (Mischief::SaysOther, "issuer"),
        (Mischief::NoPkce, "unsuitable"),
        (Mischief::NoSecret, "unsuitable"),
        (Mischief::KeysInside, "address"),
        (Mischief::RefusesAll, "client"),
        (Mischief::Broken, "unreachable"),
    ] {
        scene.oidc.misbehave(Some(mischief));
        assert_eq!(test(|_| {}).await["fault"], fault, "{mischief:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_in_words_and_only_owners_set_it() {
    let scene = Scene::start().await;
    for (pointer, change) in [
        ("/issuer", (|body| body["issuer"] = json!("http://id.example.org")) as fn(&mut Value)),
        ("/issuer", |body| body["issuer"] = json!("https://id.example.org/?x")),
        ("/domains/0", |body| body["domains"] = json!(["not a domain"])),
        ("/domains", |body| {
            body["domains"] = json!([]);
            body["new_agents"] = json!({ "role": "agent" });
        }),
        ("/new_agents/role", |body| body["new_agents"] = json!({ "role": "owner" })),
        ("/client_secret", |body| body["client_secret"] = Value::Null),
    ] {
        assert_eq!(scene.set(change).await.json()["pointer"], pointer);
    }
    assert_eq!(scene.set(|_| {}).await.status, 200);
    assert_eq!(scene.set(|body| body["client_secret"] = Value::Null).await.status, 200, "the secret stays");
    let other = scene.set(|body| {
        body["client_secret"] = Value::Null;
        body["issuer"] = json!("https://other.example.org");
    });
    assert_eq!(other.await.json()["pointer"], "/client_secret", "another's secret is its own");
    let google = scene.set(|body| {
        body["issuer"] = json!("https://accounts.google.com");
        body["domains"] = json!([]);
    });
    assert_eq!(google.await.json()["pointer"], "/domains", "Google knows everybody");
    let harness = &scene.harness;
    harness.set_role(harness.agent_id, AgentRole::Admin).await;
    let cookie = harness.agent_cookie().await;
    assert_eq!(harness.get(PATH).cookie(&cookie).await.status, 200);
    let put = harness.put(PATH, &scene.body()).cookie(&cookie).same_origin().await;
    assert_eq!(put.code(), "forbidden", "who names the provider decides who is whom");
    assert_eq!(harness.delete(PATH).cookie(&cookie).same_origin().await.code(), "forbidden");
    let by_key = harness.put(BY_KEY, &scene.body()).bearer(&harness.server_key).await;
    assert!(by_key.json()["detail"].as_str().unwrap().contains("server key"), "{}", by_key.text());
    assert_eq!(harness.delete(BY_KEY).bearer(&harness.server_key).await.code(), "forbidden");
}

#[tokio::test]
async fn a_provider_that_takes_too_long_is_given_up() {
    let scene = Scene::start().await;
    scene.set(|_| {}).await;
    let (address, own) = scene.begin().await;
    let back = scene.oidc.sign_in(&address, Person::of(AGENT_EMAIL)).unwrap();
    scene.oidc.misbehave(Some(Mischief::Slow));
    let answer = scene.finish(&back, &own).await;
    assert_eq!(answer.code(), "provider_unusable");
    assert_eq!(answer.json()["detail"], "the provider does not answer", "what lies behind it is for the log");
}
