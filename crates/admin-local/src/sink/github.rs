//! `gh:OWNER/REPO#NAME`: a secret of a repository on GitHub, by its own program.

use admin_token::Secret;

use super::{DeliveryError, Overwrites, Receipt};
use crate::Machine;
use crate::program::{GH, Program};

/// The names of all secrets that a repository can have, and more.
const MOST_LISTED: usize = 1 << 20;

/// A secret that can be set.
#[derive(Debug)]
pub(super) struct RepositorySecret {
    gh: Program,
    repository: String,
    name: String,
    overwrites: Overwrites,
}

pub(super) fn probe(repository: &str, name: &str, machine: &Machine) -> Result<RepositorySecret, DeliveryError> {
    let gh = Program::tool(GH, machine)?;
    // In this form it is the same in every version: a secret a line, its name first.
    let listed = gh.ask(&["secret", "list"], &["--repo", repository], MOST_LISTED)?;
    let listed = String::from_utf8_lossy(&listed);
    let is_there =
        listed.lines().filter_map(|line| line.split('\t').next()).any(|found| found.eq_ignore_ascii_case(name));
    let overwrites = if is_there { Overwrites::Value } else { Overwrites::Nothing };
    Ok(RepositorySecret { gh, repository: repository.to_owned(), name: name.to_owned(), overwrites })
}

impl RepositorySecret {
    pub(super) fn overwrites(&self) -> Overwrites {
        self.overwrites
    }

    pub(super) fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        let Self { gh, repository, name, .. } = self;
        gh.give(&["secret", "set"], &[name.as_str(), "--repo", repository.as_str()], secret)?;
        Ok(Receipt::GitHub { repository, name })
    }
}
