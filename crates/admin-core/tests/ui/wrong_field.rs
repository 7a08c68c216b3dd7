//! An output that asks for a field which the schema does not have.

#[cynic::schema("aisetu")]
mod schema {}

#[derive(cynic::QueryFragment)]
struct ApiKey {
    id: cynic::Id,
    nmae: String,
}

fn main() {}
