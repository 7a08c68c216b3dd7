//! `aisetu config`: what is set, where, and how it is changed.

use admin_core::env::AI_SETU_PAT;
use admin_core::{CredentialSource, Duration, Pat, WorkspaceId};
use admin_local::{CredentialError, CredentialStore, Found, Kept, Origin, Setting, SettingsFile, locate};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::args::OutputFormat;
use crate::context::Context;
use crate::error::CommandError;
use crate::names::Ref;
use crate::output::{Field, Show};
use crate::printer::Printer;
use crate::suggest::nearest;

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show what is set for a command in this folder
    #[command(
        after_help = "Needs no token, and no network. A flag wins over the environment, that over the project's file `.aisetu.toml`, \
                            that over the profile, and that over what is set for all.\n\nExamples:\n  aisetu config list --origin\n  \
                            aisetu config list -o json"
    )]
    List(ListArgs),
    /// Show one thing that is set
    #[command(after_help = "Needs no token, and no network.\n\nExample:\n  aisetu config get workspace")]
    Get(GetArgs),
    /// Set something, for all profiles or with `--profile` for one
    #[command(after_help = "Needs no token, and no network.\n\nExamples:\n  aisetu config set output json\n  \
                            aisetu config set workspace prod --profile lab")]
    Set(SetArgs),
    /// Set something no longer
    #[command(
        after_help = "Needs no token, and no network.\n\nExample:\n  aisetu config unset workspace --profile lab"
    )]
    Unset(GetArgs),
    /// Show where the user's file is
    #[command(after_help = "Needs no token, and no network.\n\nExample:\n  $EDITOR \"$(aisetu config path)\"")]
    Path,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Also where each is set
    #[arg(long)]
    origin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// Which setting: `default_profile`, `workspace`, `output` or `timeout`
    #[arg(value_name = "SETTING", value_parser = setting)]
    setting: Setting,
}

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// Which setting: `default_profile`, `workspace`, `output` or `timeout`
    #[arg(value_name = "SETTING", value_parser = setting)]
    setting: Setting,
    /// To what
    value: String,
}

/// Something that is set.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Set {
    setting: &'static str,
    /// Null = it is not set.
    value: Option<String>,
    origin: String,
    #[serde(skip)]
    shows_origin: bool,
}

#[derive(Serialize)]
struct All {
    items: Vec<Set>,
}

impl Show for Set {
    const PLURAL: &'static str = "settings";

    fn fields(&self) -> Vec<Field> {
        let origin = self.origin.clone();
        vec![
            Field::column("setting", self.setting.to_owned()),
            Field::column("value", self.value.clone()),
            if self.shows_origin { Field::column("origin", origin) } else { Field::detail("origin", origin) },
        ]
    }
}

impl ConfigCommand {
    pub(crate) fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("config")?;
        match self {
            Self::List(ListArgs { origin }) => {
                let items = set(context)?.into_iter().map(|set| Set { shows_origin: origin, ..set }).collect();
                let all = All { items };
                context.print_items(&all.items, &all)
            }
            Self::Get(GetArgs { setting }) => {
                let found = context.setting(setting)?;
                context.print(&Set { shows_origin: true, ..Set::new(setting.name(), found) })
            }
            Self::Set(SetArgs { setting, value }) => {
                let profile = profile(context, "config set", setting)?;
                check(context, setting, &value)?;
                let file = SettingsFile::open(&context.environment)?;
                file.set(setting, profile, &value)?;
                context.printer.note(format_args!("`{}` is set in `{}`", setting.name(), file.path().display()));
                Ok(())
            }
            Self::Unset(GetArgs { setting }) => {
                let profile = profile(context, "config unset", setting)?;
                let file = SettingsFile::open(&context.environment)?;
                let was = if file.unset(setting, profile)? { "no longer" } else { "not" };
                context.printer.note(format_args!("`{}` is {was} set in `{}`", setting.name(), file.path().display()));
                Ok(())
            }
            Self::Path => {
                let file = SettingsFile::open(&context.environment)?;
                let path = file.path().display().to_string();
                // A script has the path alone, whatever format is set: `cat $(aisetu config path)`.
                if context.for_people() || (context.global.output.is_none() && !context.global.json) {
                    return Printer::data(&format!("{path}\n")).map_err(CommandError::stdout);
                }
                context.print(&UserFile { path })
            }
        }
    }
}

/// The user's file.
#[derive(Serialize)]
struct UserFile {
    path: String,
}

impl Show for UserFile {
    const PLURAL: &'static str = "files";

    fn fields(&self) -> Vec<Field> {
        vec![Field::column("path", self.path.clone())]
    }
}

