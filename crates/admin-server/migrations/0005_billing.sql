-- What a change has begun that waits for somebody outside, as JSON; null once there is an answer.
ALTER TABLE idempotency ADD COLUMN begun TEXT;

-- The ledger: append-only and double-entry. One row for each thing that moved a tenant's credit: number counts from 1 within the tenant,
-- balance is the credit after it, so the last row has the credit of now. reference is what it was for, and counts once.
CREATE TABLE ledger_transactions (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    at BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    UNIQUE (tenant_id, number),
    UNIQUE (tenant_id, kind, reference)
);

-- What a transaction moved between the tenant's accounts. The entries of one sum to zero.
CREATE TABLE ledger_entries (
    transaction_id TEXT NOT NULL REFERENCES ledger_transactions (id),
    account TEXT NOT NULL,
    micro_usd BIGINT NOT NULL CHECK (micro_usd <> 0),
    PRIMARY KEY (transaction_id, account)
);
