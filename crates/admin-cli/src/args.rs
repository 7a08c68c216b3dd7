//! The arguments: the root of the command tree and the flags that every command takes.

use std::ffi::OsString;

use admin_core::{Duration, IdempotencyKey, OperationInfo, WorkspaceId, operations};
use clap::{ArgMatches, Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

#[cfg(feature = "server")]
use crate::commands::DevArgs;
#[cfg(feature = "mcp")]
use crate::commands::McpCommand;
use crate::commands::{
    ApiArgs, ApiKeysCommand, AuditCommand, AuthCommand, BillingCommand, CommandsArgs, CompletionsArgs, ConfigCommand,
    DoctorArgs, ExplainArgs, ManArgs, MembersCommand, PatsCommand, ProfileCommand, ProjectsCommand,
    ProviderCredentialsCommand, UsageCommand, WorkspacesCommand,
};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::names::Ref;

/// Manage an AI gateway's control plane: workspaces, projects, API keys and personal access tokens
#[derive(Debug, Parser)]
#[command(name = "aisetu", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One variant for each namespace, so that each stays small.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Workspaces: they hold projects and API keys
    #[command(visible_alias = "ws", alias = "workspace")]
    Workspaces(Namespace<WorkspacesCommand>),
    /// Projects: the parts of the work in a workspace
    #[command(alias = "project")]
    Projects(Namespace<ProjectsCommand>),
    /// API keys: what an application presents to a gateway
    #[command(visible_alias = "keys", aliases = ["key", "api-key"])]
    ApiKeys(Namespace<ApiKeysCommand>),
    /// Members: the people of the tenant, who may come, and what they may do
    #[command(alias = "member")]
    Members(Namespace<MembersCommand>),
    /// Usage: what calls cost, and where spending is heading
    Usage(Namespace<UsageCommand>),
    /// Personal access tokens: what a person or a program of theirs presents to this API
    #[command(alias = "pat")]
    Pats(Namespace<PatsCommand>),
    /// Provider credentials: accounts of your own with providers of models
    #[command(visible_alias = "byok", alias = "provider-credential")]
    ProviderCredentials(Namespace<ProviderCredentialsCommand>),
    /// Billing: the tenant's credit, how it is topped up, and the ledger of what moved it
    Billing(Namespace<BillingCommand>),
    /// The audit trail: who changed what, and whether its record is whole
    Audit(Namespace<AuditCommand>),
    /// Who is calling
    Auth(Namespace<AuthCommand>),
    /// Send a GraphQL document, or look into the schema
    Api(Box<ApiArgs>),
    /// Which token goes to which control plane, and which is used where
    #[command(alias = "profiles")]
    Profile(Namespace<ProfileCommand>),
    /// What is set, and where
    Config(Namespace<ConfigCommand>),
    /// What works between this machine and the control plane, and what does not
    Doctor(DoctorArgs),
    /// What a code means, and what to do
    Explain(ExplainArgs),
    /// Every command, with what it needs
    Commands(CommandsArgs),
    /// Completion of commands and flags, for a shell
    Completions(CompletionsArgs),
    /// Manual pages
    Man(ManArgs),
    /// Serve builder agents
    #[cfg(feature = "mcp")]
    Mcp(Namespace<McpCommand>),
    /// Start a control plane on this machine, or run a command against a fresh one
    #[cfg(feature = "server")]
    Dev(DevArgs),
}

/// The commands of a namespace, with what each operation among them says about itself. They are made when the namespace is named:
/// making all of them takes longer than many a command.
#[derive(Debug)]
pub(crate) struct Namespace<C>(pub(crate) C);

impl<C: Subcommand> Args for Namespace<C> {
    fn augment_args(namespace: clap::Command) -> clap::Command {
        namespace.defer(|namespace| {
            let namespace = C::augment_subcommands(namespace).subcommand_required(true).arg_required_else_help(true);
            operations().iter().fold(namespace, describe)
        })
    }

    fn augment_args_for_update(namespace: clap::Command) -> clap::Command {
        Self::augment_args(namespace)
    }
}

impl<C: Subcommand> FromArgMatches for Namespace<C> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        C::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// How data is printed, and errors with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    #[default]
    Table,
    /// For people, with all there is of each item
    Wide,
    /// One JSON value
    Json,
    /// One JSON value a line, for a list one an item
    Jsonl,
    /// The same as YAML
    Yaml,
    /// A line of names and a line for each item
    Csv,
    /// Of each item its id, or what stands for it
    Name,
    /// Nothing: the exit code says it all
    Off,
}

impl OutputFormat {
    /// The name of each.
    pub(crate) fn names() -> impl Iterator<Item = String> {
        Self::value_variants().iter().filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
    }

    /// Whether people read it.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }

