-- One row for each verification of a key that the asker may verify, whatever came of it. number counts them from 1, in the order in which
-- they were written. An empty text stands for what a call does not name, so that entries and sums compare. micros: how long the answer took.
CREATE TABLE api_key_logs (
    key_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    version_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    project_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    ip TEXT,
    referrer TEXT,
    user_agent TEXT,
    cost BIGINT NOT NULL,
    micros BIGINT NOT NULL,
    PRIMARY KEY (key_id, id)
);

-- Most calls pass, and who looks for the others need not pass over them.
CREATE INDEX api_key_logs_of_denials ON api_key_logs (key_id, id) WHERE verdict <> 'VALID';

-- How many calls there were, by cells of time: grain is their length in microseconds, start a multiple of it. Those of a minute go with the
-- entries of the log, the others stay.
CREATE TABLE api_key_log_sums (
    key_id TEXT NOT NULL,
    grain BIGINT NOT NULL,
    start BIGINT NOT NULL,
    project_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    verdict TEXT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (key_id, grain, start, project_id, resource, verdict)
);

-- One row. last: the number of the last entry. summed: up to which they are in the sums. kept_from: entries and sums of minutes from before it
-- are gone. at_work: whether a server writes, so that entries may be lost with it.
CREATE TABLE api_key_log_state (
    one SMALLINT PRIMARY KEY CHECK (one = 1),
    last BIGINT NOT NULL,
    summed BIGINT NOT NULL CHECK (summed <= last),
    kept_from BIGINT NOT NULL,
    at_work SMALLINT NOT NULL CHECK (at_work IN (0, 1))
);
INSERT INTO api_key_log_state (one, last, summed, kept_from, at_work) VALUES (1, 0, 0, 0, 0);

-- Where entries may be missing, because a server ended before it had written them: after which one, and how many at most.
CREATE TABLE api_key_log_gaps (
    after BIGINT NOT NULL,
    at_most BIGINT NOT NULL,
    found_at BIGINT NOT NULL,
    PRIMARY KEY (after, found_at)
);

-- When and from where a secret was last presented.
ALTER TABLE api_key_versions ADD COLUMN last_used_at BIGINT;
ALTER TABLE api_key_versions ADD COLUMN last_used_ip TEXT;
ALTER TABLE api_key_versions ADD COLUMN last_used_user_agent TEXT;
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;
