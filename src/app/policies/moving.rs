//! Running recoveries that would go by another version, and moving them there. Nothing moves by
//! itself. The attempt that is planned stays where it is; what comes after it is decided by the
//! new version.

use super::PolicyError;
use crate::app::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::{OrganizationId, RecoveryId};
use crate::domain::policy::PolicyVersion;
use crate::store::{Reader, Tx};

/// So many are shown.
const SAMPLE: u32 = 20;

/// So many are moved in one transaction.
const BATCH: u32 = 500;

/// Running recoveries that go by another version of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    pub count: u64,
    /// The first of them.
    pub sample: Vec<RecoveryId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    pub count: u64,
}

impl App {
    pub fn affected_by_policy(
        &self,
        organization: OrganizationId,
        code: &str,
        number: u32,
    ) -> Result<Affected, PolicyError> {
        self.store.read(|read| {
            let version = version(read, organization, code, number)?;
            let (count, sample) =
                read.recoveries_affected((organization, code), version.id, SAMPLE)?;
            Ok(Affected { count, sample })
        })
    }

    /// In batches: one that begins meanwhile with an older version is moved too.
    pub fn move_to_policy(
        &self,
        organization: OrganizationId,
        code: &str,
        number: u32,
    ) -> Result<Moved, PolicyError> {
        let mut count = 0;
        loop {
            let code = code.to_owned();
            let moved = self.store.write(move |tx| batch(tx, organization, &code, number))?;
            if moved == 0 {
                break;
            }
            count += moved;
        }
        if count > 0 {
            let signed = self.signed(organization, self.now());
            let act = Act::on(Action::PolicyMoved, code)
                .with("version", number)
                .with("recoveries", count);
            self.store.write(move |tx| tx.append_audit(signed, &act))?;
        }
        Ok(Moved { count })
    }
}

fn batch(
    tx: &Tx<'_>,
    organization: OrganizationId,
    code: &str,
    number: u32,
) -> Result<u64, PolicyError> {
    let to = version(tx, organization, code, number)?;
    let (_, found) = tx.recoveries_affected((organization, code), to.id, BATCH)?;
    let mut moved = 0;
    for id in found {
        tx.save_policy_of(id, to.id)?;
        moved += 1;
    }
    Ok(moved)
}

fn version(
    read: &Reader<'_>,
    organization: OrganizationId,
    code: &str,
    number: u32,
) -> Result<PolicyVersion, PolicyError> {
    let found = read.policy_version(organization, code, Some(number))?;
    found.ok_or(PolicyError::NoVersion)
}
