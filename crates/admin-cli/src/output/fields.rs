//! What is shown of each type.

use admin_core::api_keys::{ApiKey, ApiKeyScope};
use admin_core::audit::{AuditEvent, AuditVerification};
use admin_core::auth::Whoami;
use admin_core::pats::Pat;
use admin_core::projects::Project;
use admin_core::usage::{BalanceRunway, SpendingProjection, UsageProjection};
use admin_core::workspaces::{Workspace, WorkspaceMember};
use admin_core::{Money, Verification};

use super::{Field, Show};

impl Show for Workspace {
    const PLURAL: &'static str = "workspaces";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("id", self.id.to_string()),
            Field::column("name", self.name.clone()),
            Field::detail("tenant", self.tenant_id.to_string()),
            Field::column("created", self.created_at),
            Field::column("deleted", self.deleted_at),
            Field::detail("restorable until", self.restorable_until),
        ]
    }
}

impl Show for WorkspaceMember {
    const PLURAL: &'static str = "members";

    fn fields(&self) -> Vec<Field> {
        let reach = if self.inherited { "the whole tenant" } else { "this workspace" };
        vec![
            Field::column("user", self.user_id.to_string()),
            Field::column("email", self.email.clone()),
            Field::column("role", self.role.to_string()),
            Field::column("in", reach.to_owned()),
            Field::column("since", self.created_at),
            Field::detail("membership", self.id.to_string()),
        ]
    }
}

impl Show for Project {
    const PLURAL: &'static str = "projects";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("id", self.id.to_string()),
            Field::column("name", self.name.clone()),
            Field::column("workspace", self.workspace_id.to_string()),
            Field::column("created", self.created_at),
            Field::column("archived", self.archived_at),
        ]
    }
}

impl Show for ApiKey {
    const PLURAL: &'static str = "API keys";

    fn fields(&self) -> Vec<Field> {
        let mut fields = vec![
            Field::column("id", self.id.to_string()),
            Field::column("name", self.name.clone()),
            Field::detail("description", self.description.clone()),
            Field::column("environment", self.environment.to_string()),
            Field::column("state", self.state.to_string()),
            Field::column("hint", hint(&self.hint)),
            Field::column("scopes", self.scopes.join(", ")),
            Field::column("workspace", self.workspace_id.to_string()),
            Field::column("expires", self.expires_at),
            Field::detail("created", self.created_at),
            Field::detail("created by", self.created_by.to_string()),
            Field::detail("deleted", self.deleted_at),
        ];
        for (label, value) in self.metadata.as_map() {
            fields.push(Field::detail("metadata", format!("{label}={value}")));
        }
        if let Some(revocation) = &self.revocation {
            let reason = revocation.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            fields.extend([
                Field::detail("revoked", revocation.at),
                Field::detail("revoked by", revocation.by.to_string()),
                Field::detail("revoked for", format!("{}{reason}", revocation.code)),
                Field::detail("restorable until", revocation.restorable_until),
            ]);
        }
        // The newest secret is the hint above; an older one still works for some time.
        for version in self.versions.iter().skip(1) {
            fields.push(Field::detail("old secret", hint(&version.hint)));
            fields.push(Field::detail("it works until", version.expires_at));
        }
        fields
    }
}

impl Show for ApiKeyScope {
    const PLURAL: &'static str = "scopes";

    fn fields(&self) -> Vec<Field> {
        vec![Field::column("scope", self.scope.clone()), Field::column("description", self.description.clone())]
    }
}

impl Show for Pat {
    const PLURAL: &'static str = "personal access tokens";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("id", self.id.to_string()),
            Field::column("name", self.name.clone()),
            Field::column("state", self.state.to_string()),
            Field::column("hint", hint(&self.hint)),
            Field::column("scopes", self.scopes.join(", ")),
            Field::column("user", self.user_id.to_string()),
            Field::column("expires", self.expires_at),
            Field::detail("created", self.created_at),
            Field::detail("revoked", self.revoked_at),
        ]
    }
}

impl Show for AuditEvent {
    const PLURAL: &'static str = "audit events";

