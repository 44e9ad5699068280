-- Refunds that a provider has and has not told the end of.
CREATE INDEX refunds_pending ON refunds (updated_at) WHERE state = 'pending';
