//! An output that takes a nullable field for granted.

#[cynic::schema("aisetu")]
mod schema {}

#[derive(cynic::QueryFragment)]
struct Workspace {
    id: cynic::Id,
    deleted_at: String,
}

fn main() {}
