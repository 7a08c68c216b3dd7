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
