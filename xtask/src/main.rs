//! The repository's own tasks: `cargo xtask --help`.
//!
//! It links neither core nor a frontend: when the schema changes they stop compiling, and the schema must still be exported.

mod env;
mod remote;
mod schema_export;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::schema_export::{Outcome, SchemaExport};

/// The repository's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Writes the schema of the control plane to `schema/schema-public.gql`, in its canonical form.
    SchemaExport(SchemaExport),
}

/// Exits with 0 if all is well, 1 if a check found a difference, 2 (as clap does for bad usage) if the task could not be done.
fn main() -> ExitCode {
    let Cli { task: Task::SchemaExport(export) } = Cli::parse();
    let (code, printed) = match export.run(admin_server::graphql::sdl) {
        Ok(Outcome::Good(line)) => (0, writeln!(io::stdout(), "{line}")),
        Ok(Outcome::Differs { diff, advice }) => {
            (1, write!(io::stdout(), "{diff}").and_then(|()| writeln!(io::stderr(), "error: {advice}")))
        }
        Err(error) => (2, writeln!(io::stderr(), "error: {error:#}")),
    };
    // It fails if the reader of the pipe has left, and then there is no one to tell.
    drop(printed);
    ExitCode::from(code)
}
