//! How a password may be chosen: NIST SP 800-63B, 5.1.1.2. Long enough, not among the commonest, not the account's
//! own name; any characters, no rules of composition, NFKC so that one keyboard's composition is another's.

use std::sync::LazyLock;

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};
use crate::types::Secret;

/// The fewest characters.
pub const FEWEST: usize = 8;
/// The most characters.
pub const MOST: usize = 128;

/// The commonest passwords of [`FEWEST`] characters or more, in order; see `common.LICENSE`.
static COMMON: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!("common.txt").lines().collect());

/// A password that may be chosen, normalised.
#[derive(Clone)]
pub struct NewPassword(SecretString);

impl NewPassword {
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

/// Checks a password that somebody chooses. `pointer` is where it stands in the request, `names` what it must not be,
/// such as the account's e-mail address.
pub fn choose(password: &Secret, pointer: &str, names: &[&str]) -> Result<NewPassword> {
    let text = normalised(password.expose());
    let length = text.chars().count();
    if !(FEWEST..=MOST).contains(&length) {
        return Err(Error::invalid_field(pointer, "length", format!("A password has {FEWEST} to {MOST} characters.")));
    }
    let lower = text.to_lowercase();
    if COMMON.binary_search(&lower.as_str()).is_ok() || is_one_character(&lower) {
        return Err(Error::invalid_field(pointer, "too_common", "Many people use this password: it would be guessed first."));
    }
    let is_name = |name: &&str| {
        let name = name.to_lowercase();
        name == lower || name.split('@').next() == Some(lower.as_str())
    };
    if names.iter().any(is_name) {
        return Err(Error::invalid_field(pointer, "too_common", "The password must not be the e-mail address."));
    }
    Ok(NewPassword(SecretString::from(text)))
}

/// NFKC, as NIST SP 800-63B asks before hashing.
pub(super) fn normalised(text: &str) -> String {
    text.nfkc().collect()
}

fn is_one_character(text: &str) -> bool {
    text.chars().next().is_some_and(|first| text.chars().all(|c| c == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> Option<String> {
        let chosen = choose(&password.to_owned().into(), "/password", &["mina.kim@example.com"]);
        chosen.err().and_then(|e| e.fields.first().map(|f| f.code.clone()))
    }

    #[test]
    fn the_list_is_in_order() {
        assert!(COMMON.len() > 10_000);
        assert!(COMMON.is_sorted());
        assert!(COMMON.iter().all(|p| p.chars().count() >= FEWEST && **p == p.to_lowercase()));
    }

    #[test]
    fn length_counts_and_composition_does_not() {
        for fine in ["just some words", "비밀번호는길어야한다", "🐘🐘🐘 elephants", "zzqqjjxx", &"긴 ".repeat(64)] {
            assert_eq!(refused(fine), None, "{fine}");
        }
        assert_eq!(refused("a b c d").as_deref(), Some("length"));
        assert_eq!(refused(&"ab".repeat(65)).as_deref(), Some("length"));
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for common in ["password1", "PassWord1", "1q2w3e4r", "aaaaaaaaaaaa", "Mina.Kim@example.com", "mina.kim"] {
            assert_eq!(refused(common).as_deref(), Some("too_common"), "{common}");
        }
        // Full-width letters are the same password once normalised.
        assert_eq!(refused("ｐａｓｓｗｏｒｄ").as_deref(), Some("too_common"));
    }
}
