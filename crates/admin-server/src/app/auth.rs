//! How people come in, and who is calling.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use admin_token::{Secret, Token, TokenKind, mint};

use super::audit::{Actor, Event, OPERATORS_CHAIN};
use super::authorization::{PatScope, Reach, reach};
use super::mail_limits::{Limit, lookback, pause};
use super::operation::{Call, Issued, PublicCall, PublicMutation, Query};
use super::outbox::{self, Draft};
use super::provision::{Founded, found_tenant, known_or_new};
use super::{ControlPlane, Ports, audit, pats as pat_rules, validate};
use crate::crypto::{mac, token_digest};
use crate::error::{Code, Error};
use crate::ids::{ChallengeId, PatId, RequestId, TenantId};
use crate::model::{Membership, Pat, PatState, Tenant, User};
use crate::store::sign_in::{self, AskedBy, Challenge};
use crate::store::{Tx, invitations, people};

/// How long a one-time code is good.
const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// How often one may guess.
const MOST_TRIES: i64 = 5;
/// So many codes for an address in so much time.
const PER_ADDRESS: [Limit; 3] =
    [(1, SignedDuration::from_secs(30)), (5, SignedDuration::from_hours(1)), (10, SignedDuration::from_hours(24))];
/// So many codes for a client's network in so much time.
const PER_NETWORK: [Limit; 1] = [(30, SignedDuration::from_hours(1))];
/// How long it is remembered that a code was asked for: as long as a limit looks back.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
/// How long a bootstrap token is good.
const BOOTSTRAP_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// The first workspace of a tenant that somebody gets by signing in.
const FIRST_WORKSPACE: &str = "default";

/// Asks for a one-time code by mail.
#[derive(Debug)]
pub struct RequestCode {
    /// Whose.
    pub email: String,
}

/// What a code is given back with.
#[derive(Debug)]
pub struct LoginChallenge {
    /// `chal_…`
    pub id: ChallengeId,
    /// Until when the code is good.
    pub expires_at: Timestamp,
}

impl PublicMutation for RequestCode {
    type Output = LoginChallenge;

    fn run(&self, tx: &mut Tx<'_>, call: &PublicCall<'_>) -> Result<Result<LoginChallenge, Error>, Error> {
        let PublicCall { now, ports, request } = call;
        let email = match validate::email(&self.email) {
            Ok(email) => email,
            Err(error) => return Ok(Err(error)),
        };
        let network = mac(&ports.keys.pepper, &[b"network", network_of(request.address).to_string().as_bytes()]);
        for (by, limits, whom) in [
            (AskedBy::Network(&network), PER_NETWORK.as_slice(), "your network"),
            (AskedBy::Email(&email), PER_ADDRESS.as_slice(), "this address"),
        ] {
            let earlier = sign_in::asked_at(tx, by, lookback(limits))?;
            if let Some(pause) = pause(&earlier, limits, *now) {
                let message = format!(
                    "there were too many codes for {whom}; the next one can be asked for in {} s",
                    pause.as_secs()
                );
                return Ok(Err(Error::rate_limited(message, pause)));
            }
        }
        let code = six_digits(ports);
        let id = ChallengeId::new(*now, &*ports.random);
        let expires_at = now.checked_add(CODE_LIFETIME).map_err(Error::internal)?;
        let challenge = Challenge {
            code_digest: code_digest(ports, &id, code.expose()),
            id,
            email: email.clone(),
            expires_at,
            tries: 0,
            used_at: None,
        };
        sign_in::insert_challenge(tx, &challenge, &network, *now)?;
        let may_come_in = people::belongs_somewhere(tx, &email)? || ports.settings.signup.admits(&email);
        let draft = Draft {
            // Who may not come in gets no mail; the answer and what it costs are the same.
            to: may_come_in.then_some(email),
            subject: "Your sign-in code".to_owned(),
            text: code_mail(ports, &code, expires_at),
            expires_at,
        };
        outbox::put(tx, ports, draft)?;
        // The address is not put on record: it may be a stranger's.
        let event = Event { action: "authRequestCode", ..Event::change::<()>(&challenge.id, None, None, None)? };
        let actor = Actor::Anyone { client: request.client.clone() };
        audit::append(tx, ports, OPERATORS_CHAIN, &actor, &event, &request.id, *now)?;
        Ok(Ok(LoginChallenge { id: challenge.id, expires_at }))
    }
}

