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

-- Money that is to be paid in. What the payment provider tells of it are facts that only grow and may come in any order: paid, failure, and the
-- claims on its payment. state follows from them, and so do refunded and disputed, which say what the ledger has of them.
CREATE TABLE top_ups (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    provider TEXT NOT NULL,
    flow TEXT NOT NULL,
    state TEXT NOT NULL,
    session TEXT,
    payment TEXT,
    payment_url TEXT,
    failure TEXT,
    paid BIGINT CHECK (paid > 0),
    paid_at BIGINT,
    refunded BIGINT NOT NULL CHECK (refunded >= 0),
    disputed BIGINT NOT NULL CHECK (disputed >= 0),
    look_at BIGINT,
    looks BIGINT NOT NULL
);

CREATE INDEX top_ups_by_tenant ON top_ups (tenant_id, id);
CREATE INDEX top_ups_to_look_at ON top_ups (look_at) WHERE look_at IS NOT NULL;
CREATE UNIQUE INDEX top_ups_by_session ON top_ups (provider, session) WHERE session IS NOT NULL;
CREATE UNIQUE INDEX top_ups_by_payment ON top_ups (provider, payment) WHERE payment IS NOT NULL;

-- What was taken back of a payment, by the provider's ids: it may be told before the payment is known to be ours.
CREATE TABLE payment_claims (
    provider TEXT NOT NULL,
    id TEXT NOT NULL,
    payment TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    taken SMALLINT NOT NULL CHECK (taken IN (0, 1)),
    returned SMALLINT NOT NULL CHECK (returned IN (0, 1)),
    PRIMARY KEY (provider, id)
);

CREATE INDEX payment_claims_by_payment ON payment_claims (provider, payment);

-- The provider's events that were applied; each counts once.
CREATE TABLE payment_events (
    provider TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    top_up_id TEXT REFERENCES top_ups (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (provider, id)
);
