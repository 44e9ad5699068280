//! Signing in with address and password, being signed in, and signing out.

use super::App;
use crate::domain::api_key::KeyHash;
use crate::domain::audit_trail::{Act, Action, Actor};
use crate::domain::id::SignInId;
use crate::domain::password::PasswordHash;
use crate::domain::secret::Secret;
use crate::domain::sign_in::{AGENT_CHARS_MAX, SignIn, new_token};
use crate::domain::user::{Email, User};
use crate::store::{Signed, StoreError};

/// Who is at the browser.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub sign_in: SignIn,
    pub user: User,
}

impl App {
    /// The token that the browser is to keep. None: nobody gets in with these, whyever.
    pub fn sign_in(
        &self,
        email: Option<&Email>,
        password: &Secret,
        agent: Option<&str>,
    ) -> Result<Option<Secret>, StoreError> {
        let found = match email {
            Some(email) => self.store.read(|read| {
                let Some(organization) = read.first_organization()? else { return Ok(None) };
                let Some(user) = read.user_by_email(organization.id, email)? else {
                    return Ok(None);
                };
                let stored = read.password_of(user.id)?;
                Ok::<_, StoreError>(stored.map(|stored| (user, stored)))
            })?,
            None => None,
        };
        let Some((user, stored)) = found else {
            PasswordHash::spend_the_time(password);
            return Ok(None);
        };
        if !stored.is_of(password) || !user.is_enabled() {
            return Ok(None);
        }
        self.begin_sign_in(user, stored, agent).map(Some)
    }

    /// For who has just proved who they are.
    fn begin_sign_in(
        &self,
        user: User,
        stored: PasswordHash,
        agent: Option<&str>,
    ) -> Result<Secret, StoreError> {
        let (now, token) = (self.now(), new_token());
        let made = SignIn {
            id: SignInId::at(now),
            user_id: user.id,
            organization_id: user.organization_id,
            token_hash: KeyHash::of(&token),
            agent: agent.map(|agent| agent.chars().take(AGENT_CHARS_MAX).collect()),
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(self.rules.sign_ins.lifetime),
        };
        let signed =
            Signed { organization: user.organization_id, actor: Actor::User(user.id), at: now };
        self.store.write(move |tx| -> Result<(), StoreError> {
            // Meanwhile they may have been disabled or reset: then the token opens nothing.
            let Some(user) = tx.user(made.organization_id, made.user_id)? else { return Ok(()) };
            if !user.is_enabled() || tx.password_of(user.id)?.as_ref() != Some(&stored) {
                return Ok(());
            }
            tx.insert_sign_in(&made)?;
            tx.save_user(&User { last_sign_in_at: Some(now), ..user })?;
            tx.append_audit(signed, &Act::on(Action::UserSignedIn, made.user_id))
        })?;
        Ok(token)
    }

    /// Who holds this token, if it still opens something. Notes that it is used.
    pub fn signed_in(&self, token: &Secret) -> Result<Option<SignedIn>, StoreError> {
        let (hash, now) = (KeyHash::of(token), self.now());
        let found = self.store.read(|read| {
            let Some(sign_in) = read.sign_in_by_hash(&hash)? else { return Ok(None) };
            let user = read.user(sign_in.organization_id, sign_in.user_id)?;
            Ok::<_, StoreError>(user.map(|user| SignedIn { sign_in, user }))
        })?;
        let Some(found) = found else { return Ok(None) };
        if found.sign_in.is_over(self.rules.sign_ins, now) || !found.user.is_enabled() {
            return Ok(None);
        }
        if found.sign_in.is_to_be_seen(now) {
            let id = found.sign_in.id;
            self.store.write(move |tx| tx.see_sign_in(id, now))?;
        }
        Ok(Some(found))
    }

    /// The token opens nothing any more.
    pub fn sign_out(&self, signed_in: &SignedIn) -> Result<(), StoreError> {
        let (user, id) = (signed_in.user.id, signed_in.sign_in.id);
        let signed = Signed {
            organization: signed_in.user.organization_id,
            actor: Actor::User(user),
            at: self.now(),
        };
        self.store.write(move |tx| {
            if tx.delete_sign_in(user, id)? {
                tx.append_audit(signed, &Act::on(Action::UserSignedOut, user))?;
            }
            Ok(())
        })
    }
}
