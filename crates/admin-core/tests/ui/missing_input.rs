//! An input that leaves out what the schema wants.

#[cynic::schema("aisetu")]
mod schema {}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "RenameWorkspaceInput")]
struct RenameWorkspace {
    id: cynic::Id,
}

fn main() {}
