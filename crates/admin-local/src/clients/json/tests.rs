use proptest::prelude::*;

use super::super::table::{CLIENTS, Format};
use super::*;

fn layout(client: &str) -> &'static Layout {
    let client = CLIENTS.iter().find(|known| known.name == client).unwrap();
    let Format::Json(layout) = &client.format else { panic!("{client:?}") };
    layout
}

fn server() -> Found {
    let args = ["--profile", "dev", "mcp", "serve"].map(str::to_owned);
    Found { command: Some("/bin/aisetu".to_owned()), args: args.into() }
}

/// The text with the entry, which must be found in it.
fn with(client: &str, text: &str) -> String {
    let edited = put(text, layout(client), "aisetu", &server(), true).unwrap();
    assert_eq!(find(&edited, layout(client), "aisetu").unwrap(), Some(server()), "{edited}");
    edited
}

fn without(client: &str, text: &str) -> String {
    let edited = take(text, layout(client), "aisetu").unwrap();
    assert_eq!(find(&edited, layout(client), "aisetu").unwrap(), None, "{edited}");
    edited
}

#[test]
fn a_new_file_has_the_shape_of_its_client() {
    insta::assert_snapshot!(with("cursor", ""), @r#"
    {
      "mcpServers": {
        "aisetu": {
          "type": "stdio",
          "command": "/bin/aisetu",
          "args": ["--profile", "dev", "mcp", "serve"]
        }
      }
    }
    "#);
    insta::assert_snapshot!(with("vscode", "\n"), @r#"
    {
      "servers": {
        "aisetu": {
          "type": "stdio",
          "command": "/bin/aisetu",
          "args": ["--profile", "dev", "mcp", "serve"]
        }
      }
    }
    "#);
    insta::assert_snapshot!(with("opencode", "{}\n"), @r#"
    {
      "mcp": {
        "aisetu": {
          "type": "local",
          "command": ["/bin/aisetu", "--profile", "dev", "mcp", "serve"],
          "enabled": true
        }
      }
    }
    "#);
    insta::assert_snapshot!(with("copilot-cli", "// mine\n"), @r#"
    // mine
    {
      "mcpServers": {
        "aisetu": {
          "type": "stdio",
          "command": "/bin/aisetu",
          "args": ["--profile", "dev", "mcp", "serve"],
          "tools": ["*"]
        }
      }
    }
    "#);
    assert_eq!(with("gemini", "").lines().nth(3), Some(r#"      "command": "/bin/aisetu","#));
}

#[test]
fn what_a_person_wrote_stays() {
    let before = r#"{
    // servers of mine
    "servers": {
        "db": { "type": "stdio", "command": "npx", "args": ["db"] }, // the old one
        /* "off": {}, */
        "web": {
            "url": "https://example.com"
        } // keep
    },
    "inputs": [],
}
"#;
    let after = with("vscode", before);
    insta::assert_snapshot!(after, @r#"
    {
        // servers of mine
        "servers": {
            "db": { "type": "stdio", "command": "npx", "args": ["db"] }, // the old one
            /* "off": {}, */
            "web": {
                "url": "https://example.com"
            }, // keep
            "aisetu": {
                "type": "stdio",
                "command": "/bin/aisetu",
                "args": ["--profile", "dev", "mcp", "serve"]
            }
        },
        "inputs": [],
    }
    "#);
    assert_eq!(without("vscode", &after), before);
    let other = with("cursor", before);
    insta::assert_snapshot!(other.lines().skip(9).collect::<Vec<_>>().join("\n"), @r#"
        "inputs": [],
        "mcpServers": {
            "aisetu": {
                "type": "stdio",
                "command": "/bin/aisetu",
                "args": ["--profile", "dev", "mcp", "serve"]
            }
        },
    }
    "#);
}

#[test]
fn taking_the_entry_out_gives_back_every_byte() {
    let comments = ["", " // note", " /* note */", " /* a\n note */"];
    let mut tried = 0;
    for (end, indent) in [("\n", "  "), ("\r\n", "\t"), ("\n", "    ")] {
        for last_comma in ["", ","] {
            for comment in comments {
                for gap in ["", "\n", "// above\n"] {
                    for server in [r#""db": {"command": "x"}"#, r#""a": 1, "b": [1, {}]"#, "\"a\": 1,\n\"b\": 2"] {
                        for behind in ["", "\n"] {
                            let text = format!(
                                "{{\n>\"other\": [1], // x\n>\"mcpServers\": {{{gap}\n>>{server}{last_comma}{comment}\n{behind}>}},\n>\"more\": {{}}\n}}{behind}"
                            );
                            let text = text.replace('>', indent).replace('\n', end);
                            let edited = with("cursor", &text);
                            assert_eq!(without("cursor", &edited), text, "{edited}");
                            tried += 1;
                        }
                    }
                }
            }
        }
    }
    for text in [
        r#"{"mcpServers":{"a":{}}}"#,
        r#"{"mcpServers": { "a": {} }}"#,
        r#"{"mcpServers":{"a":{},}}"#,
        r#"{"mcpServers":{}}"#,
        "{\"mcpServers\": {\"a\": 1 // x\n}}",
        "{\"mcpServers\": {\"a\": 1, // x\n}}",
        "{\n  \"mcpServers\": {}\n}\n",
        "{ \"mcpServers\": {\n  \"a\": 1 } }",
    ] {
        let edited = with("cursor", text);
        assert_eq!(without("cursor", &edited), text, "{edited}");
        tried += 1;
    }
    assert_eq!(tried, 440);
}

#[test]
fn a_file_of_a_program_that_spares_blanks_stays_on_one_line() {
    assert_eq!(
        with("cursor", r#"{"mcpServers":{"a":{}}}"#),
        r#"{"mcpServers":{"a":{}, "aisetu": {"type": "stdio", "command": "/bin/aisetu", "args": ["--profile", "dev", "mcp", "serve"]}}}"#
    );
    assert_eq!(
        with("gemini", r#"{"a":1}"#),
        r#"{"a":1, "mcpServers": {"aisetu": {"command": "/bin/aisetu", "args": ["--profile", "dev", "mcp", "serve"]}}}"#
    );
}

#[test]
fn strict_json_stays_strict_json() {
    for text in
        ["{}", "{\n}", r#"{"a":{"b":[]}}"#, "{\n  \"mcpServers\": {\n  }\n}", "{\n\n  \"mcpServers\": {\"a\": {}}\n\n}"]
    {
        let before: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut after: serde_json::Value = serde_json::from_str(&with("windsurf", text)).unwrap();
        let servers = after["mcpServers"].as_object_mut().unwrap();
        let entry = servers.remove("aisetu").unwrap();
        assert_eq!(entry["command"], "/bin/aisetu");
        if servers.is_empty() {
            after.as_object_mut().unwrap().remove("mcpServers");
        }
        let mut before = before;
        if before["mcpServers"].as_object().is_some_and(serde_json::Map::is_empty) {
            before.as_object_mut().unwrap().remove("mcpServers");
        }
        assert_eq!(before, after, "{text}");
    }
}

#[test]
fn an_entry_in_the_middle_is_taken_out_alone() {
    let entry = r#""aisetu": { "command": "x" }"#;
    for (before, after) in [
        (format!(r#"{{"mcpServers":{{{entry}, "b":2}}}}"#), r#"{"mcpServers":{"b":2}}"#.to_owned()),
        (format!(r#"{{"mcpServers":{{"a":1, {entry}, "b":2}}}}"#), r#"{"mcpServers":{"a":1, "b":2}}"#.to_owned()),
        (format!(r#"{{"mcpServers":{{"a":1, {entry}}}}}"#), r#"{"mcpServers":{"a":1}}"#.to_owned()),
        (
            format!("{{\"mcpServers\": {{\n  {entry}, // ours\n  \"b\": 2\n}}}}"),
            "{\"mcpServers\": { // ours\n  \"b\": 2\n}}".to_owned(),
        ),
        (
            format!("{{\"mcpServers\": {{\n  // about it\n  {entry}\n}}}}"),
            "{\"mcpServers\": {\n  // about it\n}}".to_owned(),
        ),
        (
            format!("{{\"mcpServers\": {{\n  \"a\": 1,\n  {entry} /* c */,\n  \"b\": 2,\n}}}}"),
            "{\"mcpServers\": {\n  \"a\": 1, /* c */\n  \"b\": 2,\n}}".to_owned(),
        ),
    ] {
        assert_eq!(take(&before, layout("cursor"), "aisetu").unwrap(), after, "{before}");
        find(&after, layout("cursor"), "aisetu").unwrap();
    }
}

#[test]
fn an_entry_is_set_anew_with_or_without_what_else_it_holds() {
    let text = r#"{ "mcpServers": { "aisetu": { "command": "/old/aisetu", /* c */ "args": ["mcp", "serve"], "env": { "A": "b" } }, "x": {} } }"#;
    assert_eq!(
        with("gemini", text),
        r#"{ "mcpServers": { "aisetu": { "command": "/bin/aisetu", /* c */ "args": ["--profile", "dev", "mcp", "serve"], "env": { "A": "b" } }, "x": {} } }"#
    );
    assert_eq!(
        put(text, layout("gemini"), "aisetu", &server(), false).unwrap(),
        r#"{ "mcpServers": { "aisetu": {"command": "/bin/aisetu", "args": ["--profile", "dev", "mcp", "serve"]}, "x": {} } }"#
    );
    // A layout that its client does not read is none to keep.
    let split = r#"{"mcp":{"aisetu":{"command":"aisetu","args":["mcp","serve"]}}}"#;
    assert!(with("opencode", split).contains(r#"{"type": "local", "command": ["/bin/aisetu", "#));
    assert!(with("cursor", r#"{"mcpServers":{"aisetu":null}}"#).contains("stdio"));
}

#[test]
fn a_file_that_is_not_understood_says_where() {
    let why = |text: &str| {
        let Broken { line, reason } = put(text, layout("cursor"), "aisetu", &server(), true).unwrap_err();
        assert_eq!(take(text, layout("cursor"), "aisetu").unwrap_err().line, line);
        format!("line {line}: {reason}")
    };
    insta::assert_snapshot!(why("{\n  \"a\": 1\n  \"b\": 2\n}"), @"line 2: expected comma");
    insta::assert_snapshot!(why("{\n  \"a\": \"tt_pat_secret\n}"), @"line 2: unterminated string literal");
    insta::assert_snapshot!(why("{ 'a': 1 }"), @"line 1: single-quoted strings are not allowed");
    insta::assert_snapshot!(why("[]"), @"line 1: this is no object");
    insta::assert_snapshot!(why("{} {}"), @"line 1: text cannot contain more than one JSON value");
    insta::assert_snapshot!(why("{\n\"mcpServers\": []}"), @"line 2: `mcpServers` is no object");
    insta::assert_snapshot!(why("{\"mcpServers\": {},\n\"mcpServers\": {}}"), @"line 2: `mcpServers` is there twice");
    insta::assert_snapshot!(why("{\"mcpServers\": {\"aisetu\": 1,\n\n\"aisetu\": 2}}"), @"line 3: `aisetu` is there twice");
}

#[test]
fn the_secrets_of_others_are_masked() {
    let text = r#"{
  // API_KEY=abc
  "oauthAccount": { "accessToken": "abc", "plan": "x" },
  /* plain */
  "mcpServers": {
    "a": { "command": "npx", "args": ["-y", "--api-key", "abc", "--verbose", "x=1"], "env": { "A": "abc", "B": 1 } },
    "b": { "url": "https://ada:abc@host/mcp", "headers": { "X": ["abc"] }, "API_KEY=abc": 1 },
    "c": { "command": "docker", "args": ["-e", "GITHUB_TOKEN=abc"], "env": null }
  }
}"#;
    let shown = masked(text).unwrap();
    insta::assert_snapshot!(shown, @r#"
    {
      // ***
      "oauthAccount": { "accessToken": "***", "plan": "x" },
      /* plain */
      "mcpServers": {
        "a": { "command": "npx", "args": ["-y", "--api-key", "***", "--verbose", "x=1"], "env": { "A": "***", "B": "***" } },
        "b": { "url": "***", "headers": { "X": ["***"] }, "***": "***" },
        "c": { "command": "docker", "args": ["-e", "***"], "env": "***" }
      }
    }
    "#);
    assert!(!shown.contains("abc"));
}

/// What may stand between any two signs.
fn space() -> impl Strategy<Value = String> {
    r#"( |\t|\r?\n|//[a"{]*\n|/\*[a"\n]*\*/){0,4}"#
}

proptest! {
    #[test]
    fn whatever_stands_around_it_every_byte_comes_back(
        [head, gap, tail, foot] in [space(), space(), space(), space()],
        [last, outer] in [",?", ",?"],
    ) {
        let servers = format!("{{{tail}\"a\": 1{gap},{foot}\"b\": {{}}{tail}{last}{gap}}}");
        let text = format!("{head}{{{gap}\"mcpServers\": {servers}{foot}{outer}{head}}}{tail}");
        prop_assert_eq!(without("cursor", &with("cursor", &text)), text);
    }

    #[test]
    fn no_text_is_too_odd(text in r#"[{}\[\]",:/*\n\r\t a1'\\-]{0,60}"#, around in any::<bool>()) {
        let text = if around { format!("{{\"mcpServers\": {{{text}}}}}") } else { text };
        let layout = layout("opencode");
        if let Ok(edited) = put(&text, layout, "aisetu", &server(), true) {
            prop_assert_eq!(find(&edited, layout, "aisetu"), Ok(Some(server())));
        }
        prop_assert_eq!(take(&text, layout, "aisetu").is_ok(), find(&text, layout, "aisetu").is_ok());
        prop_assert_eq!(masked(&text).is_ok(), Page::parse(&text).is_ok());
    }
}
