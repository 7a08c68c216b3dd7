//! Where secrets go, and where they do not.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use aisetu_tests::TestServer;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{Client, Era, Place, agrees};

fn create(path: &str) -> Value {
    json!({ "name": "k", "deliver": { "kind": "env_file", "path": path, "variable": "KEY" } })
}

async fn count(server: &TestServer) -> Value {
    server.owner().ok("apiKeysList", Value::Null).await["totalCount"].clone()
}

/// With one workspace, so that none has to be named.
async fn server() -> TestServer {
    let server = TestServer::start().await;
    server.owner().ok("workspacesDelete", json!(server.second_workspace())).await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_outside_the_folder_is_refused_before_anything_is_made() {
    let server = server().await;
    let (place, elsewhere) = (Place::new(), Place::new());
    symlink(elsewhere.path(), place.path().join("way-out")).unwrap();
    symlink(elsewhere.path().join("target"), place.path().join(".env.link")).unwrap();
    fs::create_dir(place.path().join("folder")).unwrap();
    let outside = elsewhere.path().join(".env").display().to_string();
    let mut client = Client::start(&place, &server, Era::Legacy, None);
    for (path, why) in [
        ("../.env", "goes up with `..`"),
        ("folder/../.env", "goes up with `..`"),
        (outside.as_str(), "is not inside the working folder"),
        ("way-out/.env", "is not inside the working folder"),
        (".env.link", "is a symbolic link"),
        ("folder", "is not a regular file"),
        ("nowhere/.env", "cannot be used"),
        ("", "names no file"),
        (".env/", "names no file"),
        (".env\n", "characters that nobody sees"),
        (".env\u{200b}", "characters that nobody sees"),
    ] {
        let said = client.refused("create_api_key", create(path));
        assert!(said.starts_with("DELIVERY_FAILED: ") && said.contains(why), "{path}: {said}");
        assert!(said.contains("; nothing was changed\n"), "{said}");
    }
    let said = client.refused("create_api_key", create(&format!("../{}", "long/".repeat(1000))));
    assert!(said.len() < 1500 && said.contains("nothing was changed\nNext step: "), "what is quoted is cut: {said}");
    for (deliver, why) in [
        (json!({ "kind": "env_file", "path": ".env", "variable": "1KEY" }), "`1KEY` is no name of a variable"),
        (
            json!({ "kind": "stdout", "path": ".env", "variable": "KEY" }),
            "`deliver.kind`: unknown variant `stdout`, expected one of `env_file`",
        ),
        (json!({ "kind": "env_file", "path": ".env" }), "`deliver`: missing field `variable`"),
        (json!("env:.env#KEY"), "`deliver`: invalid type"),
        // A `#` in the variable is no way to another path.
        (json!({ "kind": "env_file", "path": "folder", "variable": "/../../escaped#KEY" }), "is no name of a variable"),
    ] {
        let said = client.refused("create_api_key", json!({ "name": "k", "deliver": deliver }));
        assert!(said.contains(why), "{said}");
    }
    let said = client.refused("create_api_key", json!({ "name": "k" }));
    assert!(said.starts_with("BAD_USER_INPUT: `deliver` is missing"), "{said}");
    assert_eq!(count(&server).await, 0);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_its_owners_and_keeps_what_else_is_in_it() {
    let server = server().await;
    let place = Place::new();
    fs::write(place.path().join(".env"), "A=1\nKEY=\nB=2\n").unwrap();
    fs::set_permissions(place.path().join(".env"), fs::Permissions::from_mode(0o644)).unwrap();
    let mut client = Client::start(&place, &server, Era::Modern, None);
    let created = client.ok("create_api_key", create(".env"));
    assert!(created["warnings"][0].as_str().unwrap().contains("was readable by other users"), "{created}");
    assert_eq!(fs::metadata(place.path().join(".env")).unwrap().permissions().mode() & 0o777, 0o600);
    let lines = fs::read_to_string(place.path().join(".env")).unwrap();
    assert!(lines.starts_with("A=1\nKEY=tt_live_") && lines.ends_with("\nB=2\n"));
    assert!(place.variable(".env", "KEY").unwrap().ends_with(created["item"]["hint"].as_str().unwrap()));
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_which_git_does_not_say_whether_it_keeps_it_is_refused() {
    let server = server().await;
    let place = Place::new();
    // A work tree that git does not understand.
    fs::create_dir(place.path().join(".git")).unwrap();
    let mut client = Client::start(&place, &server, Era::Legacy, None);
    let said = client.refused("create_api_key", create(".env"));
    assert!(said.starts_with("DELIVERY_FAILED: ") && said.contains("git does not say"), "{said}");
    assert_eq!(count(&server).await, 0);
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_depend_on_is_not_written_over() {
    let server = server().await;
    let place = Place::new();
    let file = |name: &str, text: &str| fs::write(place.path().join(name), text).unwrap();
    let git = |arguments: &[&str]| {
        assert!(
            std::process::Command::new("git").args(arguments).current_dir(place.path()).status().unwrap().success()
        );
    };
    git(&["init", "-q"]);
    file("tracked.env", "A=1\n");
    git(&["add", "tracked.env"]);
    file("run.sh", "PATH=1\n");
    fs::set_permissions(place.path().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    file(".env", "KEY=the-only-copy\nEMPTY=\n");
    let before = fs::read(place.path().join(".git/config")).unwrap();
    let mut client = Client::start(&place, &server, Era::Legacy, None);
    for (path, why) in [
        (".git/config", "is git's own"),
        ("tracked.env", "is in a file that git keeps"),
        ("run.sh", "is a program"),
        (".env", "has a value that is no token"),
    ] {
        let said = client.refused("create_api_key", create(path));
        assert!(said.starts_with("DELIVERY_FAILED: ") && said.contains(why), "{path}: {said}");
    }
    assert_eq!(fs::read(place.path().join(".git/config")).unwrap(), before);
    assert_eq!(count(&server).await, 0);
    let into = |variable: &str| json!({ "name": "k", "deliver": { "kind": "env_file", "path": ".env", "variable": variable } });
    client.ok("create_api_key", into("EMPTY"));
    let again = client.ok("create_api_key", into("EMPTY"));
    assert!(again["warnings"].to_string().contains("held another token, which is overwritten"), "{again}");
    assert_eq!(place.variable(".env", "KEY").unwrap(), "the-only-copy");
    client.end();

    let environment = [
        ("AI_SETU_PAT", server.owner().token().unwrap().to_owned()),
        ("AI_SETU_API_BASE_URL", server.owner().url("")),
        ("HOME", place.path().display().to_string()),
    ];
    for folder in [place.path(), "/".into()] {
        let mut client = Client::start_with(&folder, &environment, Era::Legacy, None);
        let said = client.refused("create_api_key", create("some.env"));
        assert!(said.contains("which is no project; ") || said.contains("which is no project\n"), "{said}");
        client.end();
    }
    server.shutdown().await;
}

/// A way to the control plane that takes the folder of the secret away while the secret is being made.
async fn taking_away(server: &TestServer, folder: std::path::PathBuf) -> String {
    let upstream = server.owner().url("").trim_start_matches("http://").to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (upstream, folder) = (upstream.clone(), folder.clone());
            tokio::spawn(async move {
                let mut server = tokio::net::TcpStream::connect(upstream).await.unwrap();
                let (mut from_client, mut to_client) = client.split();
                let (mut from_server, mut to_server) = server.split();
                let forth = async {
                    let mut buffer = vec![0; 64 * 1024];
                    while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
                        let text = String::from_utf8_lossy(&buffer[..length]);
                        if text.contains("ApiKeysCreate") || text.contains("ApiKeysRotate") {
                            fs::remove_dir_all(&folder).unwrap();
                        }
                        to_server.write_all(&buffer[..length]).await.unwrap();
                    }
                };
                let _ = tokio::join!(forth, tokio::io::copy(&mut from_server, &mut to_client));
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_delivered_is_undone() {
    let server = server().await;
    let place = Place::new();
    let folder = place.path().join("sub");
    fs::create_dir(&folder).unwrap();
    let url = taking_away(&server, folder.clone()).await;
    let environment = [("AI_SETU_PAT", server.owner().token().unwrap().to_owned()), ("AI_SETU_API_BASE_URL", url)];
    let mut client = Client::start_with(&place.path(), &environment, Era::Legacy, Some(agrees));
    let said = client.refused("create_api_key", create("sub/.env"));
    assert!(said.starts_with("DELIVERY_FAILED: the secret of API key `key_"), "{said}");
    assert!(said.contains("so the key was revoked"), "{said}");
    let keys = server.owner().ok("apiKeysList", Value::Null).await["items"].clone();
    assert_eq!((keys[0]["state"].clone(), keys[0]["revocation"]["code"].clone()), (json!("REVOKED"), json!("UNUSED")));
    client.end();

    let made = server.owner().ok("apiKeysCreate", json!({ "name": "k" })).await["item"]["id"].clone();
    for grace in ["1h", "0s"] {
        fs::create_dir(&folder).unwrap();
        let mut client = Client::start_with(&place.path(), &environment, Era::Modern, Some(agrees));
        let deliver = json!({ "kind": "env_file", "path": "sub/.env", "variable": "KEY" });
        let said = client.refused("rotate_api_key", json!({ "id": made, "grace": grace, "deliver": deliver }));
        assert!(said.contains("so the rotation was rolled back"), "{said}");
        let key = server.owner().ok("apiKeysGet", made.clone()).await;
        assert_eq!((key["versions"].as_array().unwrap().len(), key["versions"][0]["number"].clone()), (1, json!(1)));
        client.end();
    }
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_an_argument_is_refused_and_goes_nowhere() {
    let server = server().await;
    let place = Place::new();
    let mut client = Client::start(&place, &server, Era::Legacy, None);
    let (ours, theirs) = ("tt_live_0123456789abcdefghijABCDEFGHIJ000000", "sk-proj-0123456789abcdef0123456789abcdef");
    let source = |variable: &str| json!({ "kind": "env", "variables": [variable] });
    for (secret, tool, arguments) in [
        (ours, "get_api_key", json!({ "id": ours })),
        (ours, "create_workspace", json!({ "name": format!("for {ours}") })),
        (ours, "create_api_key", json!({ "name": "k", "metadata": { "note": ours } })),
        (ours, "create_api_key", json!({ "name": "k", "scopes": ["inference:*", ours] })),
        (theirs, "upsert_connection", json!({ "slug": "main", "provider": "OPENAI", "source": source(theirs) })),
        (theirs, "upsert_connection", json!({ "slug": "main", "provider": "OPENAI", "apiKey": theirs })),
    ] {
        let said = client.refused(tool, arguments);
        let kind = if secret == ours { "a live API key" } else { "an API key of a provider" };
        assert!(said.starts_with(&format!("SECRET_IN_ARGUMENT: an argument holds what looks like {kind}")), "{said}");
        assert!(!said.contains(secret), "it is not said again");
    }
    // Nor where no tool is called.
    for (method, parameters) in [
        ("prompts/get", json!({ "name": "rotate_key", "arguments": { "key": ours } })),
        ("resources/read", json!({ "uri": format!("aisetu://workspaces/{ours}") })),
        (
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "rotate_key" }, "argument": { "name": "key", "value": ours } }),
        ),
    ] {
        let said = client.request(method, parameters);
        assert_eq!(said["error"]["code"], -32602, "{said}");
        assert!(!said.to_string().contains(ours), "it is not said again");
    }
    assert_eq!(count(&server).await, 0);
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_secret_comes_from_a_file_or_the_environment() {
    let server = server().await;
    let place = Place::new();
    let api_key = "sk-proj-0123456789abcdef0123456789abcdef";
    fs::write(place.path().join(".env"), format!("OPENAI_API_KEY='{api_key}'\nEMPTY=\n")).unwrap();
    let environment = [
        ("AI_SETU_PAT", server.owner().token().unwrap().to_owned()),
        ("AI_SETU_API_BASE_URL", server.owner().url("")),
        ("AI_SETU_MCP_TOOLSETS", "all".to_owned()),
        ("ACCESS", "AKIAIOSFODNN7EXAMPLE".to_owned()),
        ("SECRET", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
    ];
    let mut client = Client::start_with(&place.path(), &environment, Era::Modern, None);
    let from = |path: &str, variables: Value| json!({ "kind": "env_file", "path": path, "variables": variables });
    let openai = |source: Value| json!({ "slug": "main", "provider": "OPENAI", "source": source });
    let made = client.ok("upsert_connection", openai(from(".env", json!(["OPENAI_API_KEY"]))));
    assert_eq!((&made["slug"], &made["keyHint"]), (&json!("main"), &json!("cdef")), "{made}");
    let bedrock =
        |source: Value| json!({ "slug": "aws", "provider": "BEDROCK", "awsRegion": "us-west-2", "source": source });
    client.ok("upsert_connection", bedrock(json!({ "kind": "env", "variables": ["ACCESS", "SECRET"] })));

    let both = json!({ "kind": "env", "variables": ["ACCESS", "SECRET"] });
    let refusals = [
        openai(from(".env", json!(["NOWHERE"]))),
        openai(from(".env", json!(["EMPTY"]))),
        openai(from("../.env", json!(["OPENAI_API_KEY"]))),
        openai(from("nowhere.env", json!(["OPENAI_API_KEY"]))),
        openai(both.clone()),
        openai(json!({ "kind": "env", "variables": ["UNSET"] })),
        openai(json!({ "kind": "env", "variables": ["AI_SETU_PAT"] })),
        openai(json!({ "kind": "chat" })),
        json!({ "slug": "aws", "provider": "BEDROCK", "source": both }),
        json!({ "slug": "x", "provider": "OPENAI", "awsRegion": "us-west-2", "source": from(".env", json!(["OPENAI_API_KEY"])) }),
        json!({ "slug": "x", "provider": "MISTRAL", "source": from(".env", json!(["OPENAI_API_KEY"])) }),
    ]
    .map(|arguments| client.refused("upsert_connection", arguments).lines().next().unwrap().to_owned());
    let folder = place.path().display().to_string();
    insta::assert_snapshot!(refusals.join("\n").replace(&folder, "[FOLDER]"), @r#"
    BAD_USER_INPUT: `[FOLDER]/.env` does not set `NOWHERE`; nothing was sent
    BAD_USER_INPUT: `EMPTY` in `[FOLDER]/.env` holds no secret: it is empty; nothing was sent
    BAD_USER_INPUT: `../.env` goes up with `..`; nothing was sent
    BAD_USER_INPUT: cannot read `[FOLDER]/nowhere.env`: No such file or directory (os error 2); nothing was sent
    BAD_USER_INPUT: `source` names 2 variables, and these are wanted, in order: API key; nothing was sent
    BAD_USER_INPUT: the variable `UNSET` is not set, or empty; nothing was sent
    BAD_USER_INPUT: `AI_SETU_PAT` is this server's own; nothing was sent
    BAD_USER_INPUT: `source.kind`: unknown variant `chat`, expected one of `env`, `env_file`, `browser`
    BAD_USER_INPUT: `awsRegion` is missing, such as `us-west-2`
    BAD_USER_INPUT: `awsRegion` is for Bedrock alone
    BAD_USER_INPUT: `provider` is "MISTRAL"; it must be one of OPENAI, ANTHROPIC, BEDROCK
    "#);
    let listed = client.ok("list_connections", json!({}));
    assert_eq!(listed["totalCount"], 2, "{listed}");

    let key = server.owner().ok("apiKeysCreate", json!({ "name": "k" })).await["secret"].as_str().unwrap().to_owned();
    fs::write(place.path().join("key.env"), format!("KEY={key}\n")).unwrap();
    let verdict = client.ok("verify_api_key", json!({ "source": from("key.env", json!(["KEY"])), "cost": 0 }));
    assert_eq!((&verdict["valid"], &verdict["code"]), (&json!(true), &json!("VALID")));
    let denied = client
        .ok("verify_api_key", json!({ "source": from("key.env", json!(["KEY"])), "scopes": ["functions:write"] }));
    assert_eq!(denied["code"], "INSUFFICIENT_SCOPE", "{denied}");

    client.ok("invite_member", json!({ "email": "ada@acme.example", "role": "MEMBER" }));
    let token = server.mail().token(1).await;
    fs::write(place.path().join("mail.env"), format!("TOKEN={token}\n")).unwrap();
    let accepted = client.ok("accept_invitation", json!({ "source": from("mail.env", json!(["TOKEN"])) }));
    assert_eq!(accepted["email"], "ada@acme.example", "{accepted}");
    for secret in [api_key, &key, &token, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI"] {
        assert!(!client.tape().contains(secret), "{secret}");
    }
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_goes_to_a_command_that_the_operator_allows() {
    let server = server().await;
    let place = Place::new();
    let program = place.path().join("take");
    fs::write(&program, "#!/bin/sh\ncat > taken; echo \"$1\" > named\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let environment = [
        ("AI_SETU_PAT", server.owner().token().unwrap().to_owned()),
        ("AI_SETU_API_BASE_URL", server.owner().url("")),
        ("AI_SETU_MCP_ALLOW_COMMANDS", format!("ci={} 'a b'\nbroken=/bin/false\n", program.display())),
    ];
    let mut client = Client::start_with(&place.path(), &environment, Era::Modern, None);
    let to = |name: &str| json!({ "name": "k", "deliver": { "kind": "command", "name": name } });
    let made = client.ok("create_api_key", to("ci"));
    assert_eq!(made["savedTo"], json!({ "kind": "command", "name": "ci" }));
    let taken = fs::read_to_string(place.path().join("taken")).unwrap();
    assert_eq!(server.owner().verdict(&taken).await, "VALID");
    assert_eq!(fs::read_to_string(place.path().join("named")).unwrap(), "a b\n");
    let said = client.refused("create_api_key", to("/bin/sh"));
    assert!(
        said.starts_with(
            "DELIVERY_FAILED: the user has allowed no command `/bin/sh` to take a secret, but `broken`, `ci`"
        ),
        "{said}"
    );
    assert_eq!(count(&server).await, 1);
    let said = client.refused("create_api_key", to("broken"));
    assert!(said.starts_with("DELIVERY_FAILED: ") && said.contains("so the key was revoked"), "{said}");
    assert!(!client.tape().contains(&taken));
    client.end();

    let said = {
        let mut client = Client::start(&place, &server, Era::Modern, None);
        let said = client.refused("create_api_key", json!({ "name": "k", "deliver": { "kind": "chat" } }));
        client.end();
        said
    };
    assert!(said.contains("does not allow secrets in the conversation"), "{said}");
    let mut allowed = environment.to_vec();
    allowed.push(("AI_SETU_MCP_ALLOW_SECRETS_IN_CHAT", "1".to_owned()));
    let mut client = Client::start_with(&place.path(), &allowed, Era::Modern, None);
    let made = client.ok("create_api_key", json!({ "name": "k", "deliver": { "kind": "chat" } }));
    assert_eq!(server.owner().verdict(made["secret"].as_str().unwrap()).await, "VALID");
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_each_has_its_line() {
    let server = server().await;
    let place = Place::new();
    let mut clients = [Era::Legacy, Era::Modern].map(|era| Client::start(&place, &server, era, None));
    let variable = |client: usize, call: usize| format!("KEY_{client}_{call}");
    for call in 0..8 {
        for (number, client) in clients.iter_mut().enumerate() {
            let deliver = json!({ "kind": "env_file", "path": ".env", "variable": variable(number, call) });
            client.ask(
                "tools/call",
                json!({ "name": "create_api_key", "arguments": { "name": "k", "deliver": deliver } }),
            );
        }
    }
    for client in &mut clients {
        for _ in 0..8 {
            let answer = client.receive();
            assert_eq!(answer["result"]["isError"], false, "{answer}");
        }
    }
    let kept: std::collections::BTreeSet<String> = (0..2)
        .flat_map(|client| (0..8).map(move |call| (client, call)))
        .map(|(client, call)| place.variable(".env", &variable(client, call)).expect("each has its line"))
        .collect();
    assert_eq!(kept.len(), 16, "each has its own");
    for client in clients {
        client.end();
    }
    server.shutdown().await;
}
