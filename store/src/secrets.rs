//! Secrets of the installation that its nodes share. A backup does not carry them.

use crate::archive::Hex;
use crate::error::{Error, Result};
use crate::{Command, Tx, migrate};

/// The secret of a name; the first who asks gives it.
#[derive(Clone, Copy)]
pub struct EnsureSecret {
    name: &'static str,
    fresh: [u8; 32],
}

impl EnsureSecret {
    /// `fresh` is what it becomes if there is none: 32 random bytes.
    pub const fn new(name: &'static str, fresh: [u8; 32]) -> Self {
        Self { name, fresh }
    }
}

impl Command for EnsureSecret {
    type Output = [u8; 32];

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<[u8; 32]> {
        const SQL: &str = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        let (name, fresh) = (format!("secret_{}", self.name), Hex(&self.fresh).to_string());
        execute!(&mut tx.conn, SQL, name.as_str(), fresh.as_str())?;
        let text = migrate::get(&mut tx.conn, &name).await?.unwrap_or_default();
        parse(&text).ok_or_else(|| Error::stored("secret", "not 32 bytes in hexadecimal"))
    }
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let mut secret = [0; 32];
    if text.len() != 2 * secret.len() || !text.is_ascii() {
        return None;
    }
    for (place, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(secret)
}
