//! What is shown of each type.

use admin_core::api_keys::{ApiKey, ApiKeyScope, Budget, BudgetPeriod, Restrictions};
use admin_core::audit::{AuditEvent, AuditVerification};
use admin_core::auth::{LoginChallenge, Membership, Whoami};
use admin_core::billing::{CreditBalance, LedgerTransaction, TopUp};
use admin_core::members::{Invitation, MadeApiKey, Member, RemovedMember};
use admin_core::pats::Pat;
use admin_core::projects::Project;
use admin_core::provider_credentials::{Connection, ConnectionTest, ProviderAvailability};
use admin_core::usage::{BalanceRunway, SpendingProjection, UsageProjection};
use admin_core::workspaces::{Workspace, WorkspaceMember};
use admin_core::{Decimal, Money, ProjectId, Verification, WorkspaceId};

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
            Field::detail("budget", self.budget.as_ref().map(said)),
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
            Field::column("last used", self.last_used_at),
            Field::detail("projects", self.projects.as_deref().map(projects)),
            Field::detail("created", self.created_at),
            Field::detail("created by", self.created_by.to_string()),
            Field::detail("deleted", self.deleted_at),
        ];
        fields.extend(rules(&self.restrictions, self.budget.as_ref()));
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
            fields.push(Field::detail("it was last used", version.last_used_at));
            let by = [version.last_used_ip.as_deref(), version.last_used_user_agent.as_deref()];
            let by: Vec<&str> = by.into_iter().flatten().collect();
            fields.push(Field::detail("by", by.join(", ")));
        }
        fields
    }
}

fn projects(ids: &[ProjectId]) -> String {
    if ids.is_empty() { "none: the last was archived".to_owned() } else { joined(ids) }
}

fn joined(items: &[impl ToString]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn rules(restrictions: &Restrictions, budget: Option<&Budget>) -> Vec<Field> {
    let Restrictions { ip_addresses, referrers, rate_limit, time_restrictions, .. } = restrictions;
    let small = |text: &dyn ToString| text.to_string().to_ascii_lowercase();
    let rate = rate_limit.as_ref().map(|limit| {
        let at_once = if limit.burst == limit.requests { String::new() } else { format!(", {} at once", limit.burst) };
        format!("{} a {}{at_once}", limit.requests, small(&limit.period))
    });
    let times = time_restrictions.as_ref().map(|times| {
        let days = times.days_of_week.as_ref().map_or_else(|| "every day".to_owned(), |days| small(&joined(days)));
        let hours = times.hours_of_day.as_ref().map_or_else(String::new, |hours| format!(", hours {}", joined(hours)));
        format!("{days}{hours} ({})", times.timezone)
    });
    vec![
        Field::detail("from addresses", ip_addresses.as_deref().map(joined)),
        Field::detail("from pages of", referrers.as_deref().map(joined)),
        Field::detail("at most", rate),
        Field::detail("only on", times),
        Field::detail("budget", budget.map(said)),
    ]
}

/// A budget in words.
fn said(budget: &Budget) -> String {
    let period = match &budget.period {
        BudgetPeriod::Total => "in total".to_owned(),
        period => format!("a {}", period.to_string().to_ascii_lowercase()),
    };
    format!("{} USD {period} ({})", budget.usd, budget.timezone)
}

impl Show for ApiKeyScope {
    const PLURAL: &'static str = "scopes";

    fn fields(&self) -> Vec<Field> {
        vec![Field::column("scope", self.scope.clone()), Field::column("description", self.description.clone())]
    }
}

impl Show for Member {
    const PLURAL: &'static str = "members";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("user", self.user.id.to_string()),
            Field::column("email", self.user.email.clone()),
            Field::column("roles", roles(&self.memberships)),
            Field::column("since", self.joined_at),
        ]
    }
}

impl Show for Invitation {
    const PLURAL: &'static str = "invitations";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("id", self.id.to_string()),
            Field::column("email", self.email.clone()),
            Field::column("role", self.role.to_string()),
            Field::column("in", place(self.workspace_id.as_ref())),
            Field::column("state", self.state.to_string()),
            Field::column("expires", self.expires_at),
            Field::detail("invited by", self.invited_by.to_string()),
            Field::detail("created", self.created_at),
            Field::detail("accepted", self.accepted_at),
            Field::detail("cancelled", self.cancelled_at),
        ]
    }
}

impl Show for RemovedMember {
    const PLURAL: &'static str = "removed members";

    fn fields(&self) -> Vec<Field> {
        let mut fields = vec![
            Field::column("user", self.user_id.to_string()),
            Field::column("email", self.email.clone()),
            Field::column("roles left", roles(&self.memberships)),
            Field::column("tokens revoked", self.revoked_pats.len().to_string()),
            Field::column("API keys of theirs", self.api_key_count.to_string()),
        ];
        for MadeApiKey { id, name, state, hint: last, .. } in &self.api_keys {
            fields.push(Field::detail("made", format!("{id} {name} {state} {}", hint(last))));
        }
        fields
    }
}

