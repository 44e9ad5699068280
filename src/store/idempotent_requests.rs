//! Requests that are made again: those with a key of their caller's and what they were answered,
//! and the calls that brought about payments.

use rusqlite::named_params;

use super::row::{Columns, row};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{ApiKeyId, AttemptId, InvoiceId};
use crate::domain::idempotent_request::{
    ANSWER_KEPT, CallMark, EXECUTING_MAX, KnownRequest, RequestKey, SENT_AGAIN_WITHIN, StoredAnswer,
};
use crate::domain::time::Timestamp;

/// So many are forgotten in one transaction.
const PAGE: u32 = 1000;

fn token(id: Option<ApiKeyId>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

struct Row {
    fingerprint: String,
    answer: Option<StoredAnswer>,
    began_at: Timestamp,
}

impl Reader<'_> {
    /// The payment that this call has brought about already, if it is made again.
    pub fn payment_of_call(
        &self,
        mark: &CallMark,
        invoice: InvoiceId,
        now: Timestamp,
    ) -> Result<Option<AttemptId>, StoreError> {
        row!(
            self,
            "payment_calls",
            "SELECT attempt_id FROM payment_calls
              WHERE invoice_id = :invoice AND token = :token AND call = :call
                AND ((:is_sent_again AND at >= :since) OR idempotency_key = :idempotency_key)
              ORDER BY at DESC, id DESC LIMIT 1",
            named_params! {
                ":invoice": invoice.to_string(),
                ":token": token(mark.api_key_id),
                ":call": mark.kind.as_str(),
                ":is_sent_again": mark.is_sent_again,
                ":since": now.minus(SENT_AGAIN_WITHIN).unix_ms(),
                ":idempotency_key": mark.idempotency_key,
            },
            |columns: &Columns<'_>| columns.parsed("attempt_id")
        )
    }

    fn idempotent_request(&self, key: &RequestKey) -> Result<Option<Row>, StoreError> {
        row!(
            self,
            "idempotent_requests",
            "SELECT * FROM idempotent_requests
              WHERE token = :token AND idempotency_key = :key",
            named_params! { ":token": token(key.api_key_id), ":key": key.key },
            |columns: &Columns<'_>| {
                let status: Option<u16> = columns.get("status")?;
                let body: Option<String> = columns.get("body")?;
                let answer = status.zip(body);
                Ok::<_, StoreError>(Row {
                    fingerprint: columns.get("fingerprint")?,
                    answer: answer.map(|(status, body)| StoredAnswer { status, body }),
                    began_at: columns.time("began_at")?,
                })
            }
        )
    }
}

impl Tx<'_> {
    pub fn insert_payment_call(
        &self,
        mark: &CallMark,
        invoice: InvoiceId,
        attempt: AttemptId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO payment_calls
                        (token, call, invoice_id, attempt_id, idempotency_key, at)
                 VALUES (:token, :call, :invoice, :attempt, :idempotency_key, :now)",
            )?
            .execute(named_params! {
                ":token": token(mark.api_key_id),
                ":call": mark.kind.as_str(),
                ":invoice": invoice.to_string(),
                ":attempt": attempt.to_string(),
                ":idempotency_key": mark.idempotency_key,
                ":now": now.unix_ms(),
            })?;
        Ok(())
    }

    /// What is known of the key. A new one counts as executing from now on.
    pub fn take_request_key(
        &self,
        key: &RequestKey,
        now: Timestamp,
    ) -> Result<KnownRequest, StoreError> {
        if let Some(known) = self.idempotent_request(key)? {
            let left = known.answer.is_none() && known.began_at.plus(EXECUTING_MAX) <= now;
            let forgotten = known.began_at.plus(ANSWER_KEPT) <= now;
            if !left && !forgotten {
                return Ok(match known.answer {
                    _ if known.fingerprint != key.fingerprint => KnownRequest::OtherParameters,
                    Some(answer) => KnownRequest::Answered(answer),
                    None => KnownRequest::Executing,
                });
            }
            self.forget_request_key(key)?;
        }
        self.connection
            .prepare_cached(
                "INSERT INTO idempotent_requests (token, idempotency_key, fingerprint, began_at)
                 VALUES (:token, :key, :fingerprint, :now)",
            )?
            .execute(named_params! {
                ":token": token(key.api_key_id),
                ":key": key.key,
                ":fingerprint": key.fingerprint,
                ":now": now.unix_ms(),
            })?;
        Ok(KnownRequest::New)
    }

    pub fn answer_request_key(
        &self,
        key: &RequestKey,
        answer: &StoredAnswer,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE idempotent_requests SET status = :status, body = :body
                  WHERE token = :token AND idempotency_key = :key",
            )?
            .execute(named_params! {
                ":token": token(key.api_key_id),
                ":key": key.key,
                ":status": answer.status,
                ":body": answer.body,
            })?;
        Ok(())
    }

    pub fn forget_request_key(&self, key: &RequestKey) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "DELETE FROM idempotent_requests
                  WHERE token = :token AND idempotency_key = :key",
            )?
            .execute(named_params! { ":token": token(key.api_key_id), ":key": key.key })?;
        Ok(())
    }

    /// Those that were executing when the server stopped.
    pub fn forget_executing_requests(&self) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM idempotent_requests WHERE status IS NULL", [])?;
        Ok(())
    }

    /// A page of what nobody may ask for any more. Answers how many rows went.
    pub fn forget_old_requests(&self, now: Timestamp) -> Result<usize, StoreError> {
        let (old, limit) = (now.minus(ANSWER_KEPT).unix_ms(), PAGE);
        let requests = self.connection.execute(
            "DELETE FROM idempotent_requests
              WHERE (token, idempotency_key) IN (
                    SELECT token, idempotency_key FROM idempotent_requests
                     WHERE began_at <= :old ORDER BY began_at LIMIT :limit)",
            named_params! { ":old": old, ":limit": limit },
        )?;
        let calls = self.connection.execute(
            "DELETE FROM payment_calls
              WHERE id IN (SELECT id FROM payment_calls WHERE at <= :old ORDER BY at LIMIT :limit)",
            named_params! { ":old": old, ":limit": limit },
        )?;
        Ok(requests + calls)
    }
}
