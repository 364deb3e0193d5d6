//! The provider's page, and the forms that travel to it and from it.

use std::collections::HashMap;

use bytes::Bytes;
use http::{Response, header};
use http_body_util::Full;

/// Where somebody says who they are.
pub(super) fn page(asked: &HashMap<String, String>, query: &str) -> Response<Full<Bytes>> {
    let escape = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let hidden: Vec<_> = asked
        .iter()
        .map(|(name, value)| {
            format!(r#"<input type="hidden" name="{}" value="{}">"#, escape(name), escape(value))
        })
        .collect();
    let hidden = hidden.concat();
    let again = if query.contains("prompt=login") { "<p>Say again who you are.</p>" } else { "" };
    let html = format!(
        r#"<!doctype html><html lang="en"><title>Provider</title><h1>Sign in at the provider</h1>{again}
<form action="/continue">{hidden}<label>E-mail <input name="email"></label>
<button>Go on</button><button name="refuse" value="1">Refuse</button></form></html>"#
    );
    let response = Response::builder().status(200).header(header::CONTENT_TYPE, "text/html; charset=utf-8");
    response.body(Full::from(html)).unwrap_or_default()
}

/// The fields of a query or a form.
pub(super) fn fields(text: &str) -> HashMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (plain(name), plain(value))).collect()
}

fn plain(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing into a text does not fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}