/// The network that a limit is for: an IPv4 address, or the 64 bits of an IPv6 address that one customer has.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Six digits, all as likely.
fn six_digits(ports: &Ports) -> Secret {
    const CODES: u32 = 1_000_000;
    // The largest multiple of it that fits: from what is above, some codes would be likelier.
    const BOUND: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let mut bytes = [0; 4];
        ports.random.fill(&mut bytes);
        let number = u32::from_be_bytes(bytes);
        if number < BOUND {
            return Secret::new(format!("{:06}", number % CODES));
        }
    }
}

/// The stored form of a code. With the challenge in it, equal codes differ; without the pepper a million guesses say nothing.
fn code_digest(ports: &Ports, id: &ChallengeId, code: &str) -> String {
    mac(&ports.keys.pepper, &[b"one-time code", id.as_str().as_bytes(), code.as_bytes()])
}

fn code_mail(ports: &Ports, code: &Secret, expires_at: Timestamp) -> Secret {
    let place = ports.settings.public_url.as_ref().map(|url| format!(" at {url}")).unwrap_or_default();
    Secret::new(format!(
        "Your code to sign in to aisetu{place} is\n\n    {}\n\nIt is good until {expires_at:.0}, once. Give it to nobody: whoever has it is taken for you.\nIf you did not \
         ask for it, do nothing.\n",
        code.expose()
    ))
}

/// What shows that somebody may come in.
#[derive(Debug)]
pub enum Proof {
    /// A code that was sent to their address.
    Code {
        /// Which.
        challenge_id: ChallengeId,
        /// The six digits.
        code: Secret,
    },
    /// The token of whoever set the server up.
    Bootstrap {
        /// `tt_boot_…`
        token: Secret,
        /// Who shall be the first OWNER.
        email: String,
    },
}

/// Signs a person in: makes a personal access token for them.
#[derive(Debug)]
pub struct VerifyCode {
    /// That they may.
    pub proof: Proof,
    /// To which tenant; `None` = their only one.
    pub tenant_id: Option<TenantId>,
    /// What the tenant is called that is made for whoever has none; `None` = as the address.
    pub tenant_name: Option<String>,
    /// What the token may do; `None` = `admin:write`.
    pub scopes: Option<Vec<String>>,
    /// How long it lives; `None` = 90 days.
    pub expires_in: Option<SignedDuration>,
}

impl PublicMutation for VerifyCode {
    type Output = Issued<Pat>;

    fn run(&self, tx: &mut Tx<'_>, call: &PublicCall<'_>) -> Result<Result<Issued<Pat>, Error>, Error> {
        // What is refused here has cost neither a try nor the code.
        let wanted = match self.wanted(call) {
            Ok(wanted) => wanted,
            Err(error) => return Ok(Err(error)),
        };
        match &self.proof {
            Proof::Code { challenge_id, code } => {
                let challenge = match checked(tx, call, challenge_id, code)? {
                    Ok(challenge) => challenge,
                    Err(error) => return Ok(Err(error)),
                };
                match self.person(tx, call, &challenge.email)? {
                    Err(error) => Ok(Err(error)),
                    Ok((user, tenant, memberships)) => {
                        if let Err(error) = wanted.may_hold(&memberships) {
                            return Ok(Err(error));
                        }
                        sign_in::use_challenge(tx, challenge_id, call.now)?;
                        sign_in_as(tx, call, &user, tenant.id, &wanted).map(Ok)
                    }
                }
            }
            Proof::Bootstrap { token, email } => {
                let email = match validate::email(email) {
                    Ok(email) => email,
                    Err(error) => return Ok(Err(error)),
                };
                if !bootstraps(tx, call, token)? {
                    return Ok(Err(Error::bad_input(
                        "bootstrapToken",
                        "`bootstrapToken` is not good: it is none, was used, is older than 15 minutes, or there is an OWNER already",
                    )
                    .with_hint("make a new one with `aisetu-server init`; where there is an OWNER, they invite you")));
                }
                let (user, tenant) = self.found(tx, call, &email)?;
                sign_in_as(tx, call, &user, tenant, &wanted).map(Ok)
            }
        }
    }
}