impl Set {
    fn new(setting: &'static str, found: Option<Found>) -> Self {
        let (value, origin) = match found {
            Some(Found { value, origin }) => (Some(value), origin.to_string()),
            None => (None, Origin::Default.to_string()),
        };
        Self { setting, value, origin, shows_origin: false }
    }
}

/// Everything that decides on a command in this folder, with the flags of this one.
fn set(context: &Context) -> Result<Vec<Set>, CommandError> {
    let global = &context.global;
    let flag = |flag, value: &Option<String>| value.clone().map(|value| Found { value, origin: Origin::Flag(flag) });
    let profile = context.settings.profile(global.profile.as_deref(), &context.environment)?;
    let mut all = vec![Set::new("profile", Some(profile))];
    all.extend(credentials(context)?);
    for setting in Setting::ALL {
        let given = match setting {
            Setting::Output if global.json => flag("--json", &Some("json".to_owned())),
            Setting::Output => {
                let format = global.output.and_then(|format| format.to_possible_value());
                flag("--output", &format.map(|format| format.get_name().to_owned()))
            }
            _ => None,
        };
        let found = match given {
            None => context.setting(setting)?,
            given => given,
        };
        all.push(Set::new(setting.name(), found));
    }
    Ok(all)
}

/// The token and where it goes.
fn credentials(context: &Context) -> Result<[Set; 2], CommandError> {
    let located = match locate(&context.wanted(), &context.environment) {
        Ok(located) => located,
        Err(CredentialError::None { base_url, .. }) => {
            let base_url = Found { value: base_url.to_string(), origin: Origin::Default };
            return Ok([Set::new("base_url", Some(base_url)), Set::new("token", None)]);
        }
        Err(error) => return Err(error.into()),
    };
    let (hint, place) = if let Some((name, profile)) = &located.profile {
        let place = match &profile.pat {
            Kept::Keyring { .. } => format!("the keyring, for profile `{name}`"),
            Kept::File(_) => {
                let store = CredentialStore::open(&context.environment)?;
                format!("profile `{name}` in `{}`", store.profiles().path().display())
            }
        };
        (profile.pat.hint().to_owned(), place)
    } else {
        let source = CredentialSource::Env(AI_SETU_PAT);
        let pat = Pat::parse(&context.environment.get(AI_SETU_PAT).unwrap_or_default(), source.clone())?;
        (pat.hint().to_owned(), source.to_string())
    };
    let base_url = Set {
        setting: "base_url",
        value: Some(located.base_url.to_string()),
        origin: located.origin().map_or_else(|| Origin::Default.to_string(), ToString::to_string),
        shows_origin: false,
    };
    Ok([base_url, Set { setting: "token", value: Some(format!("…{hint}")), origin: place, shows_origin: false }])
}

fn setting(name: &str) -> Result<Setting, String> {
    let known = || Setting::ALL.iter().map(|setting| setting.name());
    let spelt = name.to_ascii_lowercase().replace('-', "_");
    Setting::ALL.into_iter().find(|setting| setting.name() == spelt).ok_or_else(|| {
        let near = nearest(&spelt, known());
        let near = if near.is_empty() { String::new() } else { format!("; did you mean `{}`?", near.join("`, `")) };
        format!("there are `{}`{near}", known().collect::<Vec<_>>().join("`, `"))
    })
}

/// The profile that is named for a change.
fn profile<'a>(context: &'a Context, command: &str, setting: Setting) -> Result<Option<&'a str>, CommandError> {
    let named = context.global.profile.as_deref();
    if named.is_some() && !setting.is_for_profiles() {
        let why = "no profile has its own default";
        return Err(CommandError::NotTaken {
            command: format!("{command} {}", setting.name()),
            flag: "--profile",
            why,
        });
    }
    Ok(named)
}

/// Whether a setting takes a value.
fn check(context: &Context, setting: Setting, value: &str) -> Result<(), CommandError> {
    let wrong = |why: String| CommandError::Input {
        what: format!("`{}` cannot be `{}`: {why}", setting.name(), value.escape_debug()),
        flag: "VALUE",
        hint: "`aisetu config list` shows what is set",
    };
    match setting {
        Setting::Output => {
            let known: Vec<String> = OutputFormat::names().collect();
            OutputFormat::from_str(value, true).map_err(|_| wrong(format!("it takes `{}`", known.join("`, `"))))?;
        }
        Setting::Timeout => drop(value.parse::<Duration>().map_err(|error| wrong(error.to_string()))?),
        Setting::Workspace => drop(value.parse::<Ref<WorkspaceId>>().map_err(wrong)?),
        Setting::DefaultProfile => context.warn_of_unknown_profile(value)?,
        _ => {}
    }
    Ok(())
}
