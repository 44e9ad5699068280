//! Wallets and their movements as readers see them, alone and in lists.

use super::row;
use crate::domain::filter::WalletTransactionFilter;
use crate::domain::id::{CustomerId, OrganizationId, WalletId};
use crate::domain::view::{Page, PageRequest, Slice, SliceRequest, WalletView};
use crate::domain::wallet::Wallet;
use crate::domain::wallet::transaction::WalletTransaction;
use crate::store::conditions::Conditions;
use crate::store::row::rows;
use crate::store::{Reader, StoreError};

impl Reader<'_> {
    pub fn wallet_view(
        &self,
        organization: OrganizationId,
        id: WalletId,
    ) -> Result<Option<WalletView>, StoreError> {
        match self.wallet(organization, id)? {
            Some(wallet) => self.beside_wallet(wallet).map(Some),
            None => Ok(None),
        }
    }

    pub fn beside_wallet(&self, wallet: Wallet) -> Result<WalletView, StoreError> {
        let organization = self.organization(wallet.organization_id)?;
        let customer = self
            .customer(wallet.organization_id, wallet.customer_id)?
            .ok_or_else(|| StoreError::no_customer(wallet.customer_id))?;
        Ok(WalletView {
            rule: self.rule_of_wallet(wallet.id)?,
            external_customer_id: customer.external_id,
            billing_entity_code: organization.billing_entity_code,
            wallet,
        })
    }

    /// One page, newest first; `customer` and `currency` of None take all.
    pub fn wallet_views(
        &self,
        organization: OrganizationId,
        customer: Option<CustomerId>,
        currency: Option<&str>,
        request: PageRequest,
    ) -> Result<Page<WalletView>, StoreError> {
        let mut conditions = Conditions::of(
            "w.organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        if let Some(customer) = customer {
            conditions.and_with("w.customer_id = :customer", ":customer", customer.to_string());
        }
        if let Some(currency) = currency {
            conditions.and_with("w.currency = :currency", ":currency", currency.to_owned());
        }
        let total = self.count("wallets w", &conditions)?;
        bind_page(&mut conditions, request);
        let sql = format!(
            "SELECT w.* FROM wallets w WHERE {}
              ORDER BY w.created_at DESC, w.id LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        let found = rows!(self, "wallets", &sql, conditions.values().as_slice(), row::wallet)?;
        let items: Result<Vec<WalletView>, StoreError> =
            found.into_iter().map(|wallet| self.beside_wallet(wallet)).collect();
        Ok(Page { items: items?, total, request })
    }

    /// Of every status or of one, the one that was made last first.
    pub fn wallet_slice(
        &self,
        organization: OrganizationId,
        status: Option<&'static str>,
        request: SliceRequest,
    ) -> Result<Slice<WalletView>, StoreError> {
        let before = request.after.unwrap_or(uuid::Uuid::max()).to_string();
        // Where no status is asked for the ids are walked along, and nothing has to be sorted.
        let mut conditions = Conditions::of("w.id < :before", ":before", before);
        let whose = match status {
            Some(_) => "w.organization_id = :organization",
            None => "+w.organization_id = :organization",
        };
        conditions.and_with(whose, ":organization", organization.to_string());
        if let Some(status) = status {
            conditions.and_with("w.status = :status", ":status", status.to_owned());
        }
        conditions.bind(":limit", request.limit.saturating_add(1));
        let sql = format!(
            "SELECT w.* FROM wallets w WHERE {} ORDER BY w.id DESC LIMIT :limit",
            conditions.sql()
        );
        let found = rows!(self, "wallets", &sql, conditions.values().as_slice(), row::wallet)?;
        let Slice { items, next } = Slice::of(found, request.limit, |it| it.id.uuid());
        let items: Result<Vec<WalletView>, StoreError> =
            items.into_iter().map(|wallet| self.beside_wallet(wallet)).collect();
        Ok(Slice { items: items?, next })
    }

    /// One page of a wallet's movements, newest first.
    pub fn wallet_transactions(
        &self,
        wallet: WalletId,
        filter: &WalletTransactionFilter,
        request: PageRequest,
    ) -> Result<Page<WalletTransaction>, StoreError> {
        let mut conditions = Conditions::of("t.wallet_id = :wallet", ":wallet", wallet.to_string());
        if let Some(status) = filter.status {
            conditions.and_with("t.status = :status", ":status", status.as_str().to_owned());
        }
        if let Some(kinds) = &filter.kinds {
            conditions.and_in("t.kind", ":kind", kinds.iter().map(|it| it.as_str().to_owned()));
        }
        for (position, (key, value)) in filter.metadata.iter().enumerate() {
            add_metadata(&mut conditions, position, (key, value));
        }
        let total = self.count("wallet_transactions t", &conditions)?;
        bind_page(&mut conditions, request);
        let sql = format!(
            "SELECT t.* FROM wallet_transactions t WHERE {}
              ORDER BY t.created_at DESC, t.id LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        let items = rows!(
            self,
            "wallet_transactions",
            &sql,
            conditions.values().as_slice(),
            row::transaction
        )?;
        Ok(Page { items, total, request })
    }

    fn count(&self, table: &str, conditions: &Conditions) -> Result<u64, StoreError> {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {}", conditions.sql());
        let total: i64 = self
            .connection
            .prepare_cached(&sql)?
            .query_row(conditions.values().as_slice(), |row| row.get(0))?;
        Ok(total.unsigned_abs())
    }
}

fn bind_page(conditions: &mut Conditions, request: PageRequest) {
    conditions.bind(":limit", request.per_page);
    conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
}

/// An empty value means that the key is absent. Inside a text quotes are escaped, so the pair as
/// it is written stands nowhere but where it is one.
fn add_metadata(conditions: &mut Conditions, position: usize, (key, value): (&str, &str)) {
    let name = format!(":metadata_{position}");
    if value.is_empty() {
        conditions.and(&format!("INSTR(t.metadata, {name}) = 0"));
        conditions.bind(&name, row::key_as_written(key));
    } else {
        conditions.and(&format!("INSTR(t.metadata, {name}) > 0"));
        conditions.bind(&name, row::pair_as_written(key, value));
    }
}

#[cfg(test)]
mod tests {
    use crate::store::schema::migrate;

    /// What SQLite says it will do, one step a line.
    fn plan(sql: &str) -> String {
        let mut connection = rusqlite::Connection::open_in_memory().expect("memory");
        migrate(&mut connection).expect("the schema");
        let mut statement =
            connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a statement");
        let steps = statement.query_map([], |row| row.get::<_, String>("detail")).expect("a plan");
        steps.map(|step| step.expect("a step") + "\n").collect()
    }

    #[test]
    fn lists_and_sweeps_walk_an_index_from_its_beginning() {
        for (sql, index) in [
            (
                "SELECT * FROM wallets WHERE organization_id = 'o'
                  ORDER BY created_at DESC, id LIMIT 100",
                "wallets_newest",
            ),
            (
                "SELECT * FROM wallets WHERE organization_id = 'o' AND customer_id = 'c'
                  ORDER BY created_at DESC, id LIMIT 100",
                "wallets_of_customer",
            ),
            (
                "SELECT * FROM wallets WHERE status = 'active' AND expiration_at IS NOT NULL
                    AND expiration_at <= 5 ORDER BY expiration_at, id LIMIT 100",
                "wallets_to_expire",
            ),
            (
                "SELECT id FROM recurring_rules WHERE next_look_at IS NOT NULL
                    AND next_look_at <= 5 ORDER BY next_look_at, id LIMIT 100",
                "recurring_rules_due",
            ),
            (
                "SELECT * FROM wallet_transactions WHERE wallet_id = 'w'
                  ORDER BY created_at DESC, id LIMIT 100",
                "wallet_transactions_newest",
            ),
            (
                "SELECT * FROM wallet_transactions WHERE wallet_id = 'w'
                    AND (remaining_amount > 0 OR remaining_credits <> '0') ORDER BY id",
                "wallet_transactions_with_rest",
            ),
        ] {
            let plan = plan(sql);
            assert!(plan.contains(index), "{sql}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{sql}: {plan}");
        }
    }
}
