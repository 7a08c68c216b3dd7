-- What one key, or the keys of one workspace, have spent, without going through those of all the tenant's keys.
CREATE INDEX usage_sums_by_key ON usage_sums (key_id, grain, start);
CREATE INDEX usage_sums_by_workspace ON usage_sums (workspace_id, grain, start);