impl Show for CreditBalance {
    const PLURAL: &'static str = "credit balances";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("balance", self.balance.to_string()),
            Field::column("tenant", self.tenant_id.to_string()),
            Field::column("at", self.at),
        ]
    }
}

impl Show for TopUp {
    const PLURAL: &'static str = "top-ups";

    fn fields(&self) -> Vec<Field> {
        let taken = |money: &Money| (money.amount != Decimal::default()).then(|| money.to_string());
        vec![
            Field::column("id", self.id.to_string()),
            Field::column("amount", self.amount.to_string()),
            Field::column("state", self.state.to_string()),
            Field::detail("pay at", self.payment_url.clone()),
            Field::column("paid", self.paid_at),
            Field::detail("failure", self.failure.clone()),
            Field::column("refunded", taken(&self.refunded)),
            Field::detail("disputed", taken(&self.disputed)),
            Field::detail("provider", self.provider.to_string()),
            Field::detail("tenant", self.tenant_id.to_string()),
            Field::detail("created by", self.created_by.to_string()),
            Field::column("created", self.created_at),
            Field::detail("expires", self.expires_at),
        ]
    }
}

impl Show for LedgerTransaction {
    const PLURAL: &'static str = "ledger transactions";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("id", self.id.to_string()),
            Field::column("kind", self.kind.to_string()),
            Field::column("amount", self.amount.to_string()),
            Field::column("balance", self.balance.to_string()),
            Field::column("at", self.at),
            Field::column("reference", self.reference.clone()),
        ]
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

impl Show for Connection {
    const PLURAL: &'static str = "connections";

    fn fields(&self) -> Vec<Field> {
        let mut fields = vec![
            Field::column("id", self.id.to_string()),
            Field::column("slug", self.slug.clone()),
            Field::column("provider", self.provider.to_string()),
            Field::column("hint", hint(&self.key_hint)),
            Field::column("test", self.last_test.as_ref().map(|test| test.outcome.to_string())),
            Field::column("workspace", self.workspace_id.to_string()),
            Field::detail("version", self.version.to_string()),
            Field::detail("created", self.created_at),
            Field::detail("credential since", self.updated_at),
            Field::column("revoked", self.revoked_at),
        ];
        if let Some(test) = &self.last_test {
            fields.extend([Field::detail("tested", test.tested_at), Field::detail("it said", test.message.clone())]);
        }
        fields
    }
}

impl Show for ConnectionTest {
    const PLURAL: &'static str = "tests";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("outcome", self.outcome.to_string()),
            Field::column("message", self.message.clone()),
            Field::column("tested", self.tested_at),
        ]
    }
}

impl Show for ProviderAvailability {
    const PLURAL: &'static str = "providers";

    fn fields(&self) -> Vec<Field> {
        let needs: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
        vec![
            Field::column("provider", self.provider.to_string()),
            Field::column("needs", needs.join(", ")),
            Field::column("configured", if self.configured { "yes" } else { "no" }.to_owned()),
            Field::column("connections", self.connections.to_string()),
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

    fn name(&self) -> String {
        self.id.to_string()
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
            Field::column("head", self.head.clone()),
        ]
    }
}

/// A role of somebody, beside others.
pub(crate) fn role(membership: &Membership) -> Field {
    Field::detail("role", format!("{} in {}", membership.role, place(membership.workspace_id.as_ref())))
}

impl Show for LoginChallenge {
    const PLURAL: &'static str = "challenges";

    fn fields(&self) -> Vec<Field> {
        vec![Field::column("challenge", self.challenge_id.to_string()), Field::column("code expires", self.expires_at)]
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
        fields.extend(self.memberships.iter().map(role));
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
            Field::detail("passes again after", self.retry_after_ms.map(|millis| format!("{millis} ms"))),
            Field::detail("allowed again at", self.next_allowed_at),
            Field::detail("budget begins anew at", self.resets_at),
            Field::detail("calls left at once", self.rate_limit.as_ref().map(|rate| rate.remaining.to_string())),
        ]
    }
}

/// Each role with its place.
fn roles(memberships: &[Membership]) -> String {
    let role = |membership: &Membership| format!("{} in {}", membership.role, place(membership.workspace_id.as_ref()));
    if memberships.is_empty() { "none".to_owned() } else { memberships.iter().map(role).collect::<Vec<_>>().join(", ") }
}

fn place(workspace_id: Option<&WorkspaceId>) -> String {
    workspace_id.map_or_else(|| "the whole tenant".to_owned(), ToString::to_string)
}

/// The last characters of a secret, marked as a part.
fn hint(last: &str) -> String {
    format!("…{last}")
}
