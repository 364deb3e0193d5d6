//! The second factor of agents: codes of an authenticator (TOTP, RFC 6238, with what every authenticator takes: SHA-1, six
//! digits, thirty seconds) and recovery codes.

use qrcodegen::{QrCode, QrCodeEcc};
use ring::hmac;
use sha2::{Digest as _, Sha256};
use tidings_protocol::account::QrPicture;
use tidings_protocol::id::AgentId;
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::time::Timestamp;
use tidings_store::TokenHash;
use tidings_store::second_factors::{Factor, SecondFactor, TotpSecret};

use super::percent::percent;
use crate::app::App;
use crate::clock::Clock;
use crate::problem::Problem;

const STEP_MS: i64 = 30_000;
/// Steps by which the clock of a telephone may be off, to either side.
const DRIFT: i64 = 1;
const DIGITS: usize = 6;
/// RFC 4648.
const BASE_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Without letters that look like others; 32 of them, so that each of a code's 16 is five random bits.
const RECOVERY_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const RECOVERY_CHARACTERS: usize = 16;
/// Units of white around a QR code (ISO 18004).
const QUIET: i32 = 4;

/// The code of a time step (RFC 4226, section 5.3).
fn code(secret: &TotpSecret, step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes[bytes.len() - 1] & 0x0f);
    let word = bytes[offset..offset + 4].iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// The newest time step around now whose code this is; the code of an earlier one than was used is none.
fn step_of(factor: &SecondFactor, typed: &str, now: Timestamp) -> Option<i64> {
    let step = now.unix_ms() / STEP_MS;
    let steps = (step - DRIFT..=step + DRIFT).rev().filter(|step| *step > factor.last_step);
    // Every one is computed and compared to its end, whatever the others said.
    steps.fold(None, |found, step| {
        let equal =
            code(&factor.secret, step).bytes().zip(typed.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        found.or((equal == 0).then_some(step))
    })
}

/// For tests: what the authenticator shows now.
#[cfg(test)]
pub(crate) fn code_now(factor: &SecondFactor, now: Timestamp) -> String {
    code(&factor.secret, now.unix_ms() / STEP_MS)
}

fn recovery_hash(agent: AgentId, plain: &str) -> TokenHash {
    Sha256::new_with_prefix(agent.uuid().as_bytes()).chain_update(plain).finalize().into()
}

/// What somebody typed, told apart by its form. Spaces and dashes are how it is written, and letters have one case.
fn read(agent: AgentId, factor: &SecondFactor, typed: &str, now: Timestamp) -> Option<Factor> {
    if typed.len() > 4 * RECOVERY_CHARACTERS {
        return None;
    }
    let plain: String =
        typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_lowercase();
    if plain.len() == DIGITS && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return step_of(factor, &plain, now).map(|step| Factor::Code { step });
    }
    let is_recovery =
        plain.len() == RECOVERY_CHARACTERS && plain.bytes().all(|b| RECOVERY_ALPHABET.contains(&b));
    is_recovery.then(|| Factor::Recovery(recovery_hash(agent, &plain)))
}

/// What an agent shows besides their password; whoever has no second factor shows nothing.
///
/// # Errors
/// [`ProblemCode::SecondFactorNeeded`], [`ProblemCode::WrongCode`], or too many attempts.
pub async fn shown(app: &App, agent: AgentId, typed: Option<&str>) -> Result<Factor, Problem> {
    let factor = app.db.second_factor(agent).await?.filter(|factor| factor.confirmed_at.is_some());
    let Some(factor) = factor else { return Ok(Factor::None) };
    let typed = typed.ok_or_else(|| Problem::new(ProblemCode::SecondFactorNeeded))?;
    app.rates.agent_code(agent)?;
    read(agent, &factor, typed, app.clock.now()).ok_or_else(wrong)
}

/// The step of the first code of an authenticator that is being set up.
///
/// # Errors
/// [`ProblemCode::WrongCode`], or too many attempts.
pub fn first_step(app: &App, agent: AgentId, factor: &SecondFactor, typed: &str) -> Result<i64, Problem> {
    app.rates.agent_code(agent)?;
    match read(agent, factor, typed, app.clock.now()) {
        Some(Factor::Code { step }) => Ok(step),
        _ => Err(wrong()),
    }
}

/// The code was wrong, or has been used.
pub fn wrong() -> Problem {
    Problem::new(ProblemCode::WrongCode)
}

