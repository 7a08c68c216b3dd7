-- What a workspace holds beside its keys: a part of the work that goes by a name. An archived one stays, and gives its name back.
CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    archived_at BIGINT
);

CREATE INDEX projects_by_tenant ON projects (tenant_id, id);
CREATE INDEX projects_by_workspace ON projects (workspace_id, id);
CREATE UNIQUE INDEX projects_by_name ON projects (workspace_id, name) WHERE archived_at IS NULL;
