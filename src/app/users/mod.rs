//! People who use the dashboard: who may get in, how they choose a password, and that they are
//! signed in.

mod choose_password;
mod manage;
mod sign_in;

use super::App;
use crate::domain::id::UserId;
use crate::domain::password::InvalidPassword;
use crate::domain::user::User;
use crate::store::StoreError;
pub use sign_in::SignedIn;

#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error("there is no such user")]
    NotFound,
    #[error("somebody with this address is a user already")]
    EmailTaken,
    #[error("the last administrator stays one: make somebody else an administrator first")]
    LastAdmin,
    #[error("this user is disabled: enable them first")]
    Disabled,
    /// It was used, its time is up, or a newer one was made.
    #[error("this link is not good any more; ask for another one")]
    LinkOver,
    #[error(transparent)]
    Password(#[from] InvalidPassword),
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for UserError {
    /// The address is all that an index of the table of users holds.
    fn from(error: StoreError) -> UserError {
        if error.is_conflict() { UserError::EmailTaken } else { UserError::Store(error) }
    }
}

/// Not the last one who may do everything.
fn stays_without(users: &[User], id: UserId) -> Result<(), UserError> {
    use crate::domain::user::Role;
    let another = users.iter().any(|user| {
        user.id != id && user.role == Role::Admin && user.is_enabled() && user.has_password
    });
    if another { Ok(()) } else { Err(UserError::LastAdmin) }
}
