//! Agents' passwords: argon2id as OWASP advises (19 MiB, two passes, one lane), hashed off the event loop and only
//! as many at a time as there are cores, so that a storm of sign-ins holds bounded memory and starves nobody.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tidings_protocol::limits;
use tokio::sync::Semaphore;

use crate::problem::Problem;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Those who wait for a core. Beyond it the server is overloaded, and says so.
const WAITING: usize = 64;

/// Hashes and verifies, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    cores: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// A hash that is nobody's, with the parameters above: verified when there is no such agent, so that both take the same
/// time. It need not be secret, because whoever matches it is refused all the same.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCEhIQ$GMJog9ncBYJQkKgizQ2Z0QamwWMnjgV6ZGwzwTjaN5Q";

/// Somebody proved that they know an agent's password. Only [`Passwords::verify`] makes one.
pub struct VerifiedPassword(());

/// Why a password cannot be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitPassword {
    /// Fewer characters than [`limits::PASSWORD_CHARACTERS_MIN`].
    #[error("a password has at least {} characters", limits::PASSWORD_CHARACTERS_MIN)]
    Short,
    /// More bytes than [`limits::PASSWORD_BYTES`].
    #[error("a password has at most {} bytes", limits::PASSWORD_BYTES)]
    Long,
    /// All the same character, or one of the few that everybody tries first.
    #[error("this password is too easy to guess")]
    Common,
}

/// Those of at least eight characters that head every list of leaked passwords.
const COMMON: [&str; 24] = [
    "password",
    "password1",
    "password123",
    "passw0rd",
    "12345678",
    "123456789",
    "1234567890",
    "87654321",
    "qwertyui",
    "qwertyuiop",
    "qwerty123",
    "1q2w3e4r",
    "1qaz2wsx",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "abcd1234",
    "abc12345",
    "changeme",
    "administrator",
];

/// A password that an agent may choose.
///
/// # Errors
/// When it is too short, too long or known to everybody.
pub fn check(password: &str) -> Result<(), UnfitPassword> {
    if password.len() > limits::PASSWORD_BYTES {
        return Err(UnfitPassword::Long);
    }
    if password.chars().count() < limits::PASSWORD_CHARACTERS_MIN {
        return Err(UnfitPassword::Short);
    }
    let lower = password.to_lowercase();
    let mut characters = lower.chars();
    let first = characters.next();
    if characters.all(|character| Some(character) == first) || COMMON.contains(&lower.as_str()) {
        return Err(UnfitPassword::Common);
    }
    Ok(())
}

fn argon2() -> anyhow::Result<Argon2<'static>> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password on this thread, for a tenth of a second.
///
/// # Errors
/// Never, with the parameters above.
pub fn hash_now(password: &str, salt: [u8; 16]) -> anyhow::Result<String> {
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| anyhow::anyhow!("argon2: {error}"))?.to_string())
}

fn matches(password: &str, hash: &str) -> bool {
    argon2().is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), hash).is_ok())
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// Room for as many hashes at a time as there are cores.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self { cores: Arc::new(Semaphore::new(cores)), waiting: Arc::new(Semaphore::new(WAITING)) }
    }

    /// Hashes a password for the store.
    pub async fn hash(&self, password: String, salt: [u8; 16]) -> Result<String, Problem> {
        let hashed = self.run(move || hash_now(&password, salt)).await?;
        hashed.map_err(|error| Problem::internal("a password could not be hashed", &error))
    }

    /// Compares with what is stored, or with nobody's password: the work is the same. None when they differ.
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<Option<VerifiedPassword>, Problem> {
        let exists = stored.is_some();
        let hash = stored.unwrap_or_else(|| NOBODY.to_owned());
        let equal = self.run(move || matches(&password, &hash)).await?;
        Ok((equal && exists).then_some(VerifiedPassword(())))
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let _place = self.waiting.try_acquire().map_err(|_| Problem::unavailable())?;
        let core = self.cores.clone().acquire_owned().await.map_err(|_| Problem::unavailable())?;
        // The permit moves into the thread: a request that is given up still occupies its core until it is done.
        let done = tokio::task::spawn_blocking(move || {
            let _core = core;
            work()
        });
        done.await.map_err(|error| Problem::internal("a password task failed", &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_are_those_that_owasp_advises() {
        let hash = hash_now("correct horse", [7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(matches("correct horse", &hash));
        assert!(!matches("correct house", &hash));
    }

    /// Then it takes as long as anybody's, and no longer at the start of the program.
    #[test]
    fn nobodys_hash_is_a_hash_with_the_same_parameters() {
        assert_eq!(hash_now("nobody's password", *b"nobody's salt!!!").unwrap(), NOBODY);
    }

    #[tokio::test]
    async fn a_wrong_password_and_no_agent_are_both_refused() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".to_owned(), [7; 16]).await.unwrap();
        assert!(passwords.verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap().is_some());
        assert!(passwords.verify("wrong".to_owned(), Some(hash)).await.unwrap().is_none());
        assert!(passwords.verify("nobody's password".to_owned(), None).await.unwrap().is_none());
        assert!(passwords.verify("x".to_owned(), Some("not a hash".to_owned())).await.unwrap().is_none());
    }

    #[test]
    fn easy_passwords_cannot_be_chosen() {
        for (password, why) in [
            ("short", Err(UnfitPassword::Short)),
            ("Password123", Err(UnfitPassword::Common)),
            ("aaaaaaaaaaaa", Err(UnfitPassword::Common)),
            ("correct horse", Ok(())),
            ("ключ-от-дома", Ok(())),
        ] {
            assert_eq!(check(password), why, "{password}");
        }
        assert_eq!(check(&"ab".repeat(513)), Err(UnfitPassword::Long));
    }
}
