//! Being signed in, and the links by which somebody gets there the first time. Whoever has the
//! token of either is let in, so only hashes of them are kept.

use super::api_key::KeyHash;
use super::chance;
use super::id::{OrganizationId, SignInId, UserId};
use super::secret::Secret;
use super::time::{Span, Timestamp};

/// Figures that the operator sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInRules {
    /// After so long without a page, somebody has to sign in again.
    pub idle: Span,
    /// After so long they have to anyway.
    pub lifetime: Span,
    /// How long a link to choose a password is good for.
    pub link_lifetime: Span,
}

impl Default for SignInRules {
    fn default() -> SignInRules {
        SignInRules {
            idle: Span::hours(12),
            lifetime: Span::days(7),
            link_lifetime: Span::minutes(30),
        }
    }
}

/// That a page was seen is written down at most so often.
pub const SEEN_EVERY: Span = Span::minutes(1);

/// What a browser calls itself is cut here.
pub const AGENT_CHARS_MAX: usize = 200;

/// 64 digits of chance.
pub fn new_token() -> Secret {
    let bytes: [u8; 32] = chance::bytes();
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// One browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    pub id: SignInId,
    pub user_id: UserId,
    pub organization_id: OrganizationId,
    pub token_hash: KeyHash,
    pub agent: Option<String>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

impl SignIn {
    pub fn is_over(&self, rules: SignInRules, now: Timestamp) -> bool {
        self.expires_at <= now || self.last_seen_at.plus(rules.idle) <= now
    }

    /// Whether it is time to write down that it is used.
    pub fn is_to_be_seen(&self, now: Timestamp) -> bool {
        self.last_seen_at.plus(SEEN_EVERY) <= now
    }
}

/// A link by which somebody chooses a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserLink {
    pub organization_id: OrganizationId,
    /// None: whoever opens it becomes an administrator.
    pub user_id: Option<UserId>,
    pub token_hash: KeyHash,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_ends_when_it_is_not_used_and_in_any_case() {
        let at = Timestamp::from_unix_ms;
        let (idle, lifetime) = (Span::ms(10), Span::ms(25));
        let rules = SignInRules { idle, lifetime, ..Default::default() };
        let sign_in = SignIn {
            id: SignInId::at(at(0)),
            user_id: UserId::at(at(0)),
            organization_id: OrganizationId::at(at(0)),
            token_hash: KeyHash::of(&new_token()),
            agent: None,
            created_at: at(0),
            last_seen_at: at(0),
            expires_at: at(25),
        };
        assert!(!sign_in.is_over(rules, at(9)));
        assert!(sign_in.is_over(rules, at(10)));
        let used = SignIn { last_seen_at: at(20), ..sign_in };
        assert!(!used.is_over(rules, at(24)));
        assert!(used.is_over(rules, at(25)));
        assert!(!used.is_to_be_seen(at(24)));
    }

    #[test]
    fn no_two_tokens_are_the_same() {
        assert_eq!(new_token().reveal().len(), 64);
        assert_ne!(new_token(), new_token());
    }
}
