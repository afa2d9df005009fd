//! Hashes that another system made: bcrypt (Laravel and many others), argon2 (Laravel, Django), PBKDF2 as Django
//! writes it. What an import brings is checked first, so that no hash can be dearer to check than is sane.

use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

/// The dearest bcrypt cost that is taken: 2^14 rounds.
const MOST_BCRYPT_COST: u32 = 14;
/// The most memory of an argon2 hash that is taken, in KiB.
const MOST_ARGON2_KIB: u32 = 256 * 1024;
/// The most passes of an argon2 hash that are taken.
const MOST_ARGON2_PASSES: u32 = 16;
/// The most rounds of PBKDF2 that are taken; Django 5 writes 870,000.
const MOST_PBKDF2_ROUNDS: u32 = 2_000_000;

/// How a hash was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme<'a> {
    /// A PHC string of argon2i, argon2d or argon2id.
    Argon2(&'a str),
    /// `$2a$`, `$2b$`, `$2y$`.
    Bcrypt(&'a str),
    /// `pbkdf2_sha256$rounds$salt$base64`.
    DjangoPbkdf2 {
        /// How many.
        rounds: u32,
        /// As text.
        salt: &'a str,
        /// Base64.
        hash: &'a str,
    },
    /// None that is known.
    Unknown,
}

impl<'a> Scheme<'a> {
    /// Tells by its form.
    pub fn of(hash: &'a str) -> Self {
        if let Some(phc) = hash.strip_prefix("argon2").filter(|rest| rest.starts_with("$argon2")) {
            // As Django writes it.
            return Self::Argon2(phc);
        }
        if hash.starts_with("$argon2") {
            return Self::Argon2(hash);
        }
        if ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| hash.starts_with(prefix)) {
            return Self::Bcrypt(hash);
        }
        let mut parts = hash.split('$');
        match (parts.next(), parts.next().map(str::parse), parts.next(), parts.next(), parts.next()) {
            (Some("pbkdf2_sha256"), Some(Ok(rounds)), Some(salt), Some(hash), None) => Self::DjangoPbkdf2 { rounds, salt, hash },
            _ => Self::Unknown,
        }
    }

    /// Whether a password is the one with this hash. Others hashed what was typed, without our normalisation.
    pub(super) fn matches(&self, typed: &str, normalised: &str) -> bool {
        match self {
            Self::Argon2(phc) => {
                let Ok(hash) = PasswordHash::new(phc) else { return false };
                let is = |text: &str| Argon2::default().verify_password(text.as_bytes(), &hash).is_ok();
                is(normalised) || (typed != normalised && is(typed))
            }
            Self::Bcrypt(hash) => bcrypt::verify(typed, hash).unwrap_or(false),
            Self::DjangoPbkdf2 { rounds, salt, hash } => {
                let Ok(expected) = STANDARD.decode(hash) else { return false };
                let mut made = vec![0u8; expected.len()];
                pbkdf2::pbkdf2_hmac::<sha2::Sha256>(typed.as_bytes(), salt.as_bytes(), *rounds, &mut made);
                !expected.is_empty() && bool::from(made.ct_eq(&expected))
            }
            Self::Unknown => false,
        }
    }
}

/// Whether a hash may be imported; why not.
pub fn check_imported(hash: &str) -> Result<(), String> {
    if hash.len() > 512 {
        return Err("A password's hash has 512 characters at most.".to_owned());
    }
    match Scheme::of(hash) {
        Scheme::Argon2(phc) => {
            let parsed = PasswordHash::new(phc).map_err(|e| format!("Not a PHC string of argon2: {e}."))?;
            let params = Params::try_from(&parsed).map_err(|e| format!("Not a PHC string of argon2: {e}."))?;
            if parsed.hash.is_none() || params.m_cost() > MOST_ARGON2_KIB || params.t_cost() > MOST_ARGON2_PASSES {
                return Err(format!("argon2 takes m up to {MOST_ARGON2_KIB} and t up to {MOST_ARGON2_PASSES} here."));
            }
            Ok(())
        }
        Scheme::Bcrypt(hash) => {
            let parts: bcrypt::HashParts = hash.parse().map_err(|e| format!("Not a bcrypt hash: {e}."))?;
            let cost = parts.get_cost();
            if (4..=MOST_BCRYPT_COST).contains(&cost) {
                Ok(())
            } else {
                Err(format!("bcrypt takes a cost of 4 to {MOST_BCRYPT_COST} here."))
            }
        }
        Scheme::DjangoPbkdf2 { rounds, salt, hash } => {
            let is_hash = STANDARD.decode(hash).is_ok_and(|bytes| bytes.len() == 32);
            if !is_hash || salt.is_empty() || rounds == 0 || rounds > MOST_PBKDF2_ROUNDS {
                return Err(format!("Expected pbkdf2_sha256$rounds$salt$base64, with at most {MOST_PBKDF2_ROUNDS} rounds."));
            }
            Ok(())
        }
        Scheme::Unknown => Err("Expected a hash of argon2 ($argon2id$...), bcrypt ($2b$...) or Django's pbkdf2_sha256$....".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_other_systems_are_checked_as_they_do() {
        // By Python's hashlib, as Django writes it.
        let django = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
        // Laravel's own example, and a vector of crypt_blowfish.
        let laravel = "$2y$10$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi";
        let blowfish = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        for (hash, password) in [(django, "lètmein"), (laravel, "password"), (blowfish, "U*U")] {
            assert!(Scheme::of(hash).matches(password, password), "{hash}");
            assert!(!Scheme::of(hash).matches("letmein", "letmein"), "{hash}");
            assert_eq!(check_imported(hash), Ok(()), "{hash}");
        }
    }

    #[test]
    fn bcrypt_of_every_prefix_is_checked() {
        let hash = bcrypt::hash("a horse, a staple", 4).unwrap();
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let hash = format!("{prefix}{}", hash.get(4..).unwrap());
            assert!(Scheme::of(&hash).matches("a horse, a staple", "a horse, a staple"), "{hash}");
            assert!(!Scheme::of(&hash).matches("a horse, a stable", "a horse, a stable"));
            assert!(check_imported(&hash).is_ok());
        }
    }

    #[test]
    fn what_is_too_dear_or_unknown_is_not_imported() {
        let dear = bcrypt::hash("x", 4).unwrap().replacen("$04$", "$20$", 1);
        let argon = "$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for wrong in
            [dear.as_str(), argon, "pbkdf2_sha256$99999999$salt$AAAA", "5f4dcc3b5aa765d61d8327deb882cf99", "", "$2b$", "$argon2id$"]
        {
            assert!(check_imported(wrong).is_err(), "{wrong}");
        }
    }
}
