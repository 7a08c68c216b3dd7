//! `aisetu profile`: which token goes to which control plane, and which is used where.

use std::path::PathBuf;

use admin_core::DateTime;
use admin_local::{CredentialStore, Found, Kept, Origin, Profile, Setting, SettingsFile, login_command};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::context::Context;
use crate::env::working_folder;
use crate::error::CommandError;
use crate::output::{Field, Show};

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List the profiles, with what is known of their tokens
    #[command(after_help = "Needs no token, and no network.\n\nExample:\n  aisetu profile list")]
    List,
    /// Use a profile wherever no other is named
    #[command(after_help = "Needs no token, and no network.\n\nExample:\n  aisetu profile use lab")]
    Use(UseArgs),
    /// Use a profile in a folder and below it
    #[command(
        after_help = "Needs no token, and no network. The binding stands in your own file: what is checked out into the folder cannot \
                            change it.\n\nExamples:\n  aisetu profile bind lab\n  aisetu profile bind prod ~/src/app"
    )]
    Bind(BindArgs),
    /// End the binding of a folder
    #[command(after_help = "Needs no token, and no network.\n\nExample:\n  aisetu profile unbind ~/src/app")]
    Unbind(UnbindArgs),
}

#[derive(Debug, Args)]
pub(crate) struct UseArgs {
    /// The profile
    #[arg(value_name = "PROFILE")]
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct BindArgs {
    /// The profile
    #[arg(value_name = "PROFILE")]
    name: String,
    /// The folder [default: the working directory]
    #[arg(value_hint = clap::ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct UnbindArgs {
    /// The folder [default: the working directory]
    #[arg(value_hint = clap::ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

/// What is known of a profile.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    name: String,
    base_url: String,
    email: Option<String>,
    tenant: Option<String>,
    token_hint: String,
    token_is_in: &'static str,
    expires_at: Option<DateTime>,
    /// What makes commands use it here; null = something else is used.
    used_by: Option<String>,
    folders: Vec<PathBuf>,
}

#[derive(Serialize)]
struct All {
    items: Vec<Known>,
}

impl Show for Known {
    const PLURAL: &'static str = "profiles";

    fn fields(&self) -> Vec<Field> {
        let folders: Vec<String> = self.folders.iter().map(|folder| folder.display().to_string()).collect();
        vec![
            Field::column("name", self.name.clone()),
            Field::column("control plane", self.base_url.clone()),
            Field::column("email", self.email.clone()),
            Field::detail("tenant", self.tenant.clone()),
            Field::column("token", format!("…{}", self.token_hint)),
            Field::detail("token is in", self.token_is_in.to_owned()),
            Field::column("expires", self.expires_at),
            Field::column("used here by", self.used_by.clone()),
            Field::detail("bound to", folders.join(", ")),
        ]
    }
}

impl ProfileCommand {
    pub(crate) fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("profile")?;
        match self {
            Self::List => {
                let all = All { items: known(context)? };
                context.print_items(&all.items, &all)
            }
            Self::Use(UseArgs { name }) => {
                context.warn_of_unknown_profile(&name)?;
                SettingsFile::open(&context.environment)?.set(Setting::DefaultProfile, None, &name)?;
                context.printer.note(format_args!("commands use `{name}` wherever no other profile is named or bound"));
                Ok(())
            }
            Self::Bind(BindArgs { name, folder }) => {
                context.warn_of_unknown_profile(&name)?;
                let folder = here(folder)?;
                let bound = SettingsFile::open(&context.environment)?.bind(&folder, &name)?;
                context.printer.note(format_args!("commands in `{}` and below use `{name}`", bound.display()));
                Ok(())
            }
            Self::Unbind(UnbindArgs { folder }) => {
                let folder = here(folder)?;
                match SettingsFile::open(&context.environment)?.unbind(&folder)? {
                    Some(name) => {
                        context.printer.note(format_args!("`{}` is no longer bound to `{name}`", folder.display()));
                        Ok(())
                    }
                    None => Err(CommandError::Input {
                        what: format!("`{}` is bound to no profile", folder.display()),
                        flag: "FOLDER",
                        hint: "`aisetu profile list -o wide` tells which folders are bound",
                    }),
                }
            }
        }
    }
}

fn here(folder: Option<PathBuf>) -> Result<PathBuf, CommandError> {
    folder.or_else(working_folder).ok_or_else(|| CommandError::Input {
        what: "the working directory is gone".to_owned(),
        flag: "FOLDER",
        hint: "name a folder",
    })
}

fn known(context: &Context) -> Result<Vec<Known>, CommandError> {
    let store = CredentialStore::open(&context.environment)?;
    let Found { value: used, origin } =
        context.settings.profile(context.global.profile.as_deref(), &context.environment)?;
    let bound = context.settings.bound()?;
    let names = store.profiles().names()?;
    let one = |name: String| {
        let Profile { base_url, pat, expires_at, email, tenant, .. } = store.profiles().get(&name)?;
        let token_is_in = if matches!(pat, Kept::Keyring { .. }) { "keyring" } else { "file" };
        let folders = bound.iter().filter(|(_, profile)| *profile == name).map(|(folder, _)| folder.clone());
        Ok(Known {
            base_url: base_url.to_string(),
            email,
            tenant,
            token_hint: pat.hint().to_owned(),
            token_is_in,
            expires_at,
            used_by: (name == used).then(|| match &origin {
                Origin::Default => "its name".to_owned(),
                origin => origin.to_string(),
            }),
            folders: folders.collect(),
            name,
        })
    };
    names.into_iter().map(one).collect()
}

impl Context {
    /// Tells that a profile, which is being chosen, is not there yet.
    pub(crate) fn warn_of_unknown_profile(&self, name: &str) -> Result<(), CommandError> {
        if CredentialStore::open(&self.environment)?.profiles().find(name)?.is_none() {
            let login = login_command(name);
            self.printer.warning(format_args!("there is no profile `{name}` yet: `{login}` makes it"));
        }
        Ok(())
    }
}
