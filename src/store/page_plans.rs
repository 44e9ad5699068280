//! What SQLite does for the lists of the dashboard: it walks an index. A test only.

use super::query_plans::{faults, nobody};
use super::{Reader, Tx};
use crate::domain::api_key::KeyHash;
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;

#[test]
fn people_are_found_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let (user, hash) = (UserId::at(now), KeyHash([0; 32]));
    let email = "a@example.com".parse().expect("an address");
    let found = faults(|read| {
        read.users(nobody())?;
        read.user_by_email(nobody(), &email)?;
        read.password_of(user)?;
        read.user_link_by_hash(&hash, now)?;
        read.sign_in_by_hash(&hash)?;
        read.sign_ins_of(user)?;
        let tx = Tx(Reader { connection: read.connection, sealer: read.sealer });
        tx.forget_sign_ins(now)?;
        tx.forget_user_links(now)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
