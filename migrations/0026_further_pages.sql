-- What further pages for people walk.

-- The latest address at which a customer can leave a payment method.
CREATE INDEX payer_pages_to_set_up ON payer_pages (customer_id, id) WHERE purpose = 'setup';

-- What somebody searched for when they chose the invoices of a bulk retry.
ALTER TABLE bulk_retries ADD COLUMN filter_search_term TEXT;

-- What people recorded of one customer.
CREATE INDEX manual_payments_of_customer ON manual_payments (customer_id, paid_at DESC, id);
