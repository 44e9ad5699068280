-- For a test: an invoice of 100 that two charges of 60 have paid, and a request over it and
-- another one, charged for both.
INSERT INTO invoices (id, organization_id, customer_id, invoice_type, status, payment_status,
       number, currency, fees_amount, taxes_amount, prepaid_granted_amount,
       prepaid_purchased_amount, total_amount, paid_amount, issuing_date, payment_due_date,
       net_payment_term, payment_overdue, skip_automatic_payment, method_choice, created_at,
       updated_at)
VALUES ('i1', 'o', 'c', 'one_off', 'finalized', 'succeeded', 'n', 'EUR', 100, 0, 0, 0, 100, 100,
        '2026-01-01', '2026-01-01', 0, 0, 0, 'default', 0, 0),
       ('i2', 'o', 'c', 'one_off', 'finalized', 'succeeded', 'n', 'EUR', 100, 0, 0, 0, 100, 100,
        '2026-01-01', '2026-01-01', 0, 0, 0, 'default', 0, 0);
INSERT INTO attempts (id, organization_id, recovery_id, payable_kind, payable_id, customer_id,
       connection_id, number, origin, amount, currency, idempotency_key, sends, state,
       lookups_made, status, begun_at, updated_at)
VALUES ('0193a000-0000-7000-8000-000000000001', 'o', 'r1', 'invoice', 'i1', 'c', 'k', 1,
        'schedule', 60, 'EUR', 'k1', 1, 'paid', 0, 'x', 0, 5),
       ('0193a000-0000-7000-8000-000000000002', 'o', 'r1', 'invoice', 'i1', 'c', 'k', 2,
        'link', 60, 'EUR', 'k2', 1, 'paid', 0, 'x', 0, 6),
       ('0193a000-0000-7000-8000-000000000003', 'o', 'r2', 'payment_request', 'q1', 'c', 'k', 1,
        'schedule', 200, 'EUR', 'k3', 1, 'paid', 0, 'x', 0, 7);
INSERT INTO payment_request_invoices (payment_request_id, invoice_id, position, amount,
       paid_amount, collecting)
VALUES ('q1', 'i1', 1, 100, 0, 0), ('q1', 'i2', 2, 100, 100, 0);
