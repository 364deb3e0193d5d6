//! Whose pictures the interactive map of the inbox is made of, when the operator wants streets on it.

use serde::Deserialize;
use tidings_protocol::inbox::MapTiles;
use tidings_protocol::limits;

/// `map_tiles`.
#[derive(Debug, Clone, confique::Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct MapTilesConfig {
    /// Where the tiles of the interactive map are fetched: an address with `{z}`, `{x}` and `{y}` in it, such as
    /// `https://tiles.example.com/{z}/{x}/{y}.png`, or a path of this address, such as `/tiles/{z}/{x}/{y}.png`, that your
    /// proxy answers. Whoever answers learns which part of the world an agent looks at, and so roughly where a user is.
    /// Without it, the map is the one that comes with the inbox: no streets, and nobody is asked.
    #[config(env = "TIDINGS_MAP_TILES")]
    pub address: Option<TileAddress>,

    /// Whose map it is, as its licence wants it said, such as `© OpenStreetMap contributors`: stands below the map.
    #[config(env = "TIDINGS_MAP_TILES_CREDIT")]
    pub credit: Option<String>,

    /// How deep its tiles go: the largest `{z}` that there is.
    #[config(env = "TIDINGS_MAP_TILES_DEEPEST", default = 19)]
    pub deepest: u8,
}

/// As deep as tiles go anywhere: a house fills the screen.
const DEEPEST: u8 = 22;

impl MapTilesConfig {
    /// What the type of a key does not say.
    ///
    /// # Errors
    /// Names the key that is missing or out of its range.
    pub fn checked(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            (1..=DEEPEST).contains(&self.deepest),
            "`map_tiles.deepest` (TIDINGS_MAP_TILES_DEEPEST) must be 1 to {DEEPEST}"
        );
        let credit = self.credit();
        anyhow::ensure!(
            credit.len() <= limits::NAME_BYTES,
            "`map_tiles.credit` (TIDINGS_MAP_TILES_CREDIT) may have {} bytes",
            limits::NAME_BYTES
        );
        anyhow::ensure!(
            self.address.is_none() || !credit.is_empty(),
            "`map_tiles.credit` (TIDINGS_MAP_TILES_CREDIT) must say whose map it is, as its licence asks"
        );
        Ok(())
    }

    /// What the page is told; none when its map is the one that comes with it.
    pub fn told(&self) -> Option<MapTiles> {
        let address = self.address.as_ref()?.0.clone();
        Some(MapTiles { address, credit: self.credit().to_owned(), deepest: self.deepest })
    }

    /// The one origin besides ours that pictures may come from.
    pub fn origin(&self) -> Option<&str> {
        self.address.as_ref().and_then(TileAddress::origin)
    }

    fn credit(&self) -> &str {
        self.credit.as_deref().unwrap_or_default().trim()
    }
}

/// The address of a tile, with `{z}`, `{x}` and `{y}` in it: on another host, or a path of ours.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TileAddress(String);

impl TileAddress {
    /// Scheme and host; none when it is a path of ours.
    pub fn origin(&self) -> Option<&str> {
        let host = self.0.find("://")? + "://".len();
        let end = self.0[host..].find('/').map_or(self.0.len(), |length| host + length);
        Some(&self.0[..end])
    }
}

impl TryFrom<String> for TileAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const EXPECTED: &str = "expected an address such as https://tiles.example.com/{z}/{x}/{y}.png, or a path such as /tiles/{z}/{x}/{y}.png";
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\`".contains(&byte));
        if !is_plain || text.len() > limits::WEB_ADDRESS_BYTES {
            return Err(EXPECTED);
        }
        let mut rest = text.clone();
        for part in ["{z}", "{x}", "{y}"] {
            if !text.contains(part) {
                return Err("expected {z}, {x} and {y} in it: https://tiles.example.com/{z}/{x}/{y}.png");
            }
            rest = rest.replace(part, "");
        }
        if rest.contains(['{', '}']) {
            return Err(
                "expected {z}, {x} and {y} and nothing else in braces; for {s}, name one of the hosts",
            );
        }
        if text.starts_with('/') && !text.starts_with("//") {
            return Ok(Self(text));
        }
        let host = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let host = host.and_then(|rest| rest.split_once('/')).map(|(host, _)| host).ok_or(EXPECTED)?;
        // It becomes a word of the page's policy: a host and a port, and nothing that means something there.
        let is_host = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
        if !is_host || host.parse::<http::uri::Authority>().is_err() {
            return Err(EXPECTED);
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TileAddress, &'static str> {
        TileAddress::try_from(text.to_owned())
    }

    #[test]
    fn an_address_names_one_origin_and_a_path_of_ours_none() {
        let origin = |text: &str| read(text).unwrap().origin().map(str::to_owned);
        assert_eq!(
            origin("https://tiles.example.com/{z}/{x}/{y}.png?key=1").as_deref(),
            Some("https://tiles.example.com")
        );
        assert_eq!(origin("http://10.0.0.5:8081/{z}/{x}/{y}").as_deref(), Some("http://10.0.0.5:8081"));
        assert_eq!(origin("/tiles/{z}/{x}/{y}.png"), None);
    }

    #[test]
    fn what_is_no_address_of_tiles_is_refused() {
        for text in [
            "",
            "https://tiles.example.com/{z}/{x}.png",
            "https://{s}.tiles.example.com/{z}/{x}/{y}.png",
            "https://tiles.example.com/{z}/{x}/{y}{r}.png",
            "https://{z}.example.com/{x}/{y}",
            "https://me:secret@tiles.example.com/{z}/{x}/{y}.png",
            "https://tiles.example.com;script-src/{z}/{x}/{y}.png",
            "https://*/{z}/{x}/{y}.png",
            "https://*.example.com/{z}/{x}/{y}.png",
            "https:///{z}/{x}/{y}.png",
            "https://[::1]/{z}/{x}/{y}.png",
            "https://tiles.example.com/{z} {x}/{y}.png",
            "//tiles.example.com/{z}/{x}/{y}.png",
            "javascript:{z}{x}{y}",
            "data:{z}/{x}/{y}",
            "tiles/{z}/{x}/{y}.png",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
