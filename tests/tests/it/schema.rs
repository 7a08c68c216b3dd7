//! The schema file is the contract: the server that runs has exactly this schema.

use admin_server::app::authorization::RULES;
use aisetu_tests::{SCHEMA, root_fields};

#[test]
fn the_server_has_the_schema_of_the_file() {
    let running = admin_schema::canonical(&admin_server::graphql::sdl()).unwrap();
    assert!(
        running == SCHEMA,
        "the server's schema differs from schema/schema-public.gql; run: cargo xtask schema-export"
    );
}

#[test]
fn every_root_field_has_a_row_in_the_authorization_table() {
    let mut rows: Vec<&str> = RULES.iter().map(|rule| rule.field).collect();
    rows.sort_unstable();
    assert_eq!(root_fields(), rows);
}
