//! The mail server: whether it lets us in, step by step. No e-mail is sent.

use super::finding::{Finding, Level};
use crate::clock::Clock;
use crate::config::{Config, PublicUrl};
use crate::mail::smtp::{Fault, Mailer, Step};

const CHECK: &str = "mail";

/// Nothing when there is no mail server.
pub(super) async fn look(config: &Config, clock: &Clock) -> Option<Finding> {
    let place = config.mail.checked().map(|chosen| chosen.map(|chosen| (chosen.place(), chosen)));
    let (place, chosen) = match place {
        Ok(chosen) => chosen?,
        Err(error) => return Some(Finding::new(CHECK, Level::Error, error.to_string(), "correct it")),
    };
    let host = config.public_url.as_ref().map(PublicUrl::host);
    let tried = match Mailer::new(chosen, host, clock.clone()) {
        Ok(mailer) => mailer.try_out().await,
        Err(error) => return Some(Finding::new(CHECK, Level::Error, error.to_string(), "correct it")),
    };
    Some(judge(&place, tried))
}

fn judge(place: &str, tried: Result<(), Fault>) -> Finding {
    let Err(Fault { step, reason, .. }) = tried else {
        return Finding::ok(CHECK, format!("{place} lets us in"));
    };
    let (what, fix) = match step {
        Step::Connect => (
            "is out of reach",
            "see that it runs, that `mail.host` and `mail.port` are right, and that no firewall stands between; many \
             networks let nobody out on port 25",
        ),
        Step::Encrypt => (
            "cannot be spoken to in private",
            "see whether `mail.tls` fits the port (465 is `implicit`, 587 `starttls`), whether its certificate names \
             `mail.host`, and whether it is one of your own: then name its authority in `mail.extra_ca`",
        ),
        Step::SignIn => {
            ("does not let us in", "compare `mail.user` and `mail.password` with those of the mail server")
        }
        Step::Hand => ("takes nothing", "look at the log of the mail server"),
    };
    Finding::new(CHECK, Level::Error, format!("{place} {what}: {reason}"), fix)
}

#[cfg(test)]
mod tests {
    use tidings_standins::{Authority, Smtp, SmtpOptions, SmtpTls};

    use super::*;
    use crate::config::Secret;
    use crate::mail::MailTls;

    type Change = fn(&mut Config);

    async fn found(change: impl FnOnce(&mut Config)) -> Finding {
        let authority = Authority::new().unwrap();
        let sign_in = Some(("me".to_owned(), "secret".to_owned()));
        let smtp =
            Smtp::start(&authority, SmtpOptions { tls: SmtpTls::Starttls, sign_in, port: 0 }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.pem()).unwrap();
        let mut config = Config::defaults().unwrap();
        config.mail.host = Some("localhost".to_owned());
        config.mail.port = Some(smtp.port());
        config.mail.from = Some("no-reply@example.com".to_owned());
        config.mail.user = Some("me".to_owned());
        config.mail.password = Some(Secret::from("secret".to_owned()));
        config.mail.extra_ca = Some(ca);
        change(&mut config);
        look(&config, &Clock::system()).await.unwrap()
    }

    #[tokio::test]
    async fn each_step_on_the_way_in_is_named() {
        assert_eq!(found(|_| {}).await.level, Level::Ok);
        let wrong = |config: &mut Config| config.mail.password = Some(Secret::from("wrong".to_owned()));
        let cases: [(Change, &str); 5] = [
            (|config| config.mail.port = Some(1), "out of reach"),
            (|config| config.mail.extra_ca = None, "in private"),
            (|config| config.mail.tls = MailTls::Implicit, "in private"),
            (wrong, "let us in: 535"),
            (|config| config.mail.from = None, "mail.from"),
        ];
        for (change, words) in cases {
            let finding = found(change).await;
            assert!(finding.level == Level::Error && finding.what.contains(words), "{words}: {finding:?}");
            assert!(finding.fix.is_some());
        }
        assert!(look(&Config::defaults().unwrap(), &Clock::system()).await.is_none());
    }
}
