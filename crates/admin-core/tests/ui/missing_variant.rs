//! An enum that misses a value of the schema.

#[cynic::schema("aisetu")]
mod schema {}

#[derive(cynic::Enum)]
enum PatState {
    Active,
    Expired,
    #[cynic(fallback)]
    Unknown(String),
}

fn main() {}
