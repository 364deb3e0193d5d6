//! What an authenticator says (section 6.1): a hash, flags, a counter, and a new passkey.

use minicbor::Decoder;

use super::{Wrong, span};

/// Bytes before what is optional.
const HEAD: usize = 37;
/// Somebody touched it.
const PRESENT: u8 = 0x01;
/// It looked who that was.
const VERIFIED: u8 = 0x04;
/// Its keeper may copy the passkey.
const BACKUP_ELIGIBLE: u8 = 0x08;
/// Its keeper has copied it.
const BACKED_UP: u8 = 0x10;
/// A new passkey follows.
const HAS_CREDENTIAL: u8 = 0x40;
/// Extensions follow.
const HAS_EXTENSIONS: u8 = 0x80;
/// Bytes of the number of the authenticator's model, which is not looked at.
const MODEL: usize = 16;

/// A new passkey.
pub(super) struct NewCredential<'d> {
    pub(super) id: &'d [u8],
    /// A `COSE_Key`, which ends where its map ends.
    pub(super) key: &'d [u8],
}

pub(super) struct AuthenticatorData<'d> {
    pub(super) rp_id_hash: [u8; 32],
    flags: u8,
    pub(super) sign_count: u32,
    pub(super) credential: Option<NewCredential<'d>>,
}

impl<'d> AuthenticatorData<'d> {
    /// Reads all of it: what is left over belongs to nobody.
    pub(super) fn read(bytes: &'d [u8]) -> Result<Self, Wrong> {
        let (head, mut rest) = bytes.split_at_checked(HEAD).ok_or(Wrong::Data)?;
        let (rp_id_hash, tail) = head.split_first_chunk::<32>().ok_or(Wrong::Data)?;
        let &[flags, a, b, c, d] = tail else { return Err(Wrong::Data) };
        let mut credential = None;
        if flags & HAS_CREDENTIAL != 0 {
            let (found, left) = new_credential(rest).ok_or(Wrong::Data)?;
            (credential, rest) = (Some(found), left);
        }
        if flags & HAS_EXTENSIONS != 0 {
            let (_, left) = map(rest).ok_or(Wrong::Data)?;
            rest = left;
        }
        if !rest.is_empty() {
            return Err(Wrong::Data);
        }
        let sign_count = u32::from_be_bytes([a, b, c, d]);
        Ok(Self { rp_id_hash: *rp_id_hash, flags, sign_count, credential })
    }

    pub(super) fn check_flags(&self) -> Result<(), Wrong> {
        if self.flags & PRESENT == 0 {
            return Err(Wrong::NotPresent);
        }
        if self.flags & VERIFIED == 0 {
            return Err(Wrong::NotVerified);
        }
        if self.backed_up() && !self.backup_eligible() {
            return Err(Wrong::Backup);
        }
        Ok(())
    }

    pub(super) const fn backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    pub(super) const fn backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

fn new_credential(bytes: &[u8]) -> Option<(NewCredential<'_>, &[u8])> {
    let (_, rest) = bytes.split_at_checked(MODEL)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (id, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let (key, rest) = map(rest)?;
    Some((NewCredential { id, key }, rest))
}

/// A map at the beginning, and what follows it.
fn map(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Decoder::new(bytes);
    if reader.datatype().ok()? != minicbor::data::Type::Map {
        return None;
    }
    let found = span(&mut reader).ok()?;
    bytes.get(found.len()..).map(|rest| (found, rest))
}
