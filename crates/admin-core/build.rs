//! Makes the schema known to cynic's derives, so that an operation that does not fit it does not compile.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    cynic_codegen::register_schema("aisetu").from_sdl_file("schema/schema-public.gql")?.as_default()?;
    Ok(())
}
