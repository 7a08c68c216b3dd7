//! The rules of a key: what a call must be like to pass, and what the key may spend.

use cynic::MutationBuilder;
use serde::{Deserialize, Serialize};

use super::ApiKey;
use crate::{
    ids::{ApiKeyId, ProjectId},
    money::Decimal,
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo},
    scalars::{DateTime, Metadata},
    schema,
    three_state::{List, ThreeState},
};

graphql_enum! {
    /// What a rate is per.
    RatePeriod {
        /// 1 s.
        Second = "SECOND",
        /// 60 s.
        Minute = "MINUTE",
        /// 3,600 s.
        Hour = "HOUR",
        /// 86,400 s.
        Day = "DAY",
    }
}

graphql_enum! {
    /// A day of the week.
    DayOfWeek {
        /// Monday.
        Monday = "MONDAY",
        /// Tuesday.
        Tuesday = "TUESDAY",
        /// Wednesday.
        Wednesday = "WEDNESDAY",
        /// Thursday.
        Thursday = "THURSDAY",
        /// Friday.
        Friday = "FRIDAY",
        /// Saturday.
        Saturday = "SATURDAY",
        /// Sunday.
        Sunday = "SUNDAY",
    }
}

graphql_enum! {
    /// What a budget is for. A week begins with its Monday.
    BudgetPeriod {
        /// A date.
        Day = "DAY",
        /// Monday to Sunday.
        Week = "WEEK",
        /// A month of the calendar.
        Month = "MONTH",
        /// All time.
        Total = "TOTAL",
    }
}

/// Where, when and how often an API key may be used; null = without bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Restrictions {
    /// Addresses and CIDR blocks that calls may come from.
    pub ip_addresses: Option<Vec<String>>,
    /// Hosts of pages that calls may come from.
    pub referrers: Option<Vec<String>>,
    /// How often.
    pub rate_limit: Option<RateLimit>,
    /// When.
    pub time_restrictions: Option<TimeRestrictions>,
}

/// So many calls in so much time, and so many at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RateLimit {
    /// Calls in a period.
    pub requests: i64,
    /// The period.
    pub period: RatePeriod,
    /// Calls at once.
    pub burst: i64,
}

/// Days of the week and hours of the day, as the clocks of a zone show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TimeRestrictions {
    /// Null = every day.
    pub days_of_week: Option<Vec<DayOfWeek>>,
    /// 0 to 23; 17 is 17:00:00 to 17:59:59. Null = every hour.
    pub hours_of_day: Option<Vec<i32>>,
    /// An IANA name.
    pub timezone: String,
}

/// So much money in a period of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Budget {
    /// In USD. At this sum it is used up.
    pub usd: Decimal,
    /// What it is for.
    pub period: BudgetPeriod,
    /// Where the periods begin: an IANA name.
    pub timezone: String,
}

/// So many calls in so much time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "RateLimitInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RateLimitInput {
    /// Calls in a period: 1 to 1,000,000,000.
    pub requests: i64,
    /// SECOND, MINUTE, HOUR or DAY.
    pub period: RatePeriod,
    /// Calls at once: 1 to 1,000,000,000; absent = as many as in a period.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub burst: Option<i64>,
}

/// Days of the week and hours of the day: one of the two at least.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "TimeRestrictionsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeRestrictionsInput {
    /// At least one; absent = every day.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub days_of_week: Option<Vec<DayOfWeek>>,
    /// At least one of 0 to 23; absent = every hour.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub hours_of_day: Option<Vec<i32>>,
    /// An IANA name, such as `Europe/Berlin` or `UTC`.
    pub timezone: String,
}

/// Where, when and how often: absent leaves what is, null takes it away, a value sets it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "RestrictionsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestrictionsInput {
    /// 1 to 100 addresses and CIDR blocks, such as `192.0.2.0/24`.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub ip_addresses: ThreeState<List<String>>,
    /// 1 to 100 hosts, such as `example.com`, or `*.example.com` for all below it.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub referrers: ThreeState<List<String>>,
    /// How often.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub rate_limit: ThreeState<RateLimitInput>,
    /// When.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub time_restrictions: ThreeState<TimeRestrictionsInput>,
}

