//! What an agent reads goes into the context of a model, and from there anywhere: it sees no new secret unless somebody wants it to.

use admin_core::{Input, Issuing, Operation, Plain, Visitor, visit_operations};
use admin_local::agent;
use clap::Args;

use crate::context::Context;
use crate::error::CommandError;

/// The flag of every command that can print a new secret.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Reveal {
    /// Print the new secret although an agent drives this command: it goes into the context of a model
    #[arg(long)]
    reveal: bool,
}

impl Reveal {
    /// Refuses to print a new secret for an agent.
    ///
    /// # Errors
    /// [`CommandError::ForAgent`] says what to do instead; nothing was sent.
    pub(crate) fn check(self, context: &Context) -> Result<(), CommandError> {
        self.refuse(context, true)
    }

    fn refuse(self, context: &Context, saves: bool) -> Result<(), CommandError> {
        match agent(&context.environment) {
            Some(agent) if !self.reveal => Err(CommandError::ForAgent { agent, saves }),
            _ => Ok(()),
        }
    }

    /// The same for a document that asks for these fields at its root.
    ///
    /// # Errors
    /// As [`Reveal::check`].
    pub(crate) fn check_fields(
        self,
        context: &Context,
        fields: &[String],
        fragments: bool,
    ) -> Result<(), CommandError> {
        let mut issuing = IssuingFields(Vec::new());
        visit_operations(&mut issuing);
        let issues = fragments || fields.iter().any(|field| issuing.0.contains(field));
        if issues { self.refuse(context, false) } else { Ok(()) }
    }
}

/// The root fields that answer with a new secret.
struct IssuingFields(Vec<String>);

impl Visitor for IssuingFields {
    fn visit<O: Plain>(&mut self) {}

    fn visit_issuing<O: Issuing + Input>(&mut self) {
        self.0.push(O::INFO.field());
    }

    // Signing in takes a secret and gives one.
    fn visit_confidential<O: Operation>(&mut self) {
        self.0.push(O::INFO.field());
    }
}
