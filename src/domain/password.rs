//! Passwords: how long they have to be, and how one is kept so that nobody can read it back.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash as Phc, PasswordHasher, PasswordVerifier, SaltString};

use super::chance;
use super::secret::Secret;

/// Length is what makes a password hard to guess; nothing else is asked of it.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// So that nobody makes us hash a book.
pub const PASSWORD_CHARS_MAX: usize = 256;

const SALT_BYTES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters")]
    TooShort,
    #[error("a password has at most {PASSWORD_CHARS_MAX} characters")]
    TooLong,
}

/// Argon2id with its parameters and salt, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Of a password that somebody chooses. It takes a while, on purpose.
    pub fn of(password: &Secret) -> Result<PasswordHash, InvalidPassword> {
        let length = password.reveal().chars().count();
        if length < PASSWORD_CHARS_MIN {
            return Err(InvalidPassword::TooShort);
        }
        if length > PASSWORD_CHARS_MAX {
            return Err(InvalidPassword::TooLong);
        }
        Ok(PasswordHash(hashed(password.reveal(), chance::bytes())))
    }

    /// As it was stored.
    pub fn stored(text: String) -> PasswordHash {
        PasswordHash(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes as long for a wrong one as for the right one.
    pub fn is_of(&self, password: &Secret) -> bool {
        if password.reveal().chars().count() > PASSWORD_CHARS_MAX {
            return false;
        }
        let Ok(stored) = Phc::new(&self.0) else { return false };
        Argon2::default().verify_password(password.reveal().as_bytes(), &stored).is_ok()
    }

    /// Spends the time that looking at a password takes, where there is none to look at: so that
    /// nobody can tell from the time whether somebody exists.
    pub fn spend_the_time(password: &Secret) {
        let salt = [0; SALT_BYTES];
        let text: String = password.reveal().chars().take(PASSWORD_CHARS_MAX).collect();
        std::hint::black_box(hashed(&text, salt));
    }
}

fn hashed(password: &str, salt: [u8; SALT_BYTES]) -> String {
    let salt = SaltString::encode_b64(&salt).expect("the salt has a length that is taken");
    let hashed = Argon2::default().hash_password(password.as_bytes(), &salt);
    hashed.expect("these parameters take any password of this length").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_opens() {
        let password = Secret::new("correct horse battery");
        let hash = PasswordHash::of(&password).expect("long enough");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash:?}");
        let stored = PasswordHash::stored(hash.as_str().to_owned());
        assert!(stored.is_of(&password));
        assert!(!stored.is_of(&Secret::new("correct horse batterz")));
        assert!(!PasswordHash::stored("nonsense".to_owned()).is_of(&password));
        assert_ne!(PasswordHash::of(&password).expect("again"), hash, "each has its own salt");
    }

    #[test]
    fn a_password_is_neither_short_nor_endless() {
        let of = |length: usize| PasswordHash::of(&Secret::new("é".repeat(length))).err();
        assert_eq!(of(11), Some(InvalidPassword::TooShort));
        assert_eq!(of(12), None);
        assert_eq!(of(257), Some(InvalidPassword::TooLong));
    }
}
