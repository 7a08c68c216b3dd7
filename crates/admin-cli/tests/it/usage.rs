//! Wrong usage.

use admin_token::TokenKind;

use crate::harness::{Api, Home, samples};

#[test]
fn what_is_not_understood_is_told_with_what_is() {
    let home = Home::new();
    insta::assert_snapshot!(home.aisetu(["api-keys", "revok", "key_1"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: unrecognized subcommand 'revok'

      tip: a similar subcommand exists: 'revoke'

    Usage: aisetu api-keys [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(home.aisetu(["api-keys", "create"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the following required arguments were not provided:
      --name <NAME>

    Usage: aisetu api-keys create --name <NAME>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(home.aisetu(["api-keys", "create", "--name", "ci", "--expires", "soon"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'soon' for '--expires <WHEN>': give a length of time such as `90d`, or an instant such as `2027-01-31T00:00:00Z`

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(home.aisetu(["api-keys", "create", "--name", "ci", "--environment", "prod"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'prod' for '--environment <ENVIRONMENT>': `prod` is none of LIVE, TEST

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(home.aisetu(["api-keys", "create", "--name", "ci", "--save-to", "key.txt"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'key.txt' for '--save-to <SINK>': `key.txt` is no sink: give `stdout`, `file:PATH`, `env:PATH#VAR`, `keyring:SERVICE/ACCOUNT`, `clipboard`, `gh:OWNER/REPO#NAME`, `gha:env#NAME`, `gha:output#NAME`, `op:VAULT/ITEM#FIELD`, `vault:PATH#FIELD` or `cmd:PROGRAM [ARGUMENT]...`

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(home.aisetu(["api-keys", "create", "--name", "ci", "--secret", "x"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: unexpected argument '--secret' found

      tip: a similar argument exists: '--scope'

    Usage: aisetu api-keys create --name <NAME> --scope <SCOPE>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(home.aisetu(["workspaces", "list", "--cursor", "c", "--offset", "1"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '--cursor <CURSOR>' cannot be used with '--offset <COUNT>'

    Usage: aisetu workspaces list --cursor <CURSOR>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(home.aisetu(["workspaces", "list", "--timeout", "1.5s"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value '1.5s' for '--timeout <DURATION>': `1.5s` is no length of time in whole seconds from 0s up: months, years, fractions and minus signs are not taken

    For more information, try '--help'.
    ");
}

#[test]
fn it_is_told_as_json_where_json_is_asked_for() {
    let home = Home::new();
    insta::assert_snapshot!(home.aisetu(["api-keys", "create", "-o", "json"]).outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"BAD_USER_INPUT","message":"the following required arguments were not provided: --name <NAME>","hint":"For more information, try '--help'.","exitCode":2}}
    "#);
    insta::assert_snapshot!(home.aisetu(["nonsense"]).env("AI_SETU_OUTPUT", "jsonl").outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"BAD_USER_INPUT","message":"unrecognized subcommand 'nonsense'","hint":"For more information, try '--help'.","exitCode":2}}
    "#);
    insta::assert_snapshot!(home.aisetu(["-o", "json"]).outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"BAD_USER_INPUT","message":"'aisetu' requires a subcommand but one was not provided [subcommands: workspaces, ws, workspace, projects, project, api-keys, keys, key, api-key, members, member, usage, pats, pat, provider-credentials, byok, provider-credential, billing, audit, auth, api, profile, profiles, config, doctor, explain, commands, completions, man, mcp, dev, help]","hint":"For more information, try '--help'.","exitCode":2}}
    "#);
    insta::assert_snapshot!(home.aisetu(["api-keys", "-o", "json"]).outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"BAD_USER_INPUT","message":"'aisetu api-keys' requires a subcommand but one was not provided [subcommands: verify, check, list, get, create, update, update-restrictions, rotate, finish-rotation, rollback-rotation, revoke, restore, delete, usage, resource-usage, project-usage, logs, log, explain, scopes, help]","hint":"For more information, try '--help'.","exitCode":2}}
    "#);
    insta::assert_snapshot!(home.aisetu(["auth", "whoami", "--timeout", "0s", "-o", "json"]).env("AI_SETU_PAT", samples::pat().expose()).outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"CONFIG","message":"`timeout` is 0ns, and must be above zero and at most 3600s","field":"timeout","exitCode":2}}
    "#);
}

#[test]
fn an_output_format_that_there_is_not_is_told_with_its_variable() {
    let home = Home::new();
    insta::assert_snapshot!(home.aisetu(["auth", "whoami"]).env("AI_SETU_OUTPUT", "xml").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `AI_SETU_OUTPUT` is `xml`: it takes `table`, `wide`, `json`, `jsonl`, `yaml`, `csv`, `name`, `off` (CONFIG)
    ");
    insta::assert_snapshot!(home.aisetu(["auth", "whoami", "-o", "xml"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'xml' for '--output <FORMAT>'
      [possible values: table, wide, json, jsonl, yaml, csv, name, off]

      tip: a similar value exists: 'yaml'

    For more information, try '--help'.
    ");
}

#[test]
fn a_read_takes_no_idempotency_key() {
    let home = Home::new();
    let api = Api::answering("WorkspacesList", samples::page(&[]));
    insta::assert_snapshot!(home.calls(&api, ["workspaces", "list", "--idempotency-key", "k"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `aisetu workspaces list` takes no `--idempotency-key`: it changes nothing (BAD_USER_INPUT)
    ");
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "verify", "--secret-stdin", "--idempotency-key", "k"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api-keys verify` takes no `--idempotency-key`: it changes nothing (BAD_USER_INPUT)
    ");
    insta::assert_snapshot!(home.calls(&api, ["workspaces", "create", "--name", "x", "--idempotency-key", "a b"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'a b' for '--idempotency-key <KEY>': the idempotency key has 3 characters; it must have 1 to 255 visible ASCII characters

    For more information, try '--help'.
    ");
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn a_token_among_the_arguments_is_refused_before_anything_else() {
    let home = Home::new();
    let api = Api::new();
    let live = samples::token(TokenKind::LiveKey, 7);
    let pat = samples::token(TokenKind::Pat, 8);
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "verify", live.expose()]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: argument 3 holds a live API key (`tt_live_…`): it was not used, and nothing was sent (SECRET_IN_ARGUMENT)
    hint: arguments stand in the history of the shell and in the list of processes: if it is real, revoke it
    hint: give a key by `--secret-stdin` or `--secret-env NAME`
    ");
    insta::assert_snapshot!(home.calls(&api, ["nonsense", &format!("--pat={}", pat.expose()), "-o", "json"]).outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"SECRET_IN_ARGUMENT","message":"argument 2 holds a personal access token (`tt_pat_…`): it was not used, and nothing was sent","hint":"arguments stand in the history of the shell and in the list of processes: if it is real, revoke it\ngive the token in `AI_SETU_PAT`","exitCode":2}}
    "#);
    // Cut, and where a name is expected.
    let cut = &live.expose()[..20];
    let outcome = home.calls(&api, ["workspaces", "create", "--name", cut]).outcome();
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(!outcome.to_string().contains(&cut[8..]), "{outcome}");
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn help_goes_to_standard_output() {
    let home = Home::new();
    insta::assert_snapshot!(home.aisetu(["api-keys", "rotate", "-h"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    Gives an API key a new secret; the old one works until its grace ends

    Usage: aisetu api-keys rotate [OPTIONS] <KEY>

    Arguments:
      <KEY>  The key (`key_…` or its name)

    Options:
          --grace <DURATION>  How long the old secret still works: `0s` to `7d`; `0s` ends it as soon as
                              the new one is handed over [default: 24h]
          --expires <WHEN>    A new expiry of the key: `90d`, or an instant (RFC 3339) [default: as it
                              is]
          --watch             Stay, and tell who still presents the old secret until it has ended. Where
                              a rotation is in progress, watch that one and make no new secret
          --save-to <SINK>    Where the new secret goes; give the flag once for each place: `stdout`,
                              `file:PATH` (a new file), `env:PATH#VAR` (one variable of an env file),
                              `keyring:SERVICE/ACCOUNT`, `clipboard` (for 45 s), `gh:OWNER/REPO#NAME` (a
                              secret of GitHub), `gha:env#NAME` or `gha:output#NAME` (in GitHub
                              Actions), `op:VAULT/ITEM#FIELD` (1Password), `vault:PATH#FIELD` (Vault),
                              `cmd:PROGRAM` (on its standard input) [default: stdout]
          --reveal            Print the new secret although an agent drives this command: it goes into
                              the context of a model
      -h, --help              Print help (see more with '--help')

    Global options:
      -o, --output <FORMAT>        How data is printed, and errors with it; `AI_SETU_OUTPUT` sets
                                   another default [default: table] [possible values: table, wide, json,
                                   jsonl, yaml, csv, name, off]
          --json                   The same as `-o json`
          --fields <FIELDS>        Of each item only these fields, such as
                                   `id,name,restrictions.rateLimit`: names as JSON has them
          --jq <FILTER>            What this filter makes of the JSON, in the language of jq; with `-o
                                   jsonl` of each item
          --template <TEMPLATE>    What this template makes of the JSON, in the language of Jinja, such
                                   as `{% for key in items %}…`; with `-o jsonl` of each item
          --profile <NAME>         The credential profile to use; it wins over `AI_SETU_PAT` and
                                   `AI_SETU_PROFILE`
          --base-url <URL>         The control plane; it wins over `AI_SETU_API_BASE_URL` [default: the
                                   hosted service]
          --idempotency-key <KEY>  For a mutation: whatever is sent again under this key within 24 hours
                                   happens once
      -y, --yes                    Answer yes where a command asks yes or no
          --confirm <NAME>         The name of what goes away, where a command asks for it
          --timeout <DURATION>     How long a call may take with all its retries [default: 30s]
          --color <WHEN>           When there is colour; `NO_COLOR` is honoured [default: auto]
                                   [possible values: auto, always, never]
          --plain                  Draw charts with ASCII alone
          --debug[=<WHAT>]         Show what goes over the wire, without secrets [possible values: http]
      -q, --quiet                  Print data and errors only

    Needs the scope `admin:write`.

    Asks yes or no; without a terminal, pass `--yes`.

    Examples:
      aisetu api-keys rotate KEY --grace 7d --save-to env:.env#AI_SETU_KEY
      aisetu keys rotate KEY --grace 0s --yes    # others know the old secret
      aisetu keys rotate KEY --watch             # and stay to see who still uses the old one
    ----- stderr -----
    ");
    let version = home.aisetu(["--version"]).outcome();
    assert_eq!(version.stdout, concat!("aisetu ", env!("CARGO_PKG_VERSION"), "\n"));
    let help = home.aisetu(["--help"]).outcome();
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    assert!(help.stdout.contains("  12  a check said no"), "{help}");
}

#[test]
fn a_length_of_time_does_not_go_with_a_key_that_is_sent_again() {
    let home = Home::new();
    let api = Api::new();
    let line =
        ["pats", "create", "--name", "ci", "--scope", "admin:read", "--expires", "30d", "--idempotency-key", "k"];
    let outcome = home.calls(&api, line).outcome();
    assert_eq!((outcome.code, api.requests().len()), (Some(2), 0), "{outcome}");
    let instant = outcome.stderr.split("`--expires ").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
    insta::assert_snapshot!(outcome.stderr.replace(instant, "[INSTANT]"), @"
    error: a length of time is another instant at each try, which one idempotency key does not allow: give `--expires [INSTANT]` (BAD_USER_INPUT)
    hint: with an instant, a retry under the same key gets the same answer
    ");
    assert!(instant.parse::<admin_core::DateTime>().is_ok(), "{instant}");
}
