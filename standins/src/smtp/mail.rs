//! An e-mail as it was taken, and what a mail program shows of it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

/// An e-mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// `MAIL FROM`.
    pub from: String,
    /// `RCPT TO`.
    pub to: Vec<String>,
    /// Headers and body, as they came.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// Whether the connection was encrypted.
    pub encrypted: bool,
}

impl Mail {
    /// A header, unfolded and decoded; none when it is not there.
    pub fn header(&self, name: &str) -> Option<String> {
        header(&split(&self.bytes).0, name).map(|value| decoded_words(&value))
    }

    /// The text of the part of a type, such as `text/plain`, decoded.
    pub fn part(&self, media_type: &str) -> Option<String> {
        let (head, body) = split(&self.bytes);
        let content_type = header(&head, "Content-Type")?;
        if content_type.starts_with(media_type) {
            return Some(decoded_body(&head, &body));
        }
        let boundary = content_type.split("boundary=\"").nth(1)?.split('"').next()?;
        body.split(&format!("--{boundary}")).skip(1).find_map(|part| {
            let (head, body) = split(part.trim_start_matches("\r\n").as_bytes());
            header(&head, "Content-Type")?.starts_with(media_type).then(|| decoded_body(&head, &body))
        })
    }
}

fn split(bytes: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    (head.to_owned(), body.to_owned())
}

fn header(head: &str, name: &str) -> Option<String> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// RFC 2047, in UTF-8.
fn decoded_words(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, word)) = rest.split_once("=?utf-8?") {
        // White space between two encoded words is not shown.
        if !before.trim().is_empty() || text.is_empty() {
            text.push_str(before);
        }
        let Some((word, after)) = word.split_once("?=") else { break };
        let bytes = match word.split_once('?') {
            Some(("b" | "B", word)) => BASE64_STANDARD.decode(word).unwrap_or_default(),
            Some((_, word)) => quoted_printable(&word.replace('_', " ")),
            None => Vec::new(),
        };
        text.push_str(&String::from_utf8_lossy(&bytes));
        rest = after;
    }
    text.push_str(rest);
    text
}

fn decoded_body(head: &str, body: &str) -> String {
    let bytes = match header(head, "Content-Transfer-Encoding").as_deref() {
        Some("base64") => {
            BASE64_STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap_or_default()
        }
        Some("quoted-printable") => quoted_printable(body),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n").trim_end().to_owned()
}

/// RFC 2045, section 6.7.
fn quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'=' {
            bytes.push(first);
            rest = after;
        } else if let Some(after) = after.strip_prefix(b"\r\n") {
            rest = after;
        } else {
            let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
            bytes.extend(digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()));
            rest = after.get(2..).unwrap_or_default();
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mail_program_shows() {
        let text = "Subject: =?utf-8?b?TMOpYQ==?=\r\n =?utf-8?q?_et_moi?=\r\nContent-Type: multipart/alternative;\r\n \
                    boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: \
                    quoted-printable\r\n\r\nna=C3=AFve=\r\n line\r\n--b\r\nContent-Type: text/html\r\n\
                    Content-Transfer-Encoding: base64\r\n\r\nPGI+\r\n--b--\r\n";
        let mail = Mail { from: String::new(), to: Vec::new(), bytes: text.into(), encrypted: true };
        assert_eq!(mail.header("subject").unwrap(), "Léa et moi");
        assert_eq!(mail.part("text/plain").unwrap(), "naïve line");
        assert_eq!(mail.part("text/html").unwrap(), "<b>");
        assert_eq!(mail.part("text/calendar"), None);
    }
}
