//! Somebody opens a link and chooses a password. The link is good once.

use super::{App, UserError};
use crate::domain::api_key::KeyHash;
use crate::domain::audit_trail::{Act, Action, Actor};
use crate::domain::id::UserId;
use crate::domain::password::PasswordHash;
use crate::domain::secret::Secret;
use crate::domain::sign_in::UserLink;
use crate::domain::user::{Email, Role, User};
use crate::store::{Signed, StoreError};

impl App {
    /// What a link is for, and for whom. None: it is not good, or not any more.
    pub fn open_user_link(
        &self,
        token: &Secret,
    ) -> Result<Option<(UserLink, Option<User>)>, StoreError> {
        let (hash, now) = (KeyHash::of(token), self.now());
        self.store.read(|read| {
            let Some(link) = read.user_link_by_hash(&hash, now)? else { return Ok(None) };
            let user = match link.user_id {
                Some(id) => read.user(link.organization_id, id)?,
                None => None,
            };
            Ok(Some((link, user)))
        })
    }

    /// Behind a set-up link: a new administrator.
    pub fn set_up(
        &self,
        token: &Secret,
        email: Email,
        password: &Secret,
    ) -> Result<User, UserError> {
        let (now, hash) = (self.now(), KeyHash::of(token));
        // Nobody makes us hash who has no link.
        self.store.read(|read| read.user_link_by_hash(&hash, now))?.ok_or(UserError::LinkOver)?;
        let password = PasswordHash::of(password)?;
        self.store.write(move |tx| {
            let link = tx.user_link_by_hash(&hash, now)?.ok_or(UserError::LinkOver)?;
            if link.user_id.is_some() {
                return Err(UserError::LinkOver);
            }
            let made = User {
                id: UserId::at(now),
                organization_id: link.organization_id,
                email: email.clone(),
                role: Role::Admin,
                has_password: true,
                created_at: now,
                disabled_at: None,
                last_sign_in_at: None,
            };
            tx.insert_user(&made)?;
            tx.save_password(made.id, Some(&password))?;
            tx.delete_user_link(&hash)?;
            let act = Act::on(Action::UserAdded, made.id)
                .with("email", &made.email)
                .with("role", made.role.as_str());
            tx.append_audit(by(&made, now), &act)?;
            Ok(made)
        })
    }

    /// Behind a link for one user. Wherever they were signed in, they are not any more.
    pub fn choose_password(&self, token: &Secret, password: &Secret) -> Result<User, UserError> {
        let (now, hash) = (self.now(), KeyHash::of(token));
        // Nobody makes us hash who has no link.
        self.store.read(|read| read.user_link_by_hash(&hash, now))?.ok_or(UserError::LinkOver)?;
        let password = PasswordHash::of(password)?;
        self.store.write(move |tx| {
            let link = tx.user_link_by_hash(&hash, now)?.ok_or(UserError::LinkOver)?;
            let id = link.user_id.ok_or(UserError::LinkOver)?;
            let user = tx.user(link.organization_id, id)?.ok_or(UserError::LinkOver)?;
            if !user.is_enabled() {
                return Err(UserError::Disabled);
            }
            tx.save_password(id, Some(&password))?;
            tx.delete_sign_ins_of(id)?;
            tx.delete_user_link(&hash)?;
            tx.append_audit(by(&user, now), &Act::on(Action::UserPasswordChosen, id))?;
            Ok(User { has_password: true, ..user })
        })
    }
}

fn by(user: &User, at: crate::domain::time::Timestamp) -> Signed {
    Signed { organization: user.organization_id, actor: Actor::User(user.id), at }
}
