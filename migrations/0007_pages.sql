-- Pages for payers.

-- What names a method that is made inactive.
CREATE INDEX invoices_by_method
    ON invoices (payment_method_id) WHERE payment_method_id IS NOT NULL;
