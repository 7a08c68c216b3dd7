-- Mails to be sent. sealed: the text, which may hold a code or a token. recipient '' = nobody: it is there so that a request for
-- an unknown address costs what one for a known address costs.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    sealed TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX outbox_by_time ON outbox (next_try_at);

-- One-time codes. network: HMAC of where the request came from. code_digest: HMAC of the code with the challenge.
CREATE TABLE login_challenges (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    network TEXT NOT NULL,
    code_digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    used_at BIGINT
);

CREATE INDEX login_challenges_by_email ON login_challenges (email, created_at);
CREATE INDEX login_challenges_by_network ON login_challenges (network, created_at);

-- What makes the first owner of a new server.
CREATE TABLE bootstrap_tokens (
    digest TEXT PRIMARY KEY,
    pepper_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- An invitation to a role. workspace_id NULL = the whole tenant.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    workspace_id TEXT REFERENCES workspaces (id),
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    invited_by TEXT NOT NULL REFERENCES users (id),
    digest TEXT NOT NULL UNIQUE,
    pepper_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    cancelled_at BIGINT
);

CREATE INDEX invitations_by_tenant ON invitations (tenant_id, id);
CREATE UNIQUE INDEX invitations_open ON invitations (tenant_id, email, COALESCE(workspace_id, ''))
    WHERE accepted_at IS NULL AND cancelled_at IS NULL;
