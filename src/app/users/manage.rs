//! Users are added, given a role, disabled and enabled, and given a link to choose a password.

use super::{App, UserError, stays_without};
use crate::domain::api_key::KeyHash;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::{OrganizationId, SignInId, UserId};
use crate::domain::secret::Secret;
use crate::domain::sign_in::{UserLink, new_token};
use crate::domain::time::Timestamp;
use crate::domain::user::{Email, Role, User};

impl App {
    /// What stands in the link by which somebody becomes an administrator. Links of this kind that
    /// were made before are over.
    pub fn make_set_up_link(&self, organization: OrganizationId) -> Result<Secret, UserError> {
        let token = new_token();
        let link = self.link(organization, None, &token, self.now());
        self.store.write(move |tx| -> Result<(), UserError> { Ok(tx.put_user_link(&link)?) })?;
        Ok(token)
    }

    /// They get in once they have chosen a password behind the link.
    pub fn add_user(
        &self,
        organization: OrganizationId,
        email: Email,
        role: Role,
    ) -> Result<(User, Secret), UserError> {
        let (now, token) = (self.now(), new_token());
        let made = User {
            id: UserId::at(now),
            organization_id: organization,
            email,
            role,
            has_password: false,
            created_at: now,
            disabled_at: None,
            last_sign_in_at: None,
        };
        let link = self.link(organization, Some(made.id), &token, now);
        let (stored, signed) = (made.clone(), self.signed(organization, now));
        self.store.write(move |tx| -> Result<(), UserError> {
            tx.insert_user(&stored)?;
            tx.put_user_link(&link)?;
            let act = Act::on(Action::UserAdded, stored.id)
                .with("email", &stored.email)
                .with("role", stored.role.as_str());
            Ok(tx.append_audit(signed, &act)?)
        })?;
        Ok((made, token))
    }

    pub fn change_role(
        &self,
        organization: OrganizationId,
        id: UserId,
        role: Role,
    ) -> Result<User, UserError> {
        let signed = self.signed(organization, self.now());
        self.store.write(move |tx| {
            let user = tx.user(organization, id)?.ok_or(UserError::NotFound)?;
            if user.role == role {
                return Ok(user);
            }
            if user.role == Role::Admin {
                stays_without(&tx.users(organization)?, id)?;
            }
            let changed = User { role, ..user.clone() };
            tx.save_user(&changed)?;
            let act = Act::on(Action::UserRoleChanged, id).changed(
                "role",
                user.role.as_str(),
                role.as_str(),
            );
            tx.append_audit(signed, &act)?;
            Ok(changed)
        })
    }

    /// A link to choose another password. The old one opens nothing any more, and they are signed
    /// out everywhere.
    pub fn reset_user(
        &self,
        organization: OrganizationId,
        id: UserId,
    ) -> Result<(User, Secret), UserError> {
        let (now, token) = (self.now(), new_token());
        let link = self.link(organization, Some(id), &token, now);
        let signed = self.signed(organization, now);
        let user = self.store.write(move |tx| {
            let user = tx.user(organization, id)?.ok_or(UserError::NotFound)?;
            if !user.is_enabled() {
                return Err(UserError::Disabled);
            }
            tx.save_password(id, None)?;
            tx.delete_sign_ins_of(id)?;
            tx.put_user_link(&link)?;
            tx.append_audit(signed, &Act::on(Action::UserReset, id))?;
            Ok(user)
        })?;
        Ok((user, token))
    }

    /// They do not get in any more, and are signed out everywhere.
    pub fn disable_user(
        &self,
        organization: OrganizationId,
        id: UserId,
    ) -> Result<User, UserError> {
        let now = self.now();
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            let user = tx.user(organization, id)?.ok_or(UserError::NotFound)?;
            if !user.is_enabled() {
                return Ok(user);
            }
            if user.role == Role::Admin {
                stays_without(&tx.users(organization)?, id)?;
            }
            let changed = User { disabled_at: Some(now), ..user };
            tx.save_user(&changed)?;
            tx.delete_sign_ins_of(id)?;
            tx.append_audit(signed, &Act::on(Action::UserDisabled, id))?;
            Ok(changed)
        })
    }

    pub fn enable_user(&self, organization: OrganizationId, id: UserId) -> Result<User, UserError> {
        let signed = self.signed(organization, self.now());
        self.store.write(move |tx| {
            let user = tx.user(organization, id)?.ok_or(UserError::NotFound)?;
            if user.is_enabled() {
                return Ok(user);
            }
            let changed = User { disabled_at: None, ..user };
            tx.save_user(&changed)?;
            tx.append_audit(signed, &Act::on(Action::UserEnabled, id))?;
            Ok(changed)
        })
    }

    /// One browser of somebody is signed out.
    pub fn end_sign_in(
        &self,
        organization: OrganizationId,
        user: UserId,
        id: SignInId,
    ) -> Result<(), UserError> {
        let signed = self.signed(organization, self.now());
        self.store.write(move |tx| -> Result<(), UserError> {
            tx.user(organization, user)?.ok_or(UserError::NotFound)?;
            if tx.delete_sign_in(user, id)? {
                tx.append_audit(signed, &Act::on(Action::UserSignedOut, user))?;
            }
            Ok(())
        })
    }

    fn link(
        &self,
        organization_id: OrganizationId,
        user_id: Option<UserId>,
        token: &Secret,
        now: Timestamp,
    ) -> UserLink {
        UserLink {
            organization_id,
            user_id,
            token_hash: KeyHash::of(token),
            created_at: now,
            expires_at: now.plus(self.rules.sign_ins.link_lifetime),
        }
    }
}
