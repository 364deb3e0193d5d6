//! The server's address, as the app gave it.

use http::Uri;

use crate::config::PlainHttp;

/// An address that may be used: `http` or `https`, a host, perhaps a port and a path, no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Without a slash at its end.
    base: String,
    authority: String,
}

impl Address {
    /// Reads an address; the error says what is wrong with it.
    pub(crate) fn parse(text: &str, plain: PlainHttp) -> Result<Self, &'static str> {
        let uri: Uri =
            text.trim().parse().map_err(|_| "is not an address such as https://chat.example.org")?;
        let authority = uri.authority().ok_or("names no host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a user or a password");
        }
        if uri.query().is_some() {
            return Err("must not hold a query");
        }
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if plain == PlainHttp::Anywhere || is_loopback(authority.host()) => {}
            Some("http") => {
                return Err("is not encrypted: use https, or allow plain http for a network of your own");
            }
            _ => return Err("must begin with https://"),
        }
        let scheme = uri.scheme_str().unwrap_or("https");
        let path = uri.path().trim_end_matches('/');
        Ok(Self { base: format!("{scheme}://{authority}{path}"), authority: authority.to_string() })
    }

    /// The address, in the one form that it has.
    pub(crate) fn as_str(&self) -> &str {
        &self.base
    }

    /// Host and port.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// The address of something on the server; `path` begins with a slash.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in
            ["http://localhost:8080", "http://127.0.0.1/", "http://[::1]:80", "https://chat.example.org/sub/"]
        {
            assert!(Address::parse(good, PlainHttp::LoopbackOnly).is_ok(), "{good}");
        }
        for bad in ["http://chat.example.org", "http://localhost.example.org", "http://128.0.0.1"] {
            assert!(Address::parse(bad, PlainHttp::LoopbackOnly).is_err(), "{bad}");
            assert!(Address::parse(bad, PlainHttp::Anywhere).is_ok(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in
            ["", "chat.example.org", "ftp://chat.example.org", "https://", "https://a@b", "https://a/?b=c"]
        {
            assert!(Address::parse(bad, PlainHttp::Anywhere).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_is_kept_without_its_last_slash() {
        let address = Address::parse("https://Example.org:8443/chat/", PlainHttp::LoopbackOnly).unwrap();
        assert_eq!(address.join("/app/v1/changes"), "https://Example.org:8443/chat/app/v1/changes");
    }
}
