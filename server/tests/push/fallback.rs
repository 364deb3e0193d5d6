//! Messages that no device gets: their users are told by e-mail, or the company's own service is.

use std::sync::Arc;

use serde_json::json;
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_server::config::Secret;
use tidings_server::mail::smtp::Mailer;
use tidings_server::mail::{MailConfig, MailTls};
use tidings_server::push::Dispatcher;
use tidings_server::push::fallback::Besides;
use tidings_server::push::hook::StoredHook;
use tidings_standins::{Authority, Fault, Reply, Smtp, SmtpOptions, SmtpTls};
use tidings_store::audit::By;
use tidings_store::fallback::{Mail, SetFallback, SetMail};
use tidings_store::jobs::JobCounts;
use tidings_store::users::UpsertUser;

use crate::DEVICE;
use crate::world::{Person, World};

const MAYA: &str = "maya@example.org";

type Change = fn(&mut MailConfig);

/// A company that has a mail server, and Maya, whose phone gets nothing.
pub(crate) struct Post {
    pub(crate) world: World,
    pub(crate) smtp: Smtp,
    config: MailConfig,
    dispatcher: Dispatcher,
    pub(crate) maya: Person,
    _folder: tempfile::TempDir,
}

impl Post {
    pub(crate) async fn start(privacy: PushPrivacy) -> Self {
        Self::with(privacy, SmtpTls::Starttls, |_| {}).await
    }

    async fn with(privacy: PushPrivacy, tls: SmtpTls, change: impl FnOnce(&mut MailConfig)) -> Self {
        let authority = Authority::new().unwrap();
        let sign_in = Some(("tidings".to_owned(), "a password".to_owned()));
        let options = SmtpOptions { tls, sign_in: sign_in.filter(|_| tls != SmtpTls::None), port: 0 };
        let smtp = Smtp::start(&authority, options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.pem()).unwrap();
        let mut config = MailConfig {
            host: Some("localhost".to_owned()),
            port: Some(smtp.port()),
            tls: match tls {
                SmtpTls::Starttls => MailTls::Starttls,
                SmtpTls::Implicit => MailTls::Implicit,
                SmtpTls::None => MailTls::None,
            },
            user: Some("tidings".to_owned()).filter(|_| tls != SmtpTls::None),
            password: Some(Secret::from("a password".to_owned())).filter(|_| tls != SmtpTls::None),
            from: Some("Fjord Shop <no-reply@example.com>".to_owned()),
            extra_ca: Some(ca),
        };
        change(&mut config);
        let world = World::start(privacy).await;
        let maya = world.person(PushProvider::Apns, DEVICE).await;
        let dispatcher = world.dispatcher().with(besides(&world, &config));
        let post = Self { world, smtp, config, dispatcher, maya, _folder: folder };
        post.wish(json!({ "way": "email", "after_minutes": 15, "link": "shop://{conversation_id}" })).await;
        post.known_as("customer-0", Some(MAYA)).await;
        post
    }

    async fn wish(&self, wish: serde_json::Value) {
        let fallback = Some(serde_json::from_value(wish).unwrap());
        let by = By::command_line(self.world.clock.now());
        self.world.db.write(SetFallback { app_id: self.world.app_id, fallback, by }).await.unwrap();
    }

    pub(crate) async fn known_as(&self, external_id: &str, email: Option<&str>) {
        let user = UpsertUser {
            app_id: self.world.app_id,
            user_id: self.maya.user_id,
            external_id: external_id.to_owned().try_into().unwrap(),
            name: None,
            email: email.map(|email| email.parse().unwrap()),
            now: self.world.clock.now(),
        };
        self.world.db.write(user).await.unwrap();
    }

    /// The agent says something, and the push goes out.
    async fn say(&self, text: &str) -> crate::world::Said {
        let said = self.world.say(self.maya.conversation_id, text).await;
        self.world.run_all(&self.dispatcher).await;
        said
    }

    pub(crate) async fn minutes(&self, minutes: i64) {
        self.world.advance(minutes * 60);
        self.world.run_all(&self.dispatcher).await;
    }