/// So much money in a period of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "BudgetInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BudgetInput {
    /// In USD: 0 to 1,000,000,000.
    pub usd: Decimal,
    /// DAY, WEEK, MONTH or TOTAL.
    pub period: BudgetPeriod,
    /// Where the periods begin: an IANA name; absent = UTC.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// Changes an API key: what is absent stays.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "UpdateApiKeyInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateApiKey {
    /// The key's id (`key_…`), not its secret.
    pub id: ApiKeyId,
    /// 1 to 100 characters, no control character.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for, in at most 500 characters.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub description: ThreeState<String>,
    /// True switches it off until it is false again.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// 1 to 50 scopes, in the place of those that it has.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// 1 to 50 projects (`prj_…`) of its workspace; null = any.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub projects: ThreeState<List<ProjectId>>,
    /// Merged with what is, field by field; null = none.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub restrictions: ThreeState<RestrictionsInput>,
    /// How much it may spend; null = without bound.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub budget: ThreeState<BudgetInput>,
    /// Labels, in the place of all there are; null = none.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub metadata: ThreeState<Metadata>,
    /// When it expires, in the future; null = never.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub expires_at: ThreeState<DateTime>,
}

impl UpdateApiKey {
    /// One that leaves everything as it is.
    pub fn new(id: impl Into<ApiKeyId>) -> Self {
        use ThreeState::Absent;
        Self {
            id: id.into(),
            name: None,
            description: Absent,
            disabled: None,
            scopes: None,
            projects: Absent,
            restrictions: Absent,
            budget: Absent,
            metadata: Absent,
            expires_at: Absent,
        }
    }
}

impl Operation for UpdateApiKey {
    type Variables = wire::UpdateVariables;
    type Data = wire::ApiKeysUpdate;
    type Output = ApiKey;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "update",
        title: "Update an API key",
        summary: "Changes an API key; what is left out stays.",
        description: "Returns the key as it is now. Lists, metadata and budget are given whole; restrictions are merged field by field; null \
                      takes a bound away. `disabled` switches it off and on; to take it back for good, use revoke_api_key, and for \
                      a new secret rotate_api_key.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "update_api_key",
        toolset: "key_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::UpdateVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_update
    }
}

/// Changes where, when and how often an API key may be used: what is absent stays.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "UpdateApiKeyRestrictionsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateApiKeyRestrictions {
    /// The key's id (`key_…`), not its secret.
    pub id: ApiKeyId,
    /// 1 to 100 addresses and CIDR blocks, such as `192.0.2.0/24`; null = from anywhere.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub ip_addresses: ThreeState<List<String>>,
    /// 1 to 100 hosts, such as `example.com`, or `*.example.com` for all below it; null = from any page.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub referrers: ThreeState<List<String>>,
    /// How often; null = as often as one likes.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub rate_limit: ThreeState<RateLimitInput>,
    /// When; null = at any time.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub time_restrictions: ThreeState<TimeRestrictionsInput>,
}

impl UpdateApiKeyRestrictions {
    /// One that leaves everything as it is.
    pub fn new(id: impl Into<ApiKeyId>) -> Self {
        use ThreeState::Absent;
        Self { id: id.into(), ip_addresses: Absent, referrers: Absent, rate_limit: Absent, time_restrictions: Absent }
    }
}

impl Operation for UpdateApiKeyRestrictions {
    type Variables = wire::UpdateRestrictionsVariables;
    type Data = wire::ApiKeysUpdateRestrictions;
    type Output = ApiKey;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "update_restrictions",
        title: "Update the restrictions of an API key",
        summary: "Changes where, when and how often an API key may be used; what is left out stays.",
        description: "Returns the key as it is now. Each of addresses, referrers, rate and times is set whole, taken away by null, or left as it \
                      is. A call that does not say where it comes from does not pass a restriction on that. Other fields: \
                      update_api_key.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "update_key_restrictions",
        toolset: "key_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::UpdateRestrictionsVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_update_restrictions
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{ApiKey, UpdateApiKey, UpdateApiKeyRestrictions, schema};

    #[derive(cynic::QueryVariables)]
    pub struct UpdateVariables {
        pub(super) input: UpdateApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "UpdateVariables")]
    pub struct ApiKeysUpdate {
        #[arguments(input: $input)]
        pub(super) api_keys_update: ApiKey,
    }

    #[derive(cynic::QueryVariables)]
    pub struct UpdateRestrictionsVariables {
        pub(super) input: UpdateApiKeyRestrictions,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "UpdateRestrictionsVariables")]
    pub struct ApiKeysUpdateRestrictions {
        #[arguments(input: $input)]
        pub(super) api_keys_update_restrictions: ApiKey,
    }
}
