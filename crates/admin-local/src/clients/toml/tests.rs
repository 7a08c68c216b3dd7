use super::*;

fn server() -> Found {
    let args = ["mcp", "serve", "--read-only"].map(str::to_owned);
    Found { command: Some("/bin/aisetu".to_owned()), args: args.into() }
}

fn with(text: &str, keep: bool) -> String {
    let edited = put(text, "aisetu", &server(), keep).unwrap();
    assert_eq!(find(&edited, "aisetu").unwrap(), Some(server()), "{edited}");
    assert_eq!(put(&edited, "aisetu", &server(), true).unwrap(), edited, "a second time changes nothing");
    edited
}

const OTHERS: &str = r#"# mine
model = "gpt" # a good one

[mcp_servers.db] # the old one
command = 'C:\npx' # literal
args = [ "db", ]
  [mcp_servers.db.env]
  API_KEY = "abc"

[profiles.x]
model = "o"
# the end
"#;

#[test]
fn a_new_file_has_one_table() {
    insta::assert_snapshot!(with("", true), @r#"
    [mcp_servers.aisetu]
    command = "/bin/aisetu"
    args = ["mcp", "serve", "--read-only"]
    "#);
    assert_eq!(take(&with("# mine\n", true), "aisetu").unwrap(), "# mine\n");
}

#[test]
fn what_a_person_wrote_stays_and_comes_back() {
    insta::assert_snapshot!(with(OTHERS, true), @r#"
    # mine
    model = "gpt" # a good one

    [mcp_servers.db] # the old one
    command = 'C:\npx' # literal
    args = [ "db", ]
      [mcp_servers.db.env]
      API_KEY = "abc"

    [mcp_servers.aisetu]
    command = "/bin/aisetu"
    args = ["mcp", "serve", "--read-only"]

    [profiles.x]
    model = "o"
    # the end
    "#);
    let windows = OTHERS.replace('\n', "\r\n");
    for text in
        [OTHERS, &windows, "a = 1\n", "mcp_servers = { db = { command = 'x' } }\n", "mcp_servers.db.command = 'x'\n"]
    {
        let edited = with(text, true);
        assert_eq!(take(&edited, "aisetu").unwrap(), text, "{edited}");
        assert_eq!(edited.contains("\r\n"), text.contains("\r\n"));
        assert_eq!(
            edited.matches("\r\n").count(),
            if text.contains("\r\n") { edited.matches('\n').count() } else { 0 }
        );
    }
    // A last line without an end gets one.
    assert_eq!(take(&with("a = 1", true), "aisetu").unwrap(), "a = 1\n");
    assert_eq!(take(OTHERS, "aisetu").unwrap(), OTHERS);
}

#[test]
fn an_entry_is_set_anew_with_or_without_what_else_it_holds() {
    let text = "[mcp_servers.aisetu]\ncommand = \"/old\" # here\nargs = []\nenabled = true\n\n[mcp_servers.aisetu.env]\nA = \"b\"\n\n[z]\n";
    insta::assert_snapshot!(with(text, true), @r#"
    [mcp_servers.aisetu]
    command = "/bin/aisetu" # here
    args = ["mcp", "serve", "--read-only"]
    enabled = true

    [mcp_servers.aisetu.env]
    A = "b"

    [z]
    "#);
    insta::assert_snapshot!(with(&format!("# top\n{text}"), false), @r#"
    # top
    [mcp_servers.aisetu]
    command = "/bin/aisetu"
    args = ["mcp", "serve", "--read-only"]

    [z]
    "#);
    assert_eq!(take(text, "aisetu").unwrap(), "\n[z]\n");
    assert_eq!(take(&format!("# my file\n\n# the server\n{text}"), "aisetu").unwrap(), "# my file\n\n[z]\n");
    with("mcp_servers.aisetu = 1\n", false);
    with("mcp_servers = { aisetu = { url = 'https://x' } }\n", false);
}

#[test]
fn a_file_that_is_not_understood_says_where() {
    let why = |text: &str| {
        let Broken { line, reason } = put(text, "aisetu", &server(), true).unwrap_err();
        assert_eq!(take(text, "aisetu").unwrap_err().line, line);
        format!("line {line}: {reason}")
    };
    let unfinished = why("a = 1\ntoken = \"tt_pat_secret\n");
    assert!(unfinished.starts_with("line 2: ") && !unfinished.contains("tt_pat"), "{unfinished}");
    insta::assert_snapshot!(why("a = 1\nmcp_servers = []\n"), @"line 2: `mcp_servers` is no table");
    insta::assert_snapshot!(why("a = 1\r\nb = 2\n"), @"line 1: its lines end in more than one way");
}

#[test]
fn the_secrets_of_others_are_masked() {
    let text = "# API_KEY=abc\nmodel = \"gpt\" # plain\napi_key = \"abc\"\n\n# token: abc\n[mcp_servers.a]\nargs = [\n  \"--token\", \"abc\", # key: abc\n  \"-y\",\n]\n\
                http_headers = { X = \"abc\" } # plain\n[mcp_servers.a.env]\nA = \"\"\"abc\nabc\"\"\"\nB = [ 1 ]\n# secret abc\n";
    let shown = masked(text).unwrap();
    insta::assert_snapshot!(shown, @r#"
    # ***
    model = "gpt" # plain
    api_key = "***"

    # ***
    [mcp_servers.a]
    args = [
      "--token", "***", # ***
      "-y",
    ]
    http_headers = { X = "***" } # plain
    [mcp_servers.a.env]
    A = "***"
    B = [ "***" ]
    # ***
    "#);
    assert!(!shown.contains("abc"));
}
