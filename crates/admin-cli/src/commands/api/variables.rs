//! The variables of a document.

use std::fs;
use std::io::{self, Read};

use clap::Args;
use serde_json::{Map, Value};

use crate::context::Context;
use crate::error::CommandError;

#[derive(Debug, Args)]
pub(super) struct VariableArgs {
    /// A variable: as JSON if it is JSON, such as `3`, `true` or `["a"]`, else as text; give the flag once for each. No secrets: others can
    /// read the arguments of a process
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    typed: Vec<(String, String)>,
    /// A variable as text, whatever it looks like
    #[arg(long = "raw-var", value_name = "NAME=TEXT", value_parser = pair)]
    raw: Vec<(String, String)>,
    /// All variables as a JSON object: `@PATH` reads a file, `@-` standard input
    #[arg(long = "variables", value_name = "JSON")]
    all: Option<String>,
}

impl VariableArgs {
    /// Whether they come by standard input.
    pub(super) fn read_stdin(&self) -> bool {
        self.all.as_deref() == Some("@-")
    }

    pub(super) fn read(&self, _: &Context) -> Result<Map<String, Value>, CommandError> {
        let mut variables = self.object()?;
        for (name, value) in &self.typed {
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.clone()));
            variables.insert(name.clone(), value);
        }
        for (name, text) in &self.raw {
            variables.insert(name.clone(), Value::String(text.clone()));
        }
        Ok(variables)
    }

    fn object(&self) -> Result<Map<String, Value>, CommandError> {
        let wrong =
            |what| CommandError::Input { what, flag: "--variables", hint: "give one JSON object, `@PATH` or `@-`" };
        let text = match self.all.as_deref() {
            None => return Ok(Map::new()),
            Some("@-") => {
                let mut text = String::new();
                io::stdin().lock().read_to_string(&mut text).map_err(CommandError::Stdin)?;
                text
            }
            Some(given) => match given.strip_prefix('@') {
                Some(path) => {
                    fs::read_to_string(path).map_err(|error| wrong(format!("`{path}` cannot be read: {error}")))?
                }
                None => given.to_owned(),
            },
        };
        // What the parser says has no part of the text in it, which may be a secret.
        serde_json::from_str(&text).map_err(|error| {
            wrong(format!("the variables are no JSON object: line {}, column {}", error.line(), error.column()))
        })
    }
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("write it as `NAME=VALUE`")?;
    let name = name.trim().trim_start_matches('$');
    if name.is_empty() { Err("there is no name before the `=`") } else { Ok((name.to_owned(), value.to_owned())) }
}
