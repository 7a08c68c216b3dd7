-- How far what a payment provider tells was read back, for what its notices did not bring. Everything before read_to was read; a stretch
-- that is too long for one go ends at until, and is read up to after, the provider's id of an event. look_at is when there is more to read.
CREATE TABLE payment_readings (
    provider TEXT PRIMARY KEY,
    read_to BIGINT NOT NULL,
    until BIGINT,
    after TEXT,
    look_at BIGINT NOT NULL
);
