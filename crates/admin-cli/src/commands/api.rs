//! `aisetu api`: a GraphQL document as the user wrote it.

mod generate;
mod reference;
mod target;
mod variables;

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use admin_core::{Confirm, RawRequest, RawResponse, operations};
use admin_schema::DocumentOperation;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use crate::confirm::Subject;
use crate::context::Context;
use crate::error::CommandError;
use crate::printer::Printer;
use crate::reveal::Reveal;
use reference::{DescribeArgs, SearchArgs};
use target::Target;
use variables::VariableArgs;

/// More pages than this are a mistake, such as a cursor that leads back.
const MOST_PAGES: usize = 1_000;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Needs the scope of whatever it asks for. What is confirmed elsewhere is confirmed here: `--yes`, or `--confirm FIELD` with the \
                        name of the root field.\n\nExamples:\n  \
                        aisetu api '{ authWhoami { user { email } } }' --jq .data.authWhoami.user.email\n  \
                        aisetu api --file rename.graphql --var id=ws_… --var name=prod\n  \
                        aisetu api 'query($cursor: String) { apiKeysList(input: { cursor: $cursor }) { items { id name } nextCursor } }' --paginate \
                        --jq '.data.apiKeysList.items[].name'\n  \
                        echo '{\"name\":\"lab\"}' | aisetu api 'mutation($name: String!) { workspacesCreate(input: { name: $name }) { id } }' --variables @-\n  \
                        aisetu api '{ billingBalance { balance { amount } } }' --generate curl"
)]
pub(crate) struct ApiArgs {
    #[command(subcommand)]
    reference: Option<ReferenceCommand>,
    /// The document; `-` reads it from standard input
    #[arg(value_name = "DOCUMENT", required_unless_present = "file")]
    document: Option<String>,
    /// The file that has the document
    #[arg(short, long, value_name = "PATH", conflicts_with = "document")]
    file: Option<PathBuf>,
    #[command(flatten)]
    variables: VariableArgs,
    /// Which operation of the document to run, if it has several
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Ask for one page after the other: the document takes `$cursor`, and asks for `nextCursor`
    #[arg(long)]
    paginate: bool,
    /// All pages as one JSON list
    #[arg(long, requires = "paginate")]
    slurp: bool,
    /// Also the status and the headers of the answer
    #[arg(short, long, conflicts_with_all = ["paginate", "generate"])]
    include: bool,
    /// Send nothing: write the call as a command of curl, or as a program in Rust
    #[arg(long, value_name = "LANGUAGE")]
    generate: Option<Language>,
    #[command(flatten)]
    reveal: Reveal,
}

#[derive(Debug, Subcommand)]
enum ReferenceCommand {
    /// Search the schema for a word
    #[command(after_help = "Needs no token, and no network.\n\nExample:\n  aisetu api search rotate")]
    Search(SearchArgs),
    /// Show what a type, a field or an argument of the schema is
    #[command(after_help = "Needs no token, and no network.\n\nExamples:\n  aisetu api describe apiKeysRotate\n  \
                            aisetu api describe ApiKey\n  aisetu api describe ApiKey.hint")]
    Describe(DescribeArgs),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    Curl,
    Rust,
}

impl ApiArgs {
    pub(crate) async fn run(mut self, context: &Context) -> Result<(), CommandError> {
        match self.reference.take() {
            Some(ReferenceCommand::Search(args)) => return args.run(context),
            Some(ReferenceCommand::Describe(args)) => return args.run(context),
            None => {}
        }
        context.refuse_names("api")?;
        let document = self.document(context)?;
        let operation = chosen(&document, self.operation.as_deref())?;
        let mut request = RawRequest::new(document);
        request.variables = self.variables.read(context)?;
        request.operation_name = self.operation.take();
        request.is_mutation = operation.is_mutation;
        match self.generate {
            Some(Language::Curl) => return generate::curl(context, &request),
            Some(Language::Rust) => return generate::rust(context, &request),
            None => {}
        }
        if !operation.is_mutation {
            context.refuse_idempotency_key("api")?;
        }
        if operation.is_mutation {
            self.reveal.check_fields(context, &operation.root_fields, operation.has_root_fragments)?;
        }
        confirm(context, &operation, &request).await?;
        if self.paginate {
            return self.pages(context, request, &operation).await;
        }
        let answer = context.raw(&request).await?;
        if self.include && !context.is_silent() {
            print_head(&answer)?;
        }
        context.print_json(&answer.body)?;
        answer.error.map_or(Ok(()), |error| Err(error.into()))
    }