    fn fields(&self) -> Vec<Field> {
        let who = self.actor.email.clone().unwrap_or_else(|| self.actor.kind.to_string());
        vec![
            Field::column("number", self.number.to_string()),
            Field::column("at", self.at),
            Field::column("who", who),
            Field::column("action", self.action.clone()),
            Field::column("object", self.object_id.to_string()),
            Field::column("workspace", self.workspace_id.as_ref().map(ToString::to_string)),
            Field::column("reason", self.reason.clone()),
        ]
    }
}

impl Show for AuditVerification {
    const PLURAL: &'static str = "verifications";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("chain", if self.ok { "whole" } else { "broken" }.to_owned()),
            Field::column("whole events", self.events.to_string()),
            Field::column("broken at", self.broken_at.map(|number| number.to_string())),
            Field::column("why", self.message.clone()),
        ]
    }
}

impl Show for UsageProjection {
    const PLURAL: &'static str = "projections";

    fn fields(&self) -> Vec<Field> {
        let days = |count: i32| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
        let window = self.window_start.map(|start| format!("{} from {start}", days(self.window_days)));
        let mut fields = vec![
            Field::column("month", self.period_start),
            Field::column("until", self.period_end),
            Field::column("left", format!("{}, today included", days(self.days_left))),
            Field::column("goes by", window.unwrap_or_else(|| "no whole day yet".to_owned())),
        ];
        let percent = self.confidence_percent;
        fields.extend(spending(["spent", "a day", "expected"], &self.cost, percent));
        fields.extend(spending(["debited", "debited a day", "debit expected"], &self.debited, percent));
        fields.push(Field::column("balance", self.balance.as_ref().map(Money::to_string)));
        fields.push(Field::column("it lasts", self.runway.as_ref().map(runway)));
        fields
    }
}

fn spending([spent, per_day, expected]: [&'static str; 3], spending: &SpendingProjection, percent: i32) -> [Field; 3] {
    let range = match (&spending.expected, &spending.low, &spending.high) {
        (Some(expected), Some(low), Some(high)) => {
            format!("{expected}, between {} and {} in {percent} of 100 cases", low.amount, high.amount)
        }
        _ => format!("no number ({})", spending.method),
    };
    [
        Field::column(spent, spending.spent.to_string()),
        Field::column(per_day, spending.per_day.as_ref().map(Money::to_string)),
        Field::column(expected, range),
    ]
}

fn runway(runway: &BalanceRunway) -> String {
    let days = |days: Option<i32>| days.map_or_else(|| "more than ten years".to_owned(), |days| format!("{days} days"));
    let BalanceRunway { days: on_average, earliest, latest, .. } = runway;
    format!("{}, from {} to {}", days(*on_average), days(*earliest), days(*latest))
}

impl Show for Whoami {
    const PLURAL: &'static str = "callers";

    fn fields(&self) -> Vec<Field> {
        let mut fields = vec![
            Field::column("user", self.user.id.to_string()),
            Field::column("email", self.user.email.clone()),
            Field::column("tenant", self.tenant.id.to_string()),
            Field::column("tenant name", self.tenant.name.clone()),
        ];
        for membership in &self.memberships {
            let reach =
                membership.workspace_id.as_ref().map_or_else(|| "the whole tenant".to_owned(), ToString::to_string);
            fields.push(Field::detail("role", format!("{} in {reach}", membership.role)));
        }
        fields.extend([
            Field::column("token", self.pat.id.to_string()),
            Field::detail("token name", self.pat.name.clone()),
            Field::detail("token hint", hint(&self.pat.hint)),
            Field::detail("token scopes", self.pat.scopes.join(", ")),
            Field::detail("token expires", self.pat.expires_at),
        ]);
        fields
    }
}

impl Show for Verification {
    const PLURAL: &'static str = "verdicts";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("verdict", self.code.to_string()),
            Field::column("key", self.key_id.as_ref().map(ToString::to_string)),
            Field::column("workspace", self.workspace_id.as_ref().map(ToString::to_string)),
            Field::column("environment", self.environment.as_ref().map(ToString::to_string)),
            Field::detail("scopes", self.scopes.as_ref().map(|scopes| scopes.join(", "))),
            Field::detail("missing scopes", self.missing_scopes.as_ref().map(|scopes| scopes.join(", "))),
            Field::detail("expires", self.expires_at),
        ]
    }
}

/// The last characters of a secret, marked as a part.
fn hint(last: &str) -> String {
    format!("…{last}")
}