/// Codes for the day when the authenticator is lost, and what the store keeps of them.
pub fn new_recovery_codes(clock: &Clock, agent: AgentId) -> (Vec<String>, Vec<TokenHash>) {
    let one = || {
        let random = clock.random::<RECOVERY_CHARACTERS>();
        random.map(|byte| char::from(RECOVERY_ALPHABET[usize::from(byte & 31)])).iter().collect::<String>()
    };
    let plain: Vec<String> = std::iter::repeat_with(one).take(limits::RECOVERY_CODES).collect();
    let hashes = plain.iter().map(|code| recovery_hash(agent, code)).collect();
    let written = |code: String| {
        let pieces: Vec<_> = code.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
        pieces.join("-")
    };
    (plain.into_iter().map(written).collect(), hashes)
}

/// A secret as people type it.
pub fn base_32(secret: &TotpSecret) -> String {
    let mut text = String::with_capacity(32);
    for five in secret.chunks(5) {
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        text.extend(
            (0..8)
                .rev()
                .map(|place| char::from(BASE_32[usize::from((bits >> (5 * place)).to_le_bytes()[0] & 31)])),
        );
    }
    text
}

/// The address by which an authenticator learns a secret.
pub fn address(secret: &str, company: &str, email: &str) -> String {
    let (company, email) = (percent(company), percent(email));
    format!("otpauth://totp/{company}:{email}?secret={secret}&issuer={company}")
}

/// A text as a QR code.
///
/// # Errors
/// When it has too many characters for one: with our own limits of names it has not.
pub fn picture(text: &str) -> Result<QrPicture, Problem> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)
        .map_err(|error| Problem::internal("a QR code could not be made", &error))?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.extend(["M", &(x + QUIET).to_string(), " ", &(y + QUIET).to_string(), "h1v1h-1z"]);
        }
    }
    Ok(QrPicture { size: (code.size() + 2 * QUIET).unsigned_abs(), path })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: TotpSecret = *b"12345678901234567890";

    fn agent() -> AgentId {
        AgentId::from_parts(1, [1; 10])
    }

    fn factor(last_step: i64) -> SecondFactor {
        let confirmed_at = Some(Timestamp::from_unix_ms(0));
        SecondFactor { secret: SECRET, last_step, confirmed_at, recovery_codes: 0 }
    }

    fn read_at(seconds: i64, last_step: i64, typed: &str) -> Option<Factor> {
        read(agent(), &factor(last_step), typed, Timestamp::from_unix_ms(seconds * 1_000))
    }

    /// RFC 6238, appendix B; the last six of their eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(&SECRET, seconds / 30), expected);
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_and_one_step_late_and_no_further() {
        for (seconds, taken) in [(1_029, false), (1_030, true), (1_119, true), (1_120, false)] {
            // The code of step 35: 1,050 to 1,079 seconds.
            let seconds = seconds - (seconds - 1_020) % 10;
            let found = read_at(seconds, 0, &code(&SECRET, 35));
            let near = (34..=36).contains(&(seconds / 30));
            assert_eq!(found, near.then_some(Factor::Code { step: 35 }), "{seconds} {taken}");
        }
    }

    #[test]
    fn a_code_that_was_used_and_those_before_it_open_nothing() {
        assert_eq!(read_at(1_050, 34, &code(&SECRET, 35)), Some(Factor::Code { step: 35 }));
        assert_eq!(read_at(1_050, 35, &code(&SECRET, 35)), None);
        assert_eq!(read_at(1_050, 35, &code(&SECRET, 34)), None);
        assert_eq!(read_at(1_050, 35, &code(&SECRET, 36)), Some(Factor::Code { step: 36 }));
    }

    #[test]
    fn a_code_may_be_typed_with_spaces_and_a_recovery_code_in_any_way() {
        let right = code(&SECRET, 35);
        assert!(read_at(1_050, 0, &format!(" {} {} ", &right[..3], &right[3..])).is_some());
        for wrong in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            assert_eq!(read_at(1_050, 0, wrong), None, "{wrong}");
        }
        let (written, hashes) = new_recovery_codes(&Clock::system(), agent());
        assert_eq!((written.len(), hashes.len()), (10, 10));
        for typed in [written[3].clone(), written[3].to_uppercase(), written[3].replace('-', " ")] {
            assert_eq!(read_at(1_050, 0, &typed), Some(Factor::Recovery(hashes[3])), "{typed}");
        }
        let other = recovery_hash(AgentId::from_parts(1, [2; 10]), &written[3].replace('-', ""));
        assert_ne!(other, hashes[3], "the same code of another agent is another one");
    }

    #[test]
    fn a_secret_is_written_as_authenticators_read_it() {
        assert_eq!(base_32(&SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let address = address(&base_32(&SECRET), "Fjord & Co", "ana@example.org");
        assert_eq!(
            address,
            "otpauth://totp/Fjord%20%26%20Co:ana%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Fjord%20%26%20Co"
        );
        let picture = picture(&address).unwrap();
        assert!(picture.size > 29 && picture.path.starts_with("M4 4h1v1h-1z"), "{}", picture.path);
    }
}