    /// Whether a program reads what is on standard error too.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

/// What is shown to whoever looks for a fault.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum DebugTopic {
    /// Every call over HTTP
    Http,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// How data is printed, and errors with it; `AI_SETU_OUTPUT` sets another default [default: table]
    #[arg(short, long, global = true, value_name = "FORMAT", ignore_case = true)]
    pub(crate) output: Option<OutputFormat>,
    /// The same as `-o json`
    #[arg(long, global = true, conflicts_with = "output")]
    pub(crate) json: bool,
    /// Of each item only these fields, such as `id,name,restrictions.rateLimit`: names as JSON has them
    #[arg(long, global = true, value_name = "FIELDS", value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// What this filter makes of the JSON, in the language of jq; with `-o jsonl` of each item
    #[arg(long, global = true, value_name = "FILTER", conflicts_with = "template")]
    pub(crate) jq: Option<String>,
    /// What this template makes of the JSON, in the language of Jinja, such as `{% for key in items %}…`; with `-o jsonl` of each item
    #[arg(long, global = true, value_name = "TEMPLATE")]
    pub(crate) template: Option<String>,
    /// The credential profile to use; it wins over `AI_SETU_PAT` and `AI_SETU_PROFILE`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The control plane; it wins over `AI_SETU_API_BASE_URL` [default: the hosted service]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// For a mutation: whatever is sent again under this key within 24 hours happens once
    #[arg(long, global = true, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
    /// Answer yes where a command asks yes or no
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// The name of what goes away, where a command asks for it
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    /// How long a call may take with all its retries [default: 30s]
    #[arg(long, global = true, value_name = "DURATION")]
    pub(crate) timeout: Option<Duration>,
    /// When there is colour; `NO_COLOR` is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
    /// Draw charts with ASCII alone
    #[arg(long, global = true)]
    pub(crate) plain: bool,
    /// Show what goes over the wire, without secrets
    #[arg(long, global = true, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "http")]
    pub(crate) debug: Option<DebugTopic>,
    /// Print data and errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// The flags of every list.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// How many at most: 1 to 100 [default: 50]
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<i32>,
    /// Where the page before ended: its `nextCursor`
    #[arg(long, conflicts_with = "offset")]
    pub(crate) cursor: Option<String>,
    /// How many to pass over: at most 10,000
    #[arg(long, value_name = "COUNT")]
    pub(crate) offset: Option<i32>,
    /// All of them, page after page: at most 10,000
    #[arg(long, conflicts_with_all = ["limit", "cursor", "offset"])]
    pub(crate) all: bool,
}

/// The most that a page has.
const LARGEST_PAGE: i32 = 100;

impl PageArgs {
    /// With pages as large as they can be where all are wanted.
    pub(crate) fn sized(self) -> Self {
        if self.all { Self { limit: Some(LARGEST_PAGE), ..self } } else { self }
    }
}

/// Of which workspace, in a list of what is in workspaces.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceFilterArgs {
    /// Only of this workspace (`ws_…` or its name) [default: what is set, else of every workspace]
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<Ref<WorkspaceId>>,
    /// Of every workspace, whatever is set
    #[arg(long, conflicts_with = "workspace")]
    all_workspaces: bool,
}

impl WorkspaceFilterArgs {
    /// The workspace; `None` = every one.
    pub(crate) async fn id(self, context: &Context) -> Result<Option<WorkspaceId>, CommandError> {
        if self.all_workspaces { Ok(None) } else { context.workspace(self.workspace).await }
    }
}

/// Parses the arguments.
///
/// # Errors
/// clap's own error, which is also how the help and the version come.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = match named(arguments).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        // What is wrong, and what may have been meant, the whole tree says.
        Err(_) => root().try_get_matches_from(arguments)?,
    };
    Cli::from_arg_matches(&matches)
}

/// The tree with no namespace but those that the arguments name: clap copies every global flag into every one there is, which takes
/// longer than all the rest of parsing.
fn named(arguments: &[OsString]) -> clap::Command {
    let root = Cli::command();
    let is_named = |command: &&clap::Command| {
        let mut names = std::iter::once(command.get_name()).chain(command.get_all_aliases());
        names.any(|name| arguments.iter().any(|argument| argument == name))
    };
    let namespaces: Vec<clap::Command> = root.get_subcommands().filter(is_named).cloned().collect();
    GlobalArgs::augment_args(clap::Command::new("aisetu")).subcommand_required(true).subcommands(namespaces)
}

/// The whole command tree, with what clap adds to it.
pub fn command() -> clap::Command {
    let mut root = root();
    root.build();
    root
}

/// The command tree, of which no more is made yet than is needed to find a command.
pub(crate) fn root() -> clap::Command {
    let codes = ExitCode::ALL.map(|code| format!("  {:>3}  {code}", code.number())).join("\n");
    Cli::command().after_long_help(format!(
        "Environment:\n  \
           AI_SETU_PAT            the personal access token\n  \
           AI_SETU_API_BASE_URL   the control plane\n  \
           AI_SETU_PROFILE        the credential profile, if `AI_SETU_PAT` is not set; else it is `default`\n  \
           AI_SETU_WORKSPACE      the workspace that a command is about where none is named\n  \
           AI_SETU_OUTPUT         the output format\n  \
           AI_SETU_TIMEOUT        how long a call may take with all its retries\n  \
           AI_SETU_CONFIG_DIR     the folder of the configuration\n  \
           AI_SETU_NO_KEYRING     `1` keeps tokens in a file instead of the keyring\n  \
           AI_SETU_ALLOW_HTTP     `1` allows `http` to a host that is not this machine\n  \
           AI_SETU_NO_PROGRESS    `1` shows no progress\n  \
           AI_SETU_AGENT          `1` says that an agent drives the commands, `0` that none does; else it is looked for\n  \
           NO_COLOR               no colour\n\n\
         Exit codes:\n{codes}"
    ))
}

/// Gives the command of an operation its summary, and names the scope that it needs.
fn describe(namespace: clap::Command, info: &OperationInfo) -> clap::Command {
    let [of, method] = info.command();
    // That there is a command for each operation is a test's business.
    let Some(known) = namespace.find_subcommand(&method).filter(|_| namespace.get_name() == of) else {
        return namespace;
    };
    let scope = match info.scope {
        Some(scope) => format!("Needs the scope `{scope}`."),
        None if info.is_public() => "Needs no scope: no token is sent.".to_owned(),
        None => "Needs no scope: any token will do.".to_owned(),
    };
    let after = match known.get_after_help() {
        Some(examples) => format!("{scope}\n\n{examples}"),
        None => scope,
    };
    namespace.mut_subcommand(&method, |command| command.about(info.summary.trim_end_matches('.')).after_help(after))
}
