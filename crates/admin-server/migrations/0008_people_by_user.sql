-- Where a person belongs, without walking through everyone.
CREATE INDEX memberships_by_person ON memberships (user_id, tenant_id);