    async fn details(&self, said: crate::world::Said) -> Vec<(bool, String)> {
        let ledger = self.world.ledger(self.maya, said).await;
        ledger.fallbacks.into_iter().map(|told| (told.accepted, told.detail)).collect()
    }
}

fn besides(world: &World, config: &MailConfig) -> Besides {
    let chosen = config.checked().unwrap().unwrap();
    let mailer = Mailer::new(chosen, Some("support.example.com"), world.clock.clone()).unwrap();
    Besides {
        mailer: Some(Arc::new(mailer)),
        public_url: Some("https://support.example.com".to_owned()),
        ..Besides::default()
    }
}

#[tokio::test]
async fn an_e_mail_follows_a_message_that_no_device_got() {
    for tls in [SmtpTls::Starttls, SmtpTls::Implicit, SmtpTls::None] {
        let post = Post::with(PushPrivacy::Preview, tls, |_| {}).await;
        let said = post.say("Your parcel, <b>Maya</b>").await;
        post.minutes(14).await;
        assert_eq!(post.smtp.received(), []);
        post.minutes(1).await;
        let mails = post.smtp.received();
        let [mail] = &mails[..] else { panic!("{tls:?}: {:?}", post.details(said).await) };
        assert_eq!((mail.from.as_str(), &mail.to[..]), ("no-reply@example.com", &[MAYA.to_owned()][..]));
        assert_eq!(mail.encrypted, tls != SmtpTls::None);
        // The device says that it speaks French.
        assert_eq!(mail.header("subject").unwrap(), "Shop : Nouveau message de Léa");
        assert_eq!(mail.header("from").unwrap(), "\"Fjord Shop\" <no-reply@example.com>");
        assert_eq!(mail.header("auto-submitted").unwrap(), "auto-generated");
        let (plain, html) = (mail.part("text/plain").unwrap(), mail.part("text/html").unwrap());
        assert!(plain.contains("> Your parcel, <b>Maya</b>"), "{plain}");
        assert!(html.contains("Your parcel, &lt;b&gt;Maya&lt;/b&gt;"), "{html}");
        let stop = mail.header("list-unsubscribe").unwrap();
        assert!(stop.starts_with("<https://support.example.com/mail/v1/stop/"), "{stop}");
        assert_eq!(mail.header("list-unsubscribe-post").unwrap(), "List-Unsubscribe=One-Click");
        assert!(
            plain.contains("https://support.example.com/mail/v1/open/")
                && plain.contains(stop.trim_matches(['<', '>']))
        );
        let [(true, detail)] = &post.details(said).await[..] else { panic!() };
        assert!(detail.starts_with("250"), "{detail}");
        post.minutes(600).await;
        assert_eq!(post.smtp.received().len(), 1);
    }
}

