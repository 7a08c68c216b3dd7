//! Which tools a server has. It is fixed when the server starts: a list that changes on the way confuses clients, and models.

use std::collections::{BTreeMap, BTreeSet};

use admin_core::env::Environment;

use crate::run::ServeError;
use crate::tools::Entry;

/// What a server has unless it is told otherwise: enough to run a tenant, and short enough for any model.
const DEFAULT: [&str; 7] = ["auth", "workspaces", "api_keys", "members", "pats", "provider_credentials", "billing"];
/// Stands for those.
const DEFAULT_NAME: &str = "default";
/// Stands for every one.
const ALL_NAME: &str = "all";

/// The toolsets, separated by commas, as `--toolsets` takes them.
pub const AI_SETU_MCP_TOOLSETS: &str = "AI_SETU_MCP_TOOLSETS";
/// Single tools, separated by commas, as `--tools` takes them.
pub const AI_SETU_MCP_TOOLS: &str = "AI_SETU_MCP_TOOLS";
/// Tools to leave out, separated by commas, as `--exclude-tools` takes them.
pub const AI_SETU_MCP_EXCLUDE_TOOLS: &str = "AI_SETU_MCP_EXCLUDE_TOOLS";
/// `1` leaves out every tool that changes something, as `--read-only` does.
pub const AI_SETU_MCP_READ_ONLY: &str = "AI_SETU_MCP_READ_ONLY";

/// The flags that say which tools a server has. What a flag leaves open its variable says, such as `AI_SETU_MCP_TOOLSETS`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Selection {
    /// Groups of tools, separated by commas; `all` has every one [default: default]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    toolsets: Vec<String>,
    /// Single tools, separated by commas; without `--toolsets` these and no others
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    tools: Vec<String>,
    /// Tools to leave out, separated by commas, whatever else is asked for
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    exclude_tools: Vec<String>,
    /// Leave out every tool that changes something, whatever else is asked for
    #[arg(long)]
    read_only: bool,
}

/// Why a server does not have a tool that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// It changes something, and the server changes nothing.
    ReadOnly,
    /// It was named to be left out.
    Excluded,
    /// It is of another toolset than was asked for.
    NotSelected,
    /// It is for the person at the machine of the server, who nobody is over HTTP.
    OverHttp,
}

impl Selection {
    /// With what the environment says where no flag does.
    pub(crate) fn or_environment(mut self, environment: &Environment) -> Self {
        let variables = [
            (&mut self.toolsets, AI_SETU_MCP_TOOLSETS),
            (&mut self.tools, AI_SETU_MCP_TOOLS),
            (&mut self.exclude_tools, AI_SETU_MCP_EXCLUDE_TOOLS),
        ];
        for (names, variable) in variables {
            if names.is_empty() {
                names.extend(environment.get(variable).iter().flat_map(|text| text.split(',')).map(str::to_owned));
            }
        }
        let set = environment.get(AI_SETU_MCP_READ_ONLY);
        self.read_only |= set.is_some_and(|value| value != "0" && value != "false");
        for names in [&mut self.toolsets, &mut self.tools, &mut self.exclude_tools] {
            *names = names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        }
        self
    }

    /// Says of each tool why the server does not have it; those of which nothing is said, it has.
    ///
    /// # Errors
    /// [`ServeError::Unknown`] when a name is none.
    pub(crate) fn withheld(
        &self,
        tools: &BTreeMap<&'static str, Entry>,
    ) -> Result<BTreeMap<&'static str, Withheld>, ServeError> {
        let toolsets: BTreeSet<&str> = tools.values().map(|entry| entry.toolset).collect();
        let known_sets: BTreeSet<&str> = toolsets.iter().copied().chain([DEFAULT_NAME, ALL_NAME]).collect();
        let known_tools: BTreeSet<&str> = tools.keys().copied().collect();
        let known = |what, names: &[String], known: &BTreeSet<&'static str>| match names
            .iter()
            .find(|name| !known.contains(name.as_str()))
        {
            None => Ok(()),
            Some(name) => Err(ServeError::Unknown {
                what,
                name: name.clone(),
                known: known.iter().copied().collect::<Vec<_>>().join(", "),
            }),
        };
        known("toolset", &self.toolsets, &known_sets.iter().copied().collect())?;
        known("tool", &self.tools, &known_tools)?;
        known("tool", &self.exclude_tools, &known_tools)?;
        let names = |names: &[String], name: &str| names.iter().any(|one| one == name);
        let by_default = self.toolsets.is_empty() && self.tools.is_empty();
        let selected = |name: &str, entry: &Entry| {
            names(&self.toolsets, ALL_NAME)
                || names(&self.toolsets, entry.toolset)
                || names(&self.tools, name)
                || ((by_default || names(&self.toolsets, DEFAULT_NAME)) && DEFAULT.contains(&entry.toolset))
        };
        let why = |name: &str, entry: &Entry| {
            if self.read_only && !entry.in_read_only {
                Some(Withheld::ReadOnly)
            } else if names(&self.exclude_tools, name) {
                Some(Withheld::Excluded)
            } else if !selected(name, entry) {
                Some(Withheld::NotSelected)
            } else {
                None
            }
        };
        Ok(tools.iter().filter_map(|(name, entry)| Some((*name, why(name, entry)?))).collect())
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }
}
