-- Debts whose first charge was declined, by the time of that charge: backtests, forecasts and
-- recovery figures read those, and are not slowed down by debts that were paid at once.
CREATE INDEX attempts_first_declined
    ON attempts (organization_id, begun_at DESC, recovery_id)
    WHERE number = 1 AND state = 'declined' AND payable_kind = 'invoice';

-- What waits for its next attempt, by organization.
CREATE INDEX recoveries_planned
    ON recoveries (organization_id, next_attempt_at, id) WHERE state = 'waiting' AND paused = 0;
