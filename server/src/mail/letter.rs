//! The form of an e-mail (RFC 5322). Pure; what it says is `said`'s.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use tidings_protocol::time::Timestamp;

use super::said::Said;
use crate::push::words::Language;

/// What an e-mail is made of.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// To whom.
    pub to: &'a str,
    /// From whom.
    pub from: &'a Mailbox,
    /// One for each thing that it tells of: a repeat carries the same.
    pub id: &'a str,
    /// What it says.
    pub said: &'a Said,
    /// Where that can be seen.
    pub link: Option<&'a str>,
    /// Where e-mails are stopped.
    pub stop: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

/// An e-mail, ready to be handed over.
pub struct Sealed {
    /// From where to where.
    pub envelope: Envelope,
    /// Headers and body.
    pub bytes: Vec<u8>,
}

/// Why there can be no e-mail. Says nothing of the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The address is not one that mail can be sent to.
    #[error("the e-mail address cannot be written to")]
    Address,
    /// A header cannot be written.
    #[error("the e-mail cannot be written: {0}")]
    Form(String),
}

impl Letter<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// When the address is none.
    pub fn seal(&self) -> Result<Sealed, Unwritable> {
        let form = |error: &dyn std::fmt::Display| Unwritable::Form(error.to_string());
        let to: lettre::Address = self.to.parse().map_err(|_| Unwritable::Address)?;
        let at = UNIX_EPOCH + Duration::from_millis(self.now.unix_ms().unsigned_abs());
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(at)
            .message_id(Some(format!("<{}@{}>", self.id, self.from.email.domain())))
            .subject(self.said.subject.clone());
        // Nobody answers by itself what a machine wrote (RFC 3834).
        for (name, value) in self.headers() {
            let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| form(&error))?;
            builder = builder.raw_header(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value));
        }
        let both = MultiPart::alternative()
            .boundary(format!("=_{}", self.id))
            .singlepart(SinglePart::plain(self.plain()))
            .singlepart(SinglePart::html(self.html()));
        let message = builder.multipart(both).map_err(|error| form(&error))?;
        Ok(Sealed { envelope: message.envelope().clone(), bytes: message.formatted() })
    }

    /// Those with values of our own making.
    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("Auto-Submitted", "auto-generated".to_owned())];
        if let Some(stop) = self.stop {
            // RFC 2369 and RFC 8058: the mail program offers it as a button.
            headers.push(("List-Unsubscribe", format!("<{stop}>")));
            headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        headers
    }

    fn no_more(&self) -> &'static str {
        match self.said.language {
            Language::English => "No more of these e-mails",
            Language::French => "Ne plus recevoir ces e-mails",
        }
    }

    /// The body without any form.
    pub fn plain(&self) -> String {
        let mut text = vec![self.said.lead.clone()];
        if let Some((author, words)) = &self.said.quoted {
            text.push(format!("\n\n{author}:\n"));
            for line in words.lines() {
                text.push(format!("> {line}\n"));
            }
        }
        if let Some(link) = self.link {
            text.push(format!("\n\n{}:\n{link}", self.said.open));
        }
        text.push(format!("\n\n-- \n{}\n", self.said.foot.join("\n")));
        if let Some(stop) = self.stop {
            text.push(format!("{}: {stop}\n", self.no_more()));
        }
        text.concat()
    }

    /// The body as a page; whatever somebody wrote is escaped.
    pub fn html(&self) -> String {
        let language = self.said.language.tag();
        let mut body = vec![format!("<p>{}</p>", escaped(&self.said.lead))];
        if let Some((author, words)) = &self.said.quoted {
            body.push(format!(
                "<p style=\"margin-bottom:4px\"><b>{}</b></p><blockquote style=\"margin:0;padding-left:12px;\
                 border-left:3px solid #ccc\">{}</blockquote>",
                escaped(author),
                escaped(words).replace('\n', "<br>")
            ));
        }
        if let Some(link) = self.link {
            body.push(format!(
                "<p><a href=\"{}\" style=\"display:inline-block;padding:10px 16px;border-radius:6px;\
                 background:#1f5fbf;color:#fff;text-decoration:none\">{}</a></p>",
                escaped(link),
                self.said.open
            ));
        }
        let mut foot: Vec<_> = self.said.foot.iter().map(|line| escaped(line)).collect();
        if let Some(stop) = self.stop {
            foot.push(format!("<a href=\"{}\">{}</a>", escaped(stop), self.no_more()));
        }
        let (body, foot) = (body.concat(), foot.join("<br>"));
        format!(
            "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"></head><body style=\"font-family:sans-serif;max-width:36em\">{body}\
             <p style=\"color:#666;font-size:13px\">{foot}</p></body></html>"
        )
    }
}

/// For text and for attributes in quotation marks (HTML, section 13.1.2.3). Shared with the pages that links open.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(author: &str, text: &str) -> Said {
        Said {
            language: Language::English,
            subject: "Fjord Shop: New message".to_owned(),
            lead: "You have a new message.".to_owned(),
            quoted: Some((author.to_owned(), text.to_owned())),
            open: "Open the conversation",
            foot: vec!["Please do not answer it.".to_owned()],
        }
    }

    fn letter<'a>(from: &'a Mailbox, said: &'a Said) -> Letter<'a> {
        Letter {
            to: "maya@example.org",
            from,
            id: "0192",
            said,
            link: Some("https://support.example.com/mail/v1/open/abc"),
            stop: Some("https://support.example.com/mail/v1/stop/def"),
            now: Timestamp::from_unix_ms(1_795_253_400_000),
        }
    }

    fn from() -> Mailbox {
        "Fjord Shop <no-reply@example.com>".parse().unwrap()
    }

    fn text(letter: &Letter<'_>) -> String {
        String::from_utf8(letter.seal().unwrap().bytes).unwrap()
    }

    #[test]
    fn words_stand_line_by_line() {
        let (from, said) = (from(), said("Léa", "one\ntwo"));
        let letter = letter(&from, &said);
        assert!(letter.plain().contains("Léa:\n> one\n> two\n"), "{}", letter.plain());
        assert!(letter.html().contains("one<br>two"));
        assert!(
            letter.plain().contains("Open the conversation:\nhttps://support.example.com/mail/v1/open/abc")
        );
    }

    #[test]
    fn a_name_makes_no_header_and_no_markup() {
        let hidden = "<img src=x onerror=\"alert('1')\">&";
        let said = Said { lead: hidden.to_owned(), ..said("<script>alert(1)</script>", "</blockquote><b>x") };
        let from = from();
        let letter = letter(&from, &said);
        let sealed = text(&letter);
        let head = sealed.split("\r\n\r\n").next().unwrap();
        let names: Vec<_> = head
            .lines()
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split(':').next())
            .collect();
        let expected = [
            "From",
            "To",
            "Date",
            "Message-ID",
            "Subject",
            "Auto-Submitted",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, expected, "{head}");
        let html = letter.html();
        for tag in ["<script", "<img", "</blockquote><b>"] {
            assert!(!html.contains(tag), "{tag}: {html}");
        }
        assert!(html.contains("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;"), "{html}");
    }

    #[test]
    fn an_address_that_is_none_is_refused_and_lines_are_as_long_as_they_may_be() {
        let (from, said) = (from(), said("Léa", &"é".repeat(1_000)));
        let nowhere = Letter { to: "maya@exa mple", ..letter(&from, &said) };
        assert_eq!(nowhere.seal().map(drop).unwrap_err(), Unwritable::Address);
        assert!(text(&letter(&from, &said)).lines().all(|line| line.len() <= 998));
    }
}
