//! People who use the dashboard: who they are and what they may do. How they prove it is in
//! `password` and `sign_in`.

use std::fmt;
use std::str::FromStr;

use super::decline::text_enum;
use super::id::{OrganizationId, UserId};
use super::time::Timestamp;

text_enum!(
    /// What somebody may do on the dashboard. Each may what the ones before it may.
    Role {
        /// Look.
        Viewer = "viewer",
        /// Collect: resend, pause, stop, record payments, send links, refund.
        Operator = "operator",
        /// Everything: connections, policies, keys, users, settings.
        Admin = "admin",
    }
);

impl Role {
    /// Whether it is enough where `needed` is asked for.
    pub const fn is_enough_for(self, needed: Role) -> bool {
        self as u8 >= needed as u8
    }
}

/// An address of mail, in small letters. Whether it exists is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// No address may be longer, by its standard.
const EMAIL_CHARS_MAX: usize = 254;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no e-mail address: write it as name@example.com")]
pub struct InvalidEmail(String);

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Email, InvalidEmail> {
        let text = text.trim();
        let invalid = || InvalidEmail(text.chars().take(EMAIL_CHARS_MAX).collect());
        let (name, host) = text.rsplit_once('@').ok_or_else(invalid)?;
        let is_plain = |sign: char| !sign.is_whitespace() && !sign.is_control();
        if name.is_empty() || host.is_empty() || !text.chars().all(is_plain) {
            return Err(invalid());
        }
        if text.chars().count() > EMAIL_CHARS_MAX {
            return Err(invalid());
        }
        Ok(Email(text.to_lowercase()))
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub organization_id: OrganizationId,
    pub email: Email,
    pub role: Role,
    /// They have chosen one.
    pub has_password: bool,
    pub created_at: Timestamp,
    /// They do not get in.
    pub disabled_at: Option<Timestamp>,
    pub last_sign_in_at: Option<Timestamp>,
}

impl User {
    pub const fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_ones_before_it_may() {
        for (place, role) in Role::ALL.iter().enumerate() {
            for (other_place, other) in Role::ALL.iter().enumerate() {
                assert_eq!(role.is_enough_for(*other), place >= other_place, "{role:?} {other:?}");
            }
        }
    }

    #[test]
    fn an_address_is_one_however_it_is_written() {
        let parsed = |text: &str| text.parse::<Email>().map(|email| email.to_string());
        assert_eq!(parsed(" Ada@Example.com "), Ok("ada@example.com".to_owned()));
        for wrong in ["", "ada", "@example.com", "ada@", "a da@example.com", "a\n@b"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        assert!(parsed(&format!("{}@b", "a".repeat(300))).is_err());
    }
}
