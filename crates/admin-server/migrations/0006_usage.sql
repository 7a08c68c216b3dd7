-- What calls cost, as gateways report it. An event counts once for each token that reports it. An empty text stands for what an event
-- does not name, so that events and sums compare. connection_id: the tenant's own connection, over which nothing is debited. batch: the
-- request that brought it, which is also the reference of the debit in the ledger.
CREATE TABLE usage_events (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    token_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    key_id TEXT NOT NULL REFERENCES api_keys (id),
    project_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    model TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    requests BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    micro_usd BIGINT NOT NULL CHECK (micro_usd >= 0),
    batch TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, token_id, event_id)
);

CREATE INDEX usage_events_by_time ON usage_events (tenant_id, at);

-- The sums of the events by cells of time: grain is their length in microseconds, start a multiple of it. own: over the tenant's own
-- connections.
CREATE TABLE usage_sums (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    grain BIGINT NOT NULL,
    start BIGINT NOT NULL,
    workspace_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    model TEXT NOT NULL,
    own SMALLINT NOT NULL CHECK (own IN (0, 1)),
    requests BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    micro_usd BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, grain, start, key_id, project_id, resource, model, own)
);
