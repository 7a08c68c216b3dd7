//! What the control plane says.

use std::time::Instant;

use admin_core::auth::WhoAmI;
use admin_core::provider_credentials::{ListConnections, TestConnection};
use admin_core::workspaces::ListWorkspaces;
use admin_core::{BaseUrl, CallOptions, DOCUMENTS, ErrorCode, RawRequest, RawResponse, SCHEMA_SDL};
use admin_schema::{INTROSPECTION_QUERY, Incompatibility, from_introspection, incompatibilities};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::machine::proxies;
use super::report::Report;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::printable;

/// What every control plane understands.
const ANYTHING: &str = "{ __typename }";
/// More than a clock that is kept by the network is ever off.
const MOST_SKEW: SignedDuration = SignedDuration::from_secs(30);
/// From so many days before its end on, a token is warned of.
const SOON: i64 = 14;
/// So many operations are named; the others are counted.
const MOST_NAMED: usize = 5;

pub(super) async fn check(context: &Context, report: &mut Report, deep: bool) {
    let base_url = match context.base_url() {
        Ok(base_url) => base_url,
        Err(error) => return report.error("control plane", &error),
    };
    if !resolved(context, &base_url, report).await {
        return;
    }
    if context.client().is_err() {
        return reached(context, &base_url, report).await;
    }
    let begun = Instant::now();
    let answer = match context.follow_up_raw(ANYTHING).await {
        Ok(answer) => answer,
        Err(error) => return report.error("control plane", &error),
    };
    let version = answer.meta.schema.as_ref().map(|schema| format!(", version {}", schema.version));
    let took = begun.elapsed().as_millis();
    report.ok("control plane", format!("{base_url} answered in {took} ms{}", version.unwrap_or_default()));
    clock(&answer, report);
    token(context, report).await;
    schema(context, report).await;
    workspaces(context, report).await;
    if deep {
        connections(context, report).await;
    } else {
        report.skip("provider connections", "`--deep` has them tested");
    }
}

/// Whether it is there and certified, as far as that can be told without a token.
async fn reached(context: &Context, base_url: &BaseUrl, report: &mut Report) {
    let begun = Instant::now();
    let asked = match context.signed_out() {
        Ok(client) => client.raw(&RawRequest::new(ANYTHING), CallOptions::default()).await,
        Err(error) => return report.error("control plane", &error),
    };
    match asked {
        // That it wants a token is an answer too.
        Err(error) if error.status().is_none() => report.error("control plane", &error.into()),
        _ => {
            let took = begun.elapsed().as_millis();
            report.ok("control plane", format!("{base_url} answered in {took} ms; more it tells whoever has a token"));
        }
    }
}

/// Whether the name leads anywhere. Behind a proxy it need not.
async fn resolved(context: &Context, base_url: &BaseUrl, report: &mut Report) -> bool {
    let Some((host, port)) = base_url.host_and_port() else { return true };
    match tokio::net::lookup_host((host.as_str(), port)).await {
        Ok(addresses) => {
            let addresses: Vec<String> = addresses.map(|address| address.ip().to_string()).collect();
            report.ok("name", format!("{host} is {}", addresses.join(", ")));
            true
        }
        Err(error) if !proxies(&context.environment).is_empty() => {
            report.skip("name", format!("{host} has no address here ({error}), and need not: there is a proxy"));
            true
        }
        Err(error) => {
            report.fail(
                "name",
                format!("{host} has no address: {error}"),
                Some("see whether the name is right, and the network there".to_owned()),
            );
            false
        }
    }
}

/// A clock that is off makes signatures and times wrong.
fn clock(answer: &RawResponse, report: &mut Report) {
    let date = answer.headers.iter().find(|(name, _)| name == "date").map(|(_, date)| date.as_str());
    let Some(theirs) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) else {
        return report.skip("clock", "the control plane does not tell its time");
    };
    let skew: SignedDuration = Context::now().duration_since(Timestamp::from(theirs));
    let seconds = skew.as_secs();
    if skew.abs() > MOST_SKEW {
        let way = if seconds > 0 { "ahead" } else { "behind" };
        report.warn(
            "clock",
            format!("this machine's is {} s {way}", seconds.abs()),
            "set it by the network, such as with `timedatectl set-ntp true`",
        );
    } else {
        report.ok("clock", format!("within {} s of the control plane's", MOST_SKEW.as_secs()));
    }
}

