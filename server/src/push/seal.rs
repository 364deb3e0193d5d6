//! Private keys of push, sealed: what lies in the database, and in its backups, opens nothing without the
//! installation's secret.
//!
//! AES-256-GCM under a key that HKDF (RFC 5869) makes of the secret; the app and the provider are bound to it, so that
//! no row can be put in another's place. The text names the secret by a mark, so that a wrong one is recognised.

use std::fmt::Display;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use sha2::{Digest as _, Sha256};
use tidings_protocol::push::PushProvider;
use tidings_store::DatabaseUrl;

use crate::clock::Clock;
use crate::config::{Config, InstallationSecret};

const PREFIX: &str = "sealed:1:";
/// The shortest secret, in characters.
pub const SECRET_CHARACTERS_MIN: usize = 32;

/// Why a sealed credential cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotOpen {
    /// There is no secret at all.
    #[error("the key is sealed, and this server has no secret (`secret`, TIDINGS_SECRET)")]
    NoSecret,
    /// It was sealed with another secret.
    #[error("the key was sealed with another secret; give the one before as `previous_secret`")]
    OtherSecret,
    /// The text was changed, or belongs to another app.
    #[error("the sealed key is damaged")]
    Damaged,
}

/// Where the secrets of an installation are.
#[derive(Clone)]
pub struct Seals {
    current: Option<InstallationSecret>,
    previous: Option<InstallationSecret>,
    file: Option<PathBuf>,
}

impl Seals {
    /// No secret: nothing is sealed.
    pub const fn none() -> Self {
        Self { current: None, previous: None, file: None }
    }

    /// Those of the configuration; without one, a file beside the SQLite database.
    ///
    /// # Errors
    /// When a secret is too short.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        let (current, previous) = (config.secret.clone(), config.previous_secret.clone());
        let text = |secret: &Option<InstallationSecret>| secret.as_ref().map(|s| s.as_str().to_owned());
        Seal::new(text(&current).as_deref(), text(&previous).as_deref())?;
        let file = match config.database()? {
            DatabaseUrl::Sqlite(path) if current.is_none() => Some(path.with_extension("secret")),
            _ => None,
        };
        Ok(Self { current, previous, file })
    }

    /// What can be opened now. A secret that cannot be read opens nothing, and the credential says so.
    pub fn to_open(&self) -> Seal {
        let file = self.file.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        self.with(file).unwrap_or_else(|_| Seal::none())
    }

    /// What to seal with. A file that is to hold the secret is made now if it is not there, for its owner alone.
    ///
    /// # Errors
    /// When the file can neither be read nor made.
    pub fn to_seal(&self, clock: &Clock) -> anyhow::Result<Seal> {
        let file = self.file.as_ref().map(|path| kept(path, clock)).transpose()?;
        self.with(file)
    }

    fn with(&self, file: Option<String>) -> anyhow::Result<Seal> {
        let current = self.current.as_ref().map(|secret| secret.as_str().to_owned()).or(file);
        Seal::new(current.as_deref(), self.previous.as_ref().map(InstallationSecret::as_str))
    }
}

/// Seals and opens.
#[derive(Clone)]
pub struct Seal {
    current: Option<Secret>,
    previous: Option<Secret>,
}

#[derive(Clone)]
struct Secret {
    mark: String,
    key: std::sync::Arc<LessSafeKey>,
}

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

impl Secret {
    fn new(secret: &str) -> anyhow::Result<Self> {
        let secret = secret.trim();
        let long_enough = secret.chars().count() >= SECRET_CHARACTERS_MIN;
        anyhow::ensure!(long_enough, "expected a secret of at least {SECRET_CHARACTERS_MIN} characters");
        let key = derive(secret.as_bytes()).context("cannot make a key of the secret")?;
        let digest = Sha256::digest([b"tidings: mark of a secret ", secret.as_bytes()].concat());
        let mark = BASE64_STANDARD_NO_PAD.encode(&digest[..6]);
        Ok(Self { mark, key: std::sync::Arc::new(key) })
    }
}

fn derive(secret: &[u8]) -> Option<LessSafeKey> {
    let prk = Salt::new(HKDF_SHA256, b"tidings").extract(secret);
    let mut key = [0; 32];
    prk.expand(&[b"push credentials"], Bytes32).ok()?.fill(&mut key).ok()?;
    UnboundKey::new(&AES_256_GCM, &key).ok().map(LessSafeKey::new)
}

impl Seal {
    /// Without a secret: nothing is sealed, nothing sealed can be opened.
    pub const fn none() -> Self {
        Self { current: None, previous: None }
    }

    /// With these secrets.
    ///
    /// # Errors
    /// When one is too short.
    pub fn new(current: Option<&str>, previous: Option<&str>) -> anyhow::Result<Self> {
        let current = current.map(Secret::new).transpose().context("secret (TIDINGS_SECRET)")?;
        let previous =
            previous.map(Secret::new).transpose().context("previous_secret (TIDINGS_PREVIOUS_SECRET)")?;
        Ok(Self { current, previous })
    }

    /// Whether there is a secret to seal with.
    pub const fn is_there(&self) -> bool {
        self.current.is_some()
    }

    /// Seals a credential; without a secret it stays as it is.
    pub fn seal(&self, owner: impl Display, provider: PushProvider, text: &str, clock: &Clock) -> String {
        let Some(secret) = &self.current else { return text.to_owned() };
        let nonce = clock.random::<NONCE_LEN>();
        let mut sealed = text.as_bytes().to_vec();
        let aad = Aad::from(bound_to(owner, provider));
        let nonce_value = Nonce::assume_unique_for_key(nonce);
        // It fails only for texts of 64 GiB.
        if secret.key.seal_in_place_append_tag(nonce_value, aad, &mut sealed).is_err() {
            return text.to_owned();
        }
        let body = [nonce.as_slice(), &sealed].concat();
        format!("{PREFIX}{}:{}", secret.mark, BASE64_STANDARD_NO_PAD.encode(body))
    }

