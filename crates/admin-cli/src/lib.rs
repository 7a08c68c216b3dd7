#![doc = include_str!("../README.md")]

mod args;
mod argv;
mod commands;
mod complete;
mod confirm;
mod context;
mod env;
mod error;
mod exit_code;
mod expiry;
mod names;
mod output;
mod past;
mod printer;
mod progress;
mod prompt;
mod reveal;
mod secret_in;
mod secret_out;
mod signals;
mod suggest;

use std::ffi::OsString;

use admin_core::env::Environment;
use admin_local::Settings;
use clap::error::ErrorKind;

use args::Cli;
pub use args::command;
use context::Context;
use error::CommandError;
pub use exit_code::ExitCode;
use printer::Printer;

/// Runs one command line, its first argument being the name of the program, and tells what the shell is told.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: Environment) -> std::process::ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let printer = Printer::new(argv::output_format(&arguments, &environment));
    match start(&arguments, environment, &printer) {
        Ok(code) => code,
        Err((error, printer)) => {
            if !matches!(error, CommandError::BrokenPipe) {
                printer.error(&error);
            }
            error.exit_code().into()
        }
    }
}

/// An error comes with the printer that it is to be printed by: the arguments decide on it, once they are understood.
fn start(
    arguments: &[OsString],
    environment: Environment,
    printer: &Printer,
) -> Result<std::process::ExitCode, (CommandError, Printer)> {
    let fail = |error| (error, printer.clone());
    match complete::complete(arguments, &environment) {
        Ok(false) => {}
        Ok(true) => return Ok(ExitCode::Ok.into()),
        Err(error) => return Err(fail(CommandError::Usage(Box::new(error)))),
    }
    argv::refuse_secrets(arguments).map_err(fail)?;
    let cli = match args::parse(arguments) {
        Ok(cli) => cli,
        Err(help) if matches!(help.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            printer.styled(&help.render().ansi().to_string()).map_err(CommandError::stdout).map_err(fail)?;
            return Ok(ExitCode::Ok.into());
        }
        Err(error) => return Err(fail(CommandError::Usage(Box::new(error)))),
    };
    let Cli { global, command } = cli;
    let settings = if command.reads_settings() {
        Settings::load(&environment, env::working_folder().as_deref()).map_err(|error| fail(error.into()))?
    } else {
        Settings::none()
    };
    let context = Context::new(global, environment, settings).map_err(fail)?;
    // Nothing here is done in parallel: one thread is enough, and starts fastest.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| fail(CommandError::Runtime(error)))?;
    // Once it is handled, a write beyond the limit on the size of files fails, as on a full disk; else it would end the process.
    #[cfg(unix)]
    let _too_large = {
        use tokio::signal::unix::{SignalKind, signal};
        let _inside = runtime.enter();
        signal(SignalKind::from_raw(25))
    };
    let outcome = runtime.block_on(command.run(&context)).map_err(|error| (error, context.printer.clone()));
    // What still blocks, such as a read of standard input, must not keep the process.
    runtime.shutdown_background();
    outcome
}
