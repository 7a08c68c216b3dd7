//! What does not fit the schema does not compile, and the compiler says what and where.
//!
//! cynic finds the schema in this crate's `OUT_DIR`, which cargo also gives to the tests and so to what they compile.

#[test]
fn what_does_not_fit_the_schema_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
