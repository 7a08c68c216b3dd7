-- Ids are TEXT, instants and amounts BIGINT (microseconds UTC, micro-USD), booleans SMALLINT, JSON and sealed bytes TEXT,
-- so that this text runs on SQLite and on PostgreSQL and a dump of one loads into the other.

-- Which keys the rest was made with, by their ids. Opened with others, no token would be known and no chain would fit.
CREATE TABLE server_keys (
    purpose TEXT PRIMARY KEY,
    key_id TEXT NOT NULL
);

CREATE TABLE tenants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE INDEX workspaces_by_tenant ON workspaces (tenant_id, id);

-- workspace_id NULL = the whole tenant.
CREATE TABLE memberships (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    workspace_id TEXT REFERENCES workspaces (id),
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX memberships_by_user ON memberships (tenant_id, user_id, COALESCE(workspace_id, ''));

-- digest: HMAC-SHA-256 of the token under the pepper that pepper_id names. The token itself is nowhere.
CREATE TABLE pats (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    hint TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    pepper_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE INDEX pats_by_tenant ON pats (tenant_id, id);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    description TEXT,
    environment TEXT NOT NULL,
    scopes TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    expires_at BIGINT,
    disabled SMALLINT NOT NULL CHECK (disabled IN (0, 1)),
    revoked_at BIGINT,
    revoked_by TEXT REFERENCES users (id),
    revocation_code TEXT,
    revocation_reason TEXT,
    deleted_at BIGINT
);

CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, id);
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, id);

-- The secrets of a key. expires_at: the end of its grace, once another replaced it. key_expires_before: the key's expiry
-- before this secret was made, which a rollback brings back.
CREATE TABLE api_key_versions (
    id TEXT PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES api_keys (id),
    number BIGINT NOT NULL,
    hint TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    pepper_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    key_expires_before BIGINT,
    UNIQUE (key_id, number)
);

-- The kept answers of mutations. result: the root field's result as JSON; sealed: its secret, which opens only with the
-- idempotency key itself.
CREATE TABLE idempotency (
    pat_id TEXT NOT NULL REFERENCES pats (id),
    operation TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    input_digest TEXT NOT NULL,
    result TEXT NOT NULL,
    sealed TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (pat_id, operation, key_digest)
);

CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- One chain per tenant; the chain `operator` holds what has no tenant.
CREATE TABLE audit_events (
    id TEXT PRIMARY KEY,
    chain TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object_id TEXT NOT NULL,
    before TEXT,
    after TEXT,
    reason TEXT,
    request_id TEXT NOT NULL,
    mac TEXT NOT NULL,
    UNIQUE (chain, number)
);

CREATE TABLE audit_heads (
    chain TEXT PRIMARY KEY,
    count BIGINT NOT NULL,
    mac TEXT NOT NULL,
    signature TEXT NOT NULL
);
