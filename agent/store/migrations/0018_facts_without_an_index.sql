-- A sample of a charge writes one page less, and one less when it was told: whatever asked for the facts of a
-- transaction does so while few wait, and looks at each of them.
DROP INDEX facts_of_a_transaction;
