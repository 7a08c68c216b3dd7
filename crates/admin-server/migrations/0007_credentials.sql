-- The tokens of gateways, which belong to no person and no tenant. Like a PAT's, the token itself is nowhere: digest is its HMAC under
-- the pepper that pepper_id names. public_key: base64url of the X25519 key to which credentials are sealed for its holder.
CREATE TABLE service_tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    hint TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    pepper_id TEXT NOT NULL,
    public_key TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- A tenant's own accounts with providers. sealed: the credential under a key of its own, which is in wrapped_key under the KEK that kek_id
-- names; all three are erased when it is revoked, and its slug is free again.
CREATE TABLE connections (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    slug TEXT NOT NULL,
    provider TEXT NOT NULL,
    key_hint TEXT NOT NULL,
    version BIGINT NOT NULL,
    kek_id TEXT,
    wrapped_key TEXT,
    sealed TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    updated_at BIGINT NOT NULL,
    revoked_at BIGINT,
    test_outcome TEXT,
    test_message TEXT,
    tested_at BIGINT
);

CREATE INDEX connections_by_tenant ON connections (tenant_id, id);
CREATE INDEX connections_by_workspace ON connections (workspace_id, id);
CREATE INDEX connections_by_kek ON connections (kek_id, id);
CREATE UNIQUE INDEX connections_by_slug ON connections (workspace_id, slug) WHERE revoked_at IS NULL;

-- To which credentials are sealed for the holder of a personal access token: base64url of an X25519 key.
ALTER TABLE pats ADD COLUMN public_key TEXT;
