//! The binary `aisetu`.

use std::process::ExitCode;

fn main() -> ExitCode {
    admin_cli::run(std::env::args_os(), admin_core::env::Environment::process())
}
