-- What has been over for long is found and deleted.
CREATE INDEX webhook_deliveries_over
    ON webhook_deliveries (created_at) WHERE next_try_at IS NULL;
CREATE INDEX payer_pages_over ON payer_pages (expires_at);