#[tokio::test]
async fn none_follows_what_was_delivered_or_read_or_muted_or_unwanted() {
    let post = Post::start(PushPrivacy::Generic).await;
    let said = post.say("one").await;
    post.world.deliver(post.maya, said.seq).await;
    post.minutes(15).await;
    let said = post.say("two").await;
    post.world.read(post.maya, post.maya.device_id, said.seq).await;
    post.minutes(15).await;
    // The extension on the phone has it, though the app has not fetched it yet.
    let said = post.say("three").await;
    let now = post.world.clock.now();
    let (user_id, device_id) = (post.maya.user_id, post.maya.device_id);
    let note =
        tidings_store::ledger::NotePushReceipt { user_id, device_id, message_id: said.id, shown: false, now };
    post.world.db.write(note).await.unwrap();
    post.minutes(15).await;
    assert_eq!(post.smtp.connections(), 0);
    let stop = SetMail { user_id, mail: Mail::Stopped, by: None, now };
    post.world.db.write(stop).await.unwrap();
    let said = post.say("four").await;
    post.minutes(15).await;
    assert_eq!(post.details(said).await, [(false, "not sent: the user wants no e-mail".to_owned())]);
    post.world.db.write(SetMail { mail: Mail::Allowed, ..stop }).await.unwrap();
    post.known_as("customer-0", None).await;
    let said = post.say("five").await;
    post.minutes(15).await;
    assert_eq!(post.details(said).await, [(false, "not sent: the user has no e-mail address".to_owned())]);
    assert_eq!(post.smtp.connections(), 0);
    assert_eq!(post.world.db.job_counts().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn a_burst_is_one_e_mail_and_the_next_one_waits() {
    let post = Post::start(PushPrivacy::Generic).await;
    let mut all = Vec::new();
    for n in 0..4 {
        all.push(post.say(&n.to_string()).await);
        post.world.advance(20);
    }
    post.minutes(15).await;
    post.minutes(3).await;
    let mails = post.smtp.received();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].header("subject").unwrap(), "Shop : 4 nouveaux messages");
    for said in all {
        assert_eq!(post.details(said).await.len(), 1, "seq {}", said.seq);
    }
    // Another conversation of the same user.
    let other = post.world.open(post.maya.user_id).await;
    post.world.say(other, "and this").await;
    post.world.run_all(&post.dispatcher).await;
    post.minutes(20).await;
    assert_eq!(post.smtp.received().len(), 1);
    post.minutes(40).await;
    assert_eq!(post.smtp.received().len(), 2);
    assert_eq!(post.world.db.job_counts().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn an_opaque_e_mail_says_nothing_and_the_quiet_are_left_in_peace() {
    let post = Post::start(PushPrivacy::Opaque).await;
    let hours = json!({ "quiet_hours": { "from": "09:00", "until": "11:00", "utc_offset_minutes": 0 } });
    let user_id = post.maya.user_id;
    let wishes = serde_json::from_value(hours).unwrap();
    post.world.db.write(tidings_store::notifications::SetNotifications { user_id, wishes }).await.unwrap();
    post.say("my secret").await;
    post.minutes(88).await;
    assert_eq!(post.smtp.received(), []);
    post.minutes(1).await;
    let mails = post.smtp.received();
    assert_eq!(mails.len(), 1);
    let text = String::from_utf8(mails[0].bytes.clone()).unwrap();
    for word in ["secret", "Léa", "=?utf-8?b?", "L=C3=A9a"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    assert!(!mails[0].part("text/plain").unwrap().contains("Shop"), "{text}");
}

#[tokio::test]
async fn each_reply_of_the_server_has_its_consequence() {
    let post = Post::start(PushPrivacy::Generic).await;
    // Not now: again later, and then it is taken.
    post.smtp.reply(MAYA, Reply::refuse(450, "4.2.0 greylisted").times(1));
    let said = post.say("one").await;
    post.minutes(15).await;
    post.minutes(1).await;
    let told = post.details(said).await;
    assert_eq!((told.len(), told[0].0, told[1].0), (2, false, true), "{told:?}");
    assert!(told[0].1.contains("greylisted"), "{told:?}");
    // Never: that is the end of it.
    post.minutes(120).await;
    post.smtp.reply(MAYA, Reply::refuse(550, &format!("5.1.1 <{MAYA}>: nobody of this name")).times(1));
    let said = post.say("two").await;
    post.minutes(15).await;
    post.minutes(60).await;
    let told = post.details(said).await;
    let detail = "550 5.1.1 <the address>: nobody of this name".to_owned();
    assert_eq!(told, [(false, detail)]);
    assert_eq!(post.smtp.received().len(), 1);
    // The answer is lost: a repeat, and it is the same e-mail.
    post.smtp.reply(MAYA, Reply::fault(Fault::HangUp).times(1));
    post.say("three").await;
    post.minutes(15).await;
    post.minutes(5).await;
    let ids: Vec<_> = post.smtp.received().iter().map(|mail| mail.header("message-id").unwrap()).collect();
    assert_eq!((ids.len(), &ids[1]), (3, &ids[2]), "{ids:?}");
    assert_eq!(post.world.db.job_counts().await.unwrap(), JobCounts::default());
}

#[tokio::test]
async fn a_wrong_password_a_server_without_tls_and_none_at_all_are_given_up_and_seen() {
    let wrong = |config: &mut MailConfig| config.password = Some(Secret::from("another".to_owned()));
    let clear = |config: &mut MailConfig| {
        config.tls = MailTls::Starttls;
        (config.user, config.password) = (Some("tidings".to_owned()), Some(Secret::from("x".to_owned())));
    };
    let nobody = |config: &mut MailConfig| config.port = Some(1);
    let nobody_s_certificate = |config: &mut MailConfig| config.extra_ca = None;
    let cases: [(SmtpTls, Change, &str); 4] = [
        (SmtpTls::Starttls, wrong, "535"),
        (SmtpTls::None, clear, "STARTTLS"),
        (SmtpTls::Starttls, nobody, "refused"),
        (SmtpTls::Starttls, nobody_s_certificate, "UnknownIssuer"),
    ];
    for (tls, change, word) in cases {
        let post = Post::with(PushPrivacy::Generic, tls, change).await;
        let said = post.say("one").await;
        post.minutes(15).await;
        for _ in 0..40 {
            post.minutes(60).await;
        }
        let dead = post.world.db.dead_pushes(None, 10).await.unwrap();
        assert_eq!(dead.len(), 1, "{word}");
        assert!(dead[0].error.starts_with("email: ") && dead[0].error.contains(word), "{dead:?}");
        assert_eq!(post.smtp.received(), []);
        assert!(post.details(said).await.iter().all(|(accepted, _)| !accepted));
        let tried = post.dispatcher_s_mailer().try_out().await.unwrap_err();
        assert!(tried.reason.contains(word), "{tried:?}");
    }
}

impl Post {
    fn dispatcher_s_mailer(&self) -> Arc<Mailer> {
        besides(&self.world, &self.config).mailer.unwrap()
    }
}

#[tokio::test]
async fn the_company_s_own_service_is_told_instead() {
    let post = Post::start(PushPrivacy::Preview).await;
    let hook = StoredHook::new(&post.world.stand.web.hook_url(), &post.world.clock);
    post.world.stand.web.set_hook_secret(&hook.secret).unwrap();
    post.wish(json!({ "way": "webhook", "after_minutes": 5 })).await;
    let said = post.say("one").await;
    post.minutes(5).await;
    assert_eq!(post.details(said).await, [(false, "not sent: the app has no push webhook".to_owned())]);
    post.world.set_credential(PushProvider::Webhook, serde_json::to_string(&hook).unwrap()).await;
    let said = post.say("two").await;
    post.minutes(5).await;
    let hooked = post.world.stand.web.hooked();
    let [told] = &hooked[..] else { panic!("{:?}", post.details(said).await) };
    assert_eq!(told.body["type"], "fallback");
    let data = &told.body["data"];
    assert_eq!(
        (&data["external_id"], &data["text"], &data["count"]),
        (&json!("customer-0"), &json!("two"), &json!(1))
    );
    assert_eq!(data["conversation_id"], json!(post.maya.conversation_id));
    assert_eq!(post.details(said).await, [(true, told.id.clone())]);
}

#[tokio::test]
async fn a_crash_after_the_server_took_it_repeats_the_same_e_mail_and_no_other_job_sends_meanwhile() {
    let post = Post::start(PushPrivacy::Generic).await;
    post.say("one").await;
    post.world.advance(15 * 60);
    post.smtp.reply(MAYA, Reply::fault(Fault::Silence).times(1));
    // The process dies while it waits for the answer.
    let jobs = post.world.claim().await;
    let dying = tokio::time::timeout(std::time::Duration::from_secs(2), post.dispatcher.work(&jobs[0], None));
    assert!(dying.await.is_err());
    assert_eq!(post.smtp.received().len(), 1);
    post.minutes(1).await;
    assert_eq!(post.smtp.received().len(), 1, "somebody else may still be at it");
    post.minutes(2).await;
    let ids: Vec<_> = post.smtp.received().iter().map(|mail| mail.header("message-id").unwrap()).collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
}