    fn document(&self, context: &Context) -> Result<String, CommandError> {
        let unreadable = |error: io::Error| CommandError::Input {
            what: format!("the document cannot be read: {error}"),
            flag: "--file",
            hint: "name a file with a GraphQL document in it",
        };
        match (&self.file, self.document.as_deref()) {
            (Some(path), _) if path.as_os_str() != "-" => fs::read_to_string(path).map_err(unreadable),
            (None, Some(document)) if document != "-" => Ok(document.to_owned()),
            _ if self.variables.read_stdin() => Err(CommandError::Input {
                what: "standard input cannot have both the document and the variables".to_owned(),
                flag: "--variables",
                hint: "name a file for one of them",
            }),
            _ => {
                if io::stdin().is_terminal() {
                    context.printer.note("write the document, then press Ctrl-D");
                }
                let mut text = String::new();
                io::stdin().lock().read_to_string(&mut text).map_err(CommandError::Stdin)?;
                Ok(text)
            }
        }
    }

    /// One page after the other, until there is no next one.
    async fn pages(
        self,
        context: &Context,
        mut request: RawRequest,
        operation: &DocumentOperation,
    ) -> Result<(), CommandError> {
        if operation.is_mutation || !operation.variables.iter().any(|name| name == CURSOR) {
            return Err(CommandError::Input {
                what: "pages are asked for by a query with the variable `$cursor`".to_owned(),
                flag: "--paginate",
                hint: "write `query($cursor: String) { …(input: { cursor: $cursor }) { items { … } nextCursor } }`",
            });
        }
        let mut pages = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = context.raw(&request).await?;
            let body: Value = serde_json::from_str(answer.body.get()).unwrap_or_default();
            let next = body.get("data").and_then(next_cursor);
            if self.slurp {
                pages.push(body);
            } else {
                context.print_json(&answer.body)?;
            }
            if let Some(error) = answer.error {
                return Err(error.into());
            }
            let Some(cursor) = next else {
                return if self.slurp { context.print_json(&pages) } else { Ok(()) };
            };
            request = request.variable(CURSOR, cursor);
        }
        Err(CommandError::Input {
            what: format!("there are more than {MOST_PAGES} pages"),
            flag: "--paginate",
            hint: "ask for larger pages, or for fewer items",
        })
    }
}

/// The variable that leads to the next page.
const CURSOR: &str = "cursor";

/// The first `nextCursor` in an answer that is not null.
fn next_cursor(value: &Value) -> Option<String> {
    match value {
        Value::Object(members) => match members.get("nextCursor") {
            Some(Value::String(cursor)) => Some(cursor.clone()),
            _ => members.values().find_map(next_cursor),
        },
        Value::Array(items) => items.iter().find_map(next_cursor),
        _ => None,
    }
}

/// The operation that runs.
fn chosen(document: &str, name: Option<&str>) -> Result<DocumentOperation, CommandError> {
    let wrong = |what: String| CommandError::Input {
        what,
        flag: "DOCUMENT",
        hint: "`aisetu api search WORD` and `aisetu api describe FIELD` tell what there is to ask for",
    };
    let operations =
        admin_schema::operations(document).map_err(|error| wrong(format!("the document is no GraphQL: {error}")))?;
    let named: Vec<&DocumentOperation> =
        operations.iter().filter(|operation| name.is_none() || operation.name.as_deref() == name).collect();
    match (named.as_slice(), name) {
        ([operation], _) => Ok((*operation).clone()),
        ([], Some(name)) => Err(wrong(format!("the document has no operation `{}`", name.escape_debug()))),
        ([], None) => Err(wrong("the document has no operation".to_owned())),
        _ => Err(CommandError::Input {
            what: "the document has several operations".to_owned(),
            flag: "--operation",
            hint: "name one of them with `--operation NAME`",
        }),
    }
}

/// Asks as the commands of the same operations do. What is not known is weighed as what takes something away.
async fn confirm(context: &Context, operation: &DocumentOperation, request: &RawRequest) -> Result<(), CommandError> {
    if !operation.is_mutation {
        return Ok(());
    }
    let all = operations();
    let known = |field: &String| all.iter().find(|info| info.field() == *field);
    for field in &operation.root_fields {
        let target = Target::of(request);
        let what = format!("the field `{field}`{target}");
        let Some(info) = known(field) else {
            context.confirm_unknown(&what)?;
            continue;
        };
        // The sum is what a person must look at.
        let name = target.amount.as_ref().filter(|_| info.confirm == Confirm::Money).unwrap_or(field);
        let subject = Subject::new(what, name).by_document();
        let weight = if context.is_confirmed(info, name) { Vec::new() } else { target.weight(context, info).await };
        context.confirm(info, &subject.weighing(weight))?;
    }
    if operation.has_root_fragments {
        context.confirm_unknown("fragments at its root")?;
    }
    Ok(())
}

fn print_head(answer: &RawResponse) -> Result<(), CommandError> {
    let line = |(name, value): &(String, String)| format!("{name}: {value}\n");
    let headers = answer.headers.iter().map(line).collect::<Vec<_>>().concat();
    Printer::data(&format!("HTTP {}\n{headers}\n", answer.status)).map_err(CommandError::stdout)
}
