//! What a server would answer.

use admin_token::{Secret, TokenKind, mint};
use serde_json::{Value, json};

/// The token that the tests call with.
pub(crate) fn pat() -> Secret {
    token(TokenKind::Pat, 1)
}

/// The secret that a create or a rotate answers with.
pub(crate) fn new_key() -> Secret {
    token(TokenKind::LiveKey, 2)
}

/// The token that a create answers with.
pub(crate) fn new_pat() -> Secret {
    token(TokenKind::Pat, 3)
}

pub(crate) fn token(kind: TokenKind, seed: u8) -> Secret {
    mint(kind, |buffer| buffer.fill(seed)).into_secret()
}

pub(crate) fn workspace(name: &str) -> Value {
    json!({
        "id": format!("ws_{name}"), "tenantId": "ten_1", "name": name,
        "createdAt": "2026-11-01T08:00:00.000Z", "deletedAt": null, "restorableUntil": null,
        "budget": null,
    })
}

pub(crate) fn api_key() -> Value {
    json!({
        "id": "key_1", "workspaceId": "ws_prod", "name": "ci", "description": "for the build", "environment": "LIVE",
        "state": "ACTIVE", "hint": new_key().hint(), "scopes": ["inference:*"], "metadata": { "team": "core" },
        "versions": [version(1, None)], "revocation": null, "createdBy": "usr_1", "projects": null, "budget": null,
        "restrictions": { "ipAddresses": null, "referrers": null, "rateLimit": null, "timeRestrictions": null },
        "createdAt": "2026-11-01T08:00:00.000Z", "expiresAt": null, "deletedAt": null, "lastUsedAt": null,
    })
}

/// The same key during the grace of a rotation.
pub(crate) fn rotating_api_key() -> Value {
    let mut key = api_key();
    key["versions"] = json!([version(2, None), version(1, Some("2026-11-23T09:30:00.000Z"))]);
    key
}

fn version(number: i32, expires_at: Option<&str>) -> Value {
    json!({
        "id": format!("ver_{number}"), "number": number, "hint": format!("v{number}v{number}"),
        "createdAt": "2026-11-01T08:00:00.000Z", "expiresAt": expires_at, "lastUsedAt": null, "lastUsedIp": null, "lastUsedUserAgent": null,
    })
}

pub(crate) fn pat_item() -> Value {
    json!({
        "id": "pat_2", "userId": "usr_1", "name": "ci", "hint": new_pat().hint(), "scopes": ["admin:read"],
        "state": "ACTIVE", "createdAt": "2026-11-01T08:00:00.000Z", "expiresAt": "2027-01-30T08:00:00.000Z",
        "revokedAt": null,
    })
}

pub(crate) fn member() -> Value {
    let membership =
        |id: &str, role: &str, workspace: Value| json!({ "id": id, "role": role, "workspaceId": workspace });
    json!({
        "user": { "id": "usr_1", "email": "dana@example.com" },
        "memberships": [membership("mem_1", "VIEWER", Value::Null), membership("mem_2", "ADMIN", json!("ws_prod"))],
        "joinedAt": "2026-11-01T08:00:00.000Z",
    })
}

pub(crate) fn invitation() -> Value {
    json!({
        "id": "inv_1", "tenantId": "ten_1", "workspaceId": null, "email": "ada@example.com", "role": "MEMBER", "state": "PENDING",
        "invitedBy": "usr_1", "createdAt": "2026-11-01T08:00:00.000Z", "expiresAt": "2026-11-08T08:00:00.000Z",
        "acceptedAt": null, "cancelledAt": null,
    })
}

pub(crate) fn removed_member() -> Value {
    json!({
        "userId": "usr_1", "email": "dana@example.com", "memberships": [], "revokedPats": ["pat_1", "pat_2"], "cancelledInvitations": [], "apiKeyCount": 1,
        "apiKeys": [{ "id": "key_1", "name": "ci", "workspaceId": "ws_prod", "hint": "4c2e", "state": "ACTIVE" }],
    })
}

pub(crate) fn issued(item: &Value, secret: &Secret) -> Value {
    json!({ "item": item, "secret": secret.expose() })
}

pub(crate) fn page(items: &[Value]) -> Value {
    json!({ "items": items, "nextCursor": null, "totalCount": items.len() })
}

pub(crate) fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

pub(crate) fn top_up(id: &str, amount: &str, state: &str) -> Value {
    json!({
        "id": id, "tenantId": "ten_1", "amount": usd(amount), "state": state, "provider": "STRIPE", "flow": "CHECKOUT",
        "paymentUrl": null, "failure": null, "refunded": usd("0.00"), "disputed": usd("0.00"), "createdBy": "usr_1",
        "createdAt": "2026-11-22T09:00:00.000Z", "expiresAt": "2026-11-23T08:00:00.000Z", "paidAt": "2026-11-22T09:30:00.000Z",
    })
}
