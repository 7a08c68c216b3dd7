//! What must be known of the arguments before they are parsed.

use std::ffi::OsString;

use admin_core::env::Environment;
use admin_local::Setting;
use clap::ValueEnum;

use crate::args::OutputFormat;
use crate::error::CommandError;

/// Refuses a token among the arguments: every user of the machine can read them, and the shell keeps them.
pub(crate) fn refuse_secrets(arguments: &[OsString]) -> Result<(), CommandError> {
    let found = arguments
        .iter()
        .enumerate()
        .find_map(|(position, argument)| Some((position, admin_token::find(&argument.to_string_lossy())?)));
    match found {
        Some((position, kind)) => Err(CommandError::SecretInArgument { position, kind }),
        None => Ok(()),
    }
}

/// The output format that the arguments ask for, as far as it can be told without parsing them: an error of parsing must come in
/// that format too.
pub(crate) fn output_format(arguments: &[OsString], environment: &Environment) -> OutputFormat {
    let arguments: Vec<_> = arguments.iter().take_while(|argument| *argument != "--").collect();
    let mut values = arguments.iter().enumerate().filter_map(|(position, argument)| {
        let argument = argument.to_str()?;
        match argument {
            "-o" | "--output" => arguments.get(position + 1)?.to_str(),
            "--json" => Some("json"),
            _ => argument.strip_prefix("--output=").or_else(|| argument.strip_prefix("-o")),
        }
    });
    let given = values.find_map(|value| OutputFormat::from_str(value.trim_start_matches('='), true).ok());
    let default = || OutputFormat::from_str(&environment.get(Setting::Output.variable())?, true).ok();
    // What a filter or a template is given is JSON.
    let shaped = || {
        let asks = |argument: &str| ["--jq", "--template"].iter().any(|flag| argument.starts_with(flag));
        let shaped = arguments.iter().any(|argument| argument.to_str().is_some_and(asks));
        shaped.then_some(OutputFormat::Json)
    };
    given.or_else(shaped).or_else(default).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_among_the_arguments_is_refused() {
        let refused = |argument: &str| refuse_secrets(&["aisetu".into(), argument.into()]).is_err();
        assert!(refused("--name=tt_pat_0123456789") && !refused("--name=tt_pat_"));
    }

    #[test]
    fn the_output_format_is_told_without_parsing() {
        let format = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
            output_format(&arguments, &Environment::empty())
        };
        for arguments in [
            ["nonsense", "-o", "json"].as_slice(),
            &["-ojson"],
            &["-o=json"],
            &["--output", "JSON"],
            &["x", "--output=json", "--bad"],
            &["x", "--json", "--bad"],
            &["x", "--jq", ".id"],
            &["x", "--template={{ id }}"],
        ] {
            assert_eq!(format(arguments), OutputFormat::Json, "{arguments:?}");
        }
        for arguments in [["-o"].as_slice(), &["-o", "xml"], &["dev", "--", "x", "-o", "json"], &[]] {
            assert_eq!(format(arguments), OutputFormat::Table, "{arguments:?}");
        }
        let jsonl = Environment::new(|name| (name == Setting::Output.variable()).then(|| "jsonl".to_owned()));
        assert_eq!(output_format(&[], &jsonl), OutputFormat::Jsonl);
    }
}
