//! `cmd:PROGRAM [ARGUMENT]...`: whatever the user has for it.

use admin_token::Secret;

use super::{DeliveryError, Receipt};
use crate::Machine;
use crate::program::Program;

/// A program that can be run.
#[derive(Debug)]
pub(super) struct UserProgram {
    program: Program,
    arguments: Vec<String>,
}

pub(super) fn probe(program: &str, arguments: &[String], machine: &Machine) -> Result<UserProgram, DeliveryError> {
    Ok(UserProgram { program: Program::named(program, machine)?, arguments: arguments.to_vec() })
}

impl UserProgram {
    pub(super) fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        let Self { program, arguments } = self;
        program.give(&[], &arguments, secret)?;
        Ok(Receipt::Command { program: program.name().to_owned() })
    }
}
