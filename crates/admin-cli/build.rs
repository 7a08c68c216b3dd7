//! How `aisetu` is linked.

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script of the target in no other way")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // An executable that may lie anywhere has each of its forty thousand pointers rewritten at every start, which took a third of what a
    // short command takes. Heap, stack and libraries lie elsewhere at each start all the same.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
