-- What an endpoint of the business answered last, the beginning of it, and when: for whoever looks
-- at a delivery.
ALTER TABLE webhook_deliveries ADD COLUMN last_answer TEXT;
ALTER TABLE webhook_deliveries ADD COLUMN last_tried_at INTEGER;

-- Lists of one state, newest first.
CREATE INDEX subscriptions_by_state ON subscriptions (organization_id, state, id);
CREATE INDEX wallets_by_status ON wallets (organization_id, status, id);
