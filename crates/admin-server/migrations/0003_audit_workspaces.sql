-- The workspace that an event belongs to. NULL = the tenant as a whole, which is also what an event from before this column has.
-- An event's MAC covers it where there is one, so events from before it verify as they did.
ALTER TABLE audit_events ADD COLUMN workspace_id TEXT;

CREATE INDEX audit_events_by_workspace ON audit_events (chain, workspace_id, number);
CREATE INDEX audit_events_by_object ON audit_events (chain, object_id, number);