/// What a token shall be.
struct Wanted {
    scopes: Vec<PatScope>,
    expires_at: Timestamp,
}

impl Wanted {
    /// Checks that the roles let their owner hold the scopes.
    fn may_hold(&self, memberships: &[Membership]) -> Result<(), Error> {
        for scope in &self.scopes {
            let permission = scope.permission();
            let carries = |membership: &&Membership| {
                reach(membership.role, permission) != Reach::Nothing
                    && (membership.workspace_id.is_none() || !permission.is_tenant_wide())
            };
            if memberships.iter().find(carries).is_none() {
                return Err(permission.refused(scope.as_str()));
            }
        }
        Ok(())
    }
}

type Person = (User, Tenant, Vec<Membership>);

impl VerifyCode {
    fn wanted(&self, call: &PublicCall<'_>) -> Result<Wanted, Error> {
        if let Some(name) = &self.tenant_name {
            validate::named("tenantName", name)?;
        }
        let scopes = match &self.scopes {
            None => vec![PatScope::AdminWrite],
            Some(texts) => {
                validate::count("scopes", texts.len(), 1, 50)?;
                let mut scopes = texts.iter().map(|text| text.parse()).collect::<Result<Vec<PatScope>, _>>()?;
                scopes.sort_unstable();
                scopes.dedup();
                scopes
            }
        };
        let lifetime = self.expires_in.unwrap_or(pat_rules::DEFAULT_LIFETIME);
        if lifetime < SignedDuration::from_secs(1) || lifetime > pat_rules::MAX_LIFETIME {
            let message = format!("`expiresIn` is {lifetime:#}; it must be 1 s to 365 days");
            return Err(Error::bad_input("expiresIn", message));
        }
        Ok(Wanted { scopes, expires_at: call.now.checked_add(lifetime).map_err(Error::internal)? })
    }

    /// Who has this address, and in which tenant they want to work. Someone new gets one, where the operator lets them.
    fn person(&self, tx: &mut Tx<'_>, call: &PublicCall<'_>, email: &str) -> Result<Result<Person, Error>, Error> {
        let known = people::user_by_email(tx, email)?;
        let tenants = known.as_ref().map_or(Ok(Vec::new()), |user| people::tenants_of(tx, &user.id))?;
        let chosen = match (&self.tenant_id, tenants.as_slice()) {
            (None, []) if call.ports.settings.signup.admits(email) => {
                let (user, id) = self.found(tx, call, email)?;
                let tenant = people::tenant(tx, &id)?.ok_or_else(|| Error::internal("a new tenant is gone"))?;
                let memberships = people::memberships(tx, &tenant.id, &user.id)?;
                return Ok(Ok((user, tenant, memberships)));
            }
            (None, []) => {
                return Ok(Err(Error::new(Code::Unauthorized, "this person has no role in any tenant")
                    .with_hint("ask someone of the tenant for an invitation, and accept it first")));
            }
            (None, [only]) => only.clone(),
            (None, several) => {
                let list: Vec<_> = several.iter().map(|tenant| format!("{} ({})", tenant.id, tenant.name)).collect();
                let message = "`tenantId` is absent, and this person is in several tenants; the code is still good";
                return Ok(Err(
                    Error::bad_input("tenantId", message).with_hint(format!("name one of {}", list.join(", ")))
                ));
            }
            (Some(id), tenants) => match tenants.iter().find(|tenant| tenant.id == *id) {
                Some(tenant) => tenant.clone(),
                None => {
                    return Ok(Err(Error::new(
                        Code::NotFound,
                        "there is no such tenant, or this person has no role in it",
                    )));
                }
            },
        };
        let user = known.ok_or_else(|| Error::internal("a tenant of nobody"))?;
        let memberships = people::memberships(tx, &chosen.id, &user.id)?;
        Ok(Ok((user, chosen, memberships)))
    }