    /// Opens what was sealed; what never was comes back as it is.
    pub fn open(
        &self,
        owner: impl Display,
        provider: PushProvider,
        stored: &str,
    ) -> Result<String, CannotOpen> {
        let Some(sealed) = stored.strip_prefix(PREFIX) else { return Ok(stored.to_owned()) };
        let (mark, body) = sealed.split_once(':').ok_or(CannotOpen::Damaged)?;
        let mut secrets = self.current.iter().chain(&self.previous).peekable();
        if secrets.peek().is_none() {
            return Err(CannotOpen::NoSecret);
        }
        let secret = secrets.find(|secret| secret.mark == mark).ok_or(CannotOpen::OtherSecret)?;
        let mut body = BASE64_STANDARD_NO_PAD.decode(body).map_err(|_| CannotOpen::Damaged)?;
        let (nonce, sealed) = body.split_at_mut_checked(NONCE_LEN).ok_or(CannotOpen::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CannotOpen::Damaged)?;
        let aad = Aad::from(bound_to(owner, provider));
        let text = secret.key.open_in_place(nonce, aad, sealed).map_err(|_| CannotOpen::Damaged)?;
        String::from_utf8(text.to_vec()).map_err(|_| CannotOpen::Damaged)
    }

    /// Whether a stored credential is sealed with the secret of now.
    pub fn is_current(&self, stored: &str) -> bool {
        let Some(secret) = &self.current else { return !stored.starts_with(PREFIX) };
        let sealed = stored.strip_prefix(PREFIX).and_then(|sealed| sealed.split_once(':'));
        sealed.is_some_and(|(mark, _)| mark == secret.mark)
    }
}

/// An app, or for the key of its agents a workspace: their ids tell them apart.
fn bound_to(owner: impl Display, provider: PushProvider) -> Vec<u8> {
    format!("{owner} {}", super::provider_word(provider)).into_bytes()
}

/// The secret in a file, made if it is not there.
fn kept(path: &Path, clock: &Clock) -> anyhow::Result<String> {
    let named = || format!("the installation's secret, {}", path.display());
    match std::fs::read_to_string(path) {
        Ok(secret) => return Ok(secret),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(named),
    }
    let secret = BASE64_STANDARD_NO_PAD.encode(clock.random::<32>());
    // Written beside and linked into place: whoever comes second takes the first one's.
    let beside = PathBuf::from(format!("{}.{}", path.display(), std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .with_context(named)?;
    file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).with_context(named)?;
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside).with_context(named)?;
    match linked {
        Ok(()) => Ok(secret),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            std::fs::read_to_string(path).with_context(named)
        }
        Err(error) => Err(error).with_context(named),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::AppId;

    use super::*;

    const FIRST: &str = "the first secret of this installation";
    const SECOND: &str = "the second secret of this installation";

    fn app(number: u8) -> AppId {
        AppId::from_parts(1, [number; 10])
    }

    #[test]
    fn what_is_sealed_is_opened_by_the_same_secret_for_the_same_app_and_service_only() {
        let clock = Clock::system();
        let seal = Seal::new(Some(FIRST), None).unwrap();
        let sealed = seal.seal(app(1), PushProvider::Apns, "a private key", &clock);
        assert!(!sealed.contains("private") && seal.is_current(&sealed));
        assert_eq!(seal.open(app(1), PushProvider::Apns, &sealed).unwrap(), "a private key");
        assert_ne!(sealed, seal.seal(app(1), PushProvider::Apns, "a private key", &clock));
        let damaged = Err(CannotOpen::Damaged);
        assert_eq!(seal.open(app(2), PushProvider::Apns, &sealed), damaged);
        assert_eq!(seal.open(app(1), PushProvider::Fcm, &sealed), damaged);
        assert_eq!(seal.open(app(1), PushProvider::Apns, &sealed[..sealed.len() - 4]), damaged);
        assert_eq!(Seal::none().open(app(1), PushProvider::Apns, &sealed), Err(CannotOpen::NoSecret));
    }

    #[test]
    fn a_new_secret_opens_the_old_one_s_while_it_is_given_as_the_previous_one() {
        let sealed =
            Seal::new(Some(FIRST), None).unwrap().seal(app(1), PushProvider::Fcm, "key", &Clock::system());
        let alone = Seal::new(Some(SECOND), None).unwrap();
        assert_eq!(alone.open(app(1), PushProvider::Fcm, &sealed), Err(CannotOpen::OtherSecret));
        let both = Seal::new(Some(SECOND), Some(FIRST)).unwrap();
        assert_eq!(both.open(app(1), PushProvider::Fcm, &sealed).unwrap(), "key");
        assert!(!both.is_current(&sealed));
    }

    #[test]
    fn what_was_never_sealed_comes_back_and_a_short_secret_is_refused() {
        assert_eq!(Seal::none().open(app(1), PushProvider::Apns, "{}").unwrap(), "{}");
        assert!(Seal::new(Some("short"), None).is_err());
    }

    #[test]
    fn a_secret_is_made_once_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tidings.secret");
        let first = kept(&path, &Clock::system()).unwrap();
        assert_eq!(kept(&path, &Clock::system()).unwrap(), first);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
