-- What the story of a debt tells of webhooks, both ways; the list of debts that wait for a person;
-- and what lists of people are looked through by where there is much.

-- The payment that a provider told of.
ALTER TABLE inbound_events ADD COLUMN attempt_id TEXT;
CREATE INDEX inbound_events_of_attempt
    ON inbound_events (attempt_id, id) WHERE attempt_id IS NOT NULL;

CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_id);

DROP INDEX recoveries_idle;
CREATE INDEX recoveries_idle ON recoveries (organization_id, reason, id) WHERE state = 'idle';

-- It led every list of an organization astray, which is nearly all invoices: now only a number does.
DROP INDEX invoices_by_number;
CREATE INDEX invoices_by_number ON invoices (number, organization_id);

-- The class of the last decline of a debt.
ALTER TABLE recoveries ADD COLUMN last_decline TEXT;
UPDATE recoveries
   SET last_decline = (SELECT a.decline_class
                         FROM attempts a
                        WHERE a.recovery_id = recoveries.id AND a.state = 'declined'
                        ORDER BY a.number DESC
                        LIMIT 1);
CREATE INDEX recoveries_by_decline
    ON recoveries (organization_id, last_decline, payable_kind, payable_id)
 WHERE last_decline IS NOT NULL;

-- Only for who searches: it leads nobody else astray.
CREATE INDEX customers_to_search
    ON customers (organization_id, id DESC, search_text) WHERE search_text <> '';
