-- When invitations were sent: a tenant sends so many and no more, and an address gets so many.
CREATE TABLE invitation_mails (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    email TEXT NOT NULL,
    sent_at BIGINT NOT NULL
);
CREATE INDEX invitation_mails_by_tenant ON invitation_mails (tenant_id, sent_at);
CREATE INDEX invitation_mails_by_email ON invitation_mails (email, sent_at);