    /// A tenant of one's own for whoever signs in.
    fn found(&self, tx: &mut Tx<'_>, call: &PublicCall<'_>, email: &str) -> Result<(User, TenantId), Error> {
        let (user, new) = known_or_new(tx, call.ports, email)?;
        let name = self.tenant_name.clone().unwrap_or_else(|| email.chars().take(100).collect());
        let Founded { tenant, workspace, owner } = found_tenant(tx, call.ports, &user, &name, FIRST_WORKSPACE)?;
        let mut events = vec![Event::change(&tenant.id, None, None, Some(&tenant))?];
        if new {
            events.push(Event::change(&user.id, None, None, Some(&user))?);
        }
        events.push(Event::change(&workspace.id, Some(&workspace.id), None, Some(&workspace))?);
        events.push(Event::change(&owner.id, None, None, Some(&owner))?);
        for event in events {
            record(tx, call, &tenant.id, &user, event)?;
        }
        Ok((user, tenant.id))
    }
}

/// The challenge, if the code is that of it. A wrong one is counted. The field of a refusal is the one to mend: `code` as long as another
/// may be tried, `challengeId` when it takes a new one.
fn checked(
    tx: &mut Tx<'_>,
    call: &PublicCall<'_>,
    id: &ChallengeId,
    code: &Secret,
) -> Result<Result<Challenge, Error>, Error> {
    let over = |why: &str| Ok(Err(Error::bad_input("challengeId", why.to_owned()).with_hint("ask for a new code")));
    let Some(challenge) = sign_in::challenge(tx, id)? else {
        return over("`challengeId` is none, or one of yesterday");
    };
    if challenge.used_at.is_some() {
        return over("`challengeId` is over: its code was used already, and a code is good once");
    }
    if challenge.expires_at <= call.now {
        return over("`challengeId` is over: the 10 minutes of its code have passed");
    }
    if challenge.tries >= MOST_TRIES {
        return over("`challengeId` is over: there were 5 wrong codes");
    }
    let given: String = code.expose().chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if code_digest(call.ports, id, &given) != challenge.code_digest {
        sign_in::count_try(tx, id)?;
        tracing::info!(challenge = %id, tries = challenge.tries + 1, "a wrong one-time code");
        return match MOST_TRIES - challenge.tries - 1 {
            0 => over("`challengeId` is over: this is the fifth code that is not the one that was sent"),
            left => {
                let message = format!("`code` is not the one that was sent; {left} more tries are left");
                let error = Error::bad_input("code", message);
                Ok(Err(error.with_hint("look at the newest mail; the code is 6 digits")))
            }
        };
    }
    Ok(Ok(challenge))
}

/// Whether the token may make the first OWNER; it is used up then.
fn bootstraps(tx: &mut Tx<'_>, call: &PublicCall<'_>, token: &Secret) -> Result<bool, Error> {
    let token = admin_token::parse(token.expose().trim()).ok().filter(|token| token.kind() == TokenKind::Bootstrap);
    let Some(token) = token else { return Ok(false) };
    if people::first_owner(tx)?.is_some() {
        return Ok(false);
    }
    let digest = token_digest(&call.ports.keys.pepper, token.secret().expose());
    Ok(sign_in::use_bootstrap(tx, &digest, call.now)?)
}

