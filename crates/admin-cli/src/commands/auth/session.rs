//! Who is signed in, as it is shown.

use std::path::PathBuf;

use admin_core::auth::{Membership, Tenant, User, Whoami};
use admin_core::{BaseUrl, DateTime};
use admin_local::{CredentialStore, Kept, Profile};
use serde::Serialize;

use crate::context::Context;
use crate::output::{Field, Show, role};

/// Who is signed in, with which token, and where that is kept. What is not known is absent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    base_url: String,
    /// `null`: the token is that of `AI_SETU_PAT`.
    profile: Option<String>,
    store: Store,
    /// The file that the token is in.
    path: Option<PathBuf>,
    user: Option<Person>,
    tenant: Option<Place>,
    memberships: Vec<Membership>,
    token: Token,
    /// Whether the control plane said so, just now.
    checked: bool,
}

/// What keeps the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Store {
    Keyring,
    File,
    Environment,
}

#[derive(Serialize)]
struct Person {
    id: Option<String>,
    email: String,
}

#[derive(Serialize)]
struct Place {
    id: String,
    name: Option<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    id: Option<String>,
    name: Option<String>,
    hint: String,
    scopes: Option<Vec<String>>,
    expires_at: Option<DateTime>,
    days_left: Option<i64>,
}

impl Session {
    /// With the token of the environment.
    pub(super) fn of_environment(base_url: &BaseUrl, hint: &str) -> Self {
        Self {
            base_url: base_url.to_string(),
            profile: None,
            store: Store::Environment,
            path: None,
            user: None,
            tenant: None,
            memberships: Vec::new(),
            token: Token { hint: hint.to_owned(), ..Token::default() },
            checked: false,
        }
    }

    /// With what a profile says of its token.
    pub(super) fn of_profile(base_url: &BaseUrl, name: &str, profile: &Profile, store: &CredentialStore) -> Self {
        let (kept, path) = match &profile.pat {
            Kept::File(_) => (Store::File, Some(store.profiles().path().to_owned())),
            Kept::Keyring { .. } => (Store::Keyring, None),
        };
        let mut session = Self {
            profile: Some(name.to_owned()),
            store: kept,
            path,
            user: profile.email.clone().map(|email| Person { id: None, email }),
            tenant: profile.tenant.clone().map(|id| Place { id, name: None }),
            ..Self::of_environment(base_url, profile.pat.hint())
        };
        session.expire(profile.expires_at);
        session
    }

    /// With what the control plane says of it.
    pub(super) fn checked(mut self, whoami: Whoami) -> Self {
        let Whoami { user, tenant, memberships, pat, .. } = whoami;
        let User { id, email, .. } = user;
        self.user = Some(Person { id: Some(id.to_string()), email });
        let Tenant { id, name, .. } = tenant;
        self.tenant = Some(Place { id: id.to_string(), name: Some(name) });
        self.memberships = memberships;
        self.token.id = Some(pat.id.to_string());
        self.token.name = Some(pat.name);
        self.token.hint = pat.hint;
        self.token.scopes = Some(pat.scopes);
        self.expire(Some(pat.expires_at));
        self.checked = true;
        self
    }

    fn expire(&mut self, at: Option<DateTime>) {
        self.token.expires_at = at;
        self.token.days_left = at.map(|at| at.timestamp().duration_since(Context::now()).as_hours().div_euclid(24));
    }

    /// Where the token is, in words.
    pub(super) fn place(&self) -> String {
        match (self.store, &self.path) {
            (Store::Keyring, _) => "the keyring".to_owned(),
            (Store::Environment, _) => "`AI_SETU_PAT`".to_owned(),
            (Store::File, Some(path)) => format!("`{}`", path.display()),
            (Store::File, None) => "a file".to_owned(),
        }
    }
}

impl Show for Session {
    const PLURAL: &'static str = "sessions";

    fn fields(&self) -> Vec<Field> {
        let named = |id: &str, name: Option<&String>| match name {
            Some(name) => format!("{name} ({id})"),
            None => id.to_owned(),
        };
        let mut fields = vec![
            Field::column("control plane", self.base_url.clone()),
            Field::column("profile", self.profile.clone()),
            Field::column("email", self.user.as_ref().map(|user| user.email.clone())),
            Field::detail("user", self.user.as_ref().and_then(|user| user.id.clone())),
            Field::column("tenant", self.tenant.as_ref().map(|tenant| named(&tenant.id, tenant.name.as_ref()))),
        ];
        fields.extend(self.memberships.iter().map(role));
        let Token { id, name, hint, scopes, expires_at, days_left } = &self.token;
        fields.extend([
            Field::detail("token", id.as_ref().map(|id| named(id, None))),
            Field::detail("token name", name.clone()),
            Field::detail("token hint", format!("…{hint}")),
            Field::detail("token scopes", scopes.as_ref().map(|scopes| scopes.join(", "))),
            Field::detail("token expires", *expires_at),
            Field::detail("days left", days_left.map(|days| days.to_string())),
            Field::detail("token is in", self.place()),
        ]);
        fields
    }
}