async fn token(context: &Context, report: &mut Report) {
    let whoami = match context.follow_up(WhoAmI {}).await {
        Ok(whoami) => whoami,
        Err(error) => return report.error("sign-in", &error),
    };
    let left = whoami.pat.expires_at.timestamp().duration_since(Context::now()).as_hours().div_euclid(24);
    let scopes = whoami.pat.scopes.join(", ");
    let found = format!("{} in {}, with {scopes}, for {left} days", whoami.user.email, whoami.tenant.name);
    if left < SOON {
        report.warn("sign-in", found, "make a new token with `aisetu pats create`, or sign in again");
    } else {
        report.ok("sign-in", found);
    }
}

/// Which operations of this version the control plane does not know as they are.
async fn schema(context: &Context, report: &mut Report) {
    let theirs = match context.follow_up_raw(INTROSPECTION_QUERY).await {
        Ok(answer) => answer,
        Err(error) if error.code() == ErrorCode::BadUserInput => {
            return report.skip("schema", format!("the control plane does not tell its schema: {error}"));
        }
        Err(error) => return report.error("schema", &error),
    };
    let body: Value = serde_json::from_str(theirs.body.get()).unwrap_or_default();
    let found = from_introspection(&body["data"]).and_then(|sdl| incompatibilities(SCHEMA_SDL, &sdl, DOCUMENTS));
    match found {
        Ok(found) if found.is_empty() => report.ok("schema", "every operation of this version fits"),
        Ok(found) => report.fail("schema", told(&found), Some("update the older of the two".to_owned())),
        Err(error) => report.fail("schema", format!("the control plane's is not understood: {error}"), None),
    }
}

fn told(found: &[Incompatibility]) -> String {
    let mut operations: Vec<&str> = found.iter().map(|one| one.operation.as_str()).collect();
    operations.dedup();
    let named: Vec<String> =
        found.iter().take(MOST_NAMED).map(|one| format!("{}: `{}` {}", one.operation, one.at, one.why)).collect();
    let more = if found.len() > MOST_NAMED { "; and more" } else { "" };
    format!("{} operations would fail: {}{more}", operations.len(), named.join("; "))
}

async fn workspaces(context: &Context, report: &mut Report) {
    match context.set_workspace().await {
        Ok(Some((id, origin))) => report.ok("workspace", format!("`{id}`, which {origin} names")),
        Ok(None) => {}
        Err(error) => report.error("workspace", &error),
    }
    let list = ListWorkspaces { limit: Some(1), ..ListWorkspaces::default() };
    match context.follow_up(list).await {
        Ok(page) if page.items.is_empty() => {
            report.warn("workspaces", "the token reaches none", "`aisetu workspaces create` makes one");
        }
        Ok(page) => {
            let count = page.total_count.map_or_else(|| "some".to_owned(), |count| count.to_string());
            report.ok("workspaces", format!("the token reaches {count}"));
        }
        Err(error) if error.code() == ErrorCode::Unauthorized => {
            report.skip("workspaces", "the token may not list them");
        }
        Err(error) => report.error("workspaces", &error),
    }
}

async fn connections(context: &Context, report: &mut Report) {
    let connections = match context.all(ListConnections::default()).await {
        Ok(connections) => connections,
        Err(error) => return report.error("provider connections", &error),
    };
    if connections.is_empty() {
        return report.ok("provider connections", "there are none");
    }
    for connection in connections {
        let slug = &connection.slug;
        match context.follow_up(TestConnection { id: connection.id.clone() }).await {
            Ok(test) if test.ok() => report.ok("provider connections", format!("@{slug} works")),
            Ok(test) => report.fail(
                "provider connections",
                format!("@{slug}: {} ({})", printable(&test.message), test.outcome),
                Some(format!("`aisetu provider-credentials upsert --slug {slug} …` replaces its credential")),
            ),
            Err(error) => failed(report, slug, &error),
        }
    }
}

fn failed(report: &mut Report, slug: &str, error: &CommandError) {
    report.fail("provider connections", format!("@{slug} could not be tested: {error} ({})", error.code()), None);
}