fn sign_in_as(
    tx: &mut Tx<'_>,
    call: &PublicCall<'_>,
    user: &User,
    tenant_id: TenantId,
    wanted: &Wanted,
) -> Result<Issued<Pat>, Error> {
    let pat = Pat {
        id: PatId::new(call.now, &*call.ports.random),
        tenant_id,
        user_id: user.id.clone(),
        name: "sign-in".to_owned(),
        state: PatState::Active,
        scopes: wanted.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        hint: String::new(),
        public_key: None,
        created_at: call.now,
        expires_at: wanted.expires_at,
        revoked_at: None,
    };
    let (pat, token) = pat_rules::issue(tx, call.ports, pat)?;
    record(tx, call, &pat.tenant_id, user, Event::change(&pat.id, None, None, Some(&pat))?)?;
    Ok(Issued { item: pat, secret: token.into_secret() })
}

fn record(
    tx: &mut Tx<'_>,
    call: &PublicCall<'_>,
    tenant_id: &TenantId,
    user: &User,
    event: Event,
) -> Result<(), Error> {
    let actor = Actor::User {
        user_id: user.id.clone(),
        email: user.email.clone(),
        pat_id: None,
        client: call.request.client.clone(),
    };
    let event = Event { action: "authVerifyCode", ..event };
    audit::append(tx, call.ports, tenant_id.as_str(), &actor, &event, &call.request.id, call.now)
}

/// Forgets codes and mails that no limit looks back to, and bootstrap tokens that are no longer good.
pub(super) fn sweep(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
    let at = now.checked_sub(REMEMBERED).map_err(Error::internal)?;
    sign_in::sweep_challenges(tx, at)?;
    sign_in::sweep_bootstraps(tx, at)?;
    Ok(invitations::sweep_mails(tx, at)?)
}

impl ControlPlane {
    /// Makes a token that makes the first OWNER, once, within 15 minutes.
    ///
    /// # Errors
    /// `CONFLICT` when there is an OWNER, and those of the store.
    pub async fn create_bootstrap_token(&self) -> Result<Token, Error> {
        let ports = self.ports().clone();
        self.store()
            .write(move |tx| {
                if people::first_owner(tx)?.is_some() {
                    return Err(Error::conflict("this control plane has an owner already")
                        .with_hint("they invite others with `aisetu members invite`"));
                }
                let now = ports.clock.now();
                let token = mint(TokenKind::Bootstrap, |buffer| ports.random.fill(buffer));
                let pepper = &ports.keys.pepper;
                let expires_at = now.checked_add(BOOTSTRAP_LIFETIME).map_err(Error::internal)?;
                let digest = token_digest(pepper, token.secret().expose());
                sign_in::insert_bootstrap(tx, &digest, pepper.id(), now, expires_at)?;
                let made = serde_json::json!({ "expiresAt": expires_at });
                let event = Event::change(&"bootstrap", None, None, Some(&made))?;
                let event = Event { action: "operator.createBootstrapToken", ..event };
                let request_id = RequestId::new(now, &*ports.random);
                audit::append(tx, &ports, OPERATORS_CHAIN, &Actor::Operator, &event, &request_id, now)?;
                Ok(token)
            })
            .await
    }
}

/// Says who is calling.
#[derive(Debug)]
pub struct WhoAmI;

/// The person, the tenant, the roles and the token of the call.
#[derive(Debug)]
pub struct Identity {
    /// Who.
    pub user: User,
    /// Of which tenant.
    pub tenant: Tenant,
    /// With which roles.
    pub memberships: Vec<Membership>,
    /// Through which token.
    pub pat: Pat,
}

impl Query for WhoAmI {
    const FIELD: &'static str = "authWhoami";
    type Output = Identity;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Identity, Error> {
        let caller = call.caller;
        let tenant =
            people::tenant(tx, caller.tenant_id())?.ok_or_else(|| Error::internal("a token without a tenant"))?;
        Ok(Identity {
            user: caller.user.clone(),
            tenant,
            memberships: caller.memberships.clone(),
            pat: caller.pat.clone(),
        })
    }
}
