-- Looks that take as long however much waits for the network.

-- What may be forgotten beyond the newest sessions: told, or given up. Those that wait are not looked at one by one.
CREATE INDEX settled_transactions ON transactions (id) WHERE start_delivery <> 'queued' AND stop_delivery <> 'queued';

-- A sample outside of a transaction, which an idle charger records four times an hour, writes one page less, and when
-- it was told again.
DROP INDEX facts_of_a_transaction;
CREATE INDEX facts_of_a_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
