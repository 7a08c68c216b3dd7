//! An operation that calls a root field which the schema does not have.

#[cynic::schema("aisetu")]
mod schema {}

#[derive(cynic::QueryVariables)]
struct GetApiKey {
    id: cynic::Id,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "GetApiKey")]
struct ApiKeysGet {
    #[arguments(id: $id)]
    api_key_get: ApiKey,
}

#[derive(cynic::QueryFragment)]
struct ApiKey {
    id: cynic::Id,
}

fn main() {}
