-- What the keys of a workspace may spend together: JSON as the model has it. NULL = without bound.
ALTER TABLE workspaces ADD COLUMN budget TEXT;

-- What a key or a workspace with a budget has spent in a period of it. subject: its id. since: when the period began, or 1970. micro_usd: the
-- sum of the usage events of the period. told: the highest percentage of which the owners were told. Without a row both are to be found out.
CREATE TABLE budget_periods (
    subject TEXT PRIMARY KEY,
    since BIGINT NOT NULL,
    micro_usd BIGINT NOT NULL CHECK (micro_usd >= 0),
    told BIGINT NOT NULL
);

-- When the owners are next to be told that a key expires soon. NULL = never.
ALTER TABLE api_keys ADD COLUMN expiry_notice_at BIGINT;
CREATE INDEX api_keys_by_expiry_notice ON api_keys (expiry_notice_at) WHERE expiry_notice_at IS NOT NULL;
-- 14 days before.
UPDATE api_keys SET expiry_notice_at = expires_at - 1209600000000 WHERE expires_at IS NOT NULL AND deleted_at IS NULL;
