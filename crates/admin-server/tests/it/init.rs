//! A new server: its folder, and its first owner without a mail server.

use std::path::Path;
use std::process::Output;

use serde_json::json;

use crate::process::{KEYS, Place, Running, text};

fn init(place: &Place, folder: &Path) -> Output {
    let mut command = place.command(&["init", folder.to_str().unwrap()]);
    // The settings name the keys.
    for (variable, _) in KEYS {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

#[test]
fn a_new_server_gets_its_first_owner_by_the_token_that_init_prints() {
    let place = Place::new();
    let folder = place.path("server");
    let made = init(&place, &folder);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let told = text(&made.stderr);
    assert!(told.contains("aisetu-server serve --config") && told.contains("auth login --bootstrap"), "{told}");
    // It runs again for another token, and makes nothing anew.
    let again = init(&place, &folder);
    let token = text(&again.stdout).trim().to_owned();
    assert!(again.status.success() && token.starts_with("tt_boot_") && token != text(&made.stdout).trim());

    let config = folder.join("aisetu-server.toml");
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--config", config.to_str().unwrap()]);
    for (variable, _) in KEYS {
        command.env_remove(variable);
    }
    let running = Running::start(command);
    // Beside the server it runs too.
    let beside = init(&place, &folder);
    assert!(beside.status.success(), "{}", text(&beside.stderr));
    let input = json!({ "bootstrapToken": token, "email": "owner@acme.example" });
    let sign_in = "mutation($input: VerifyCodeInput!) { authVerifyCode(input: $input) { secret } }";
    let answer = running.caller("").post("/graphql", &json!({ "query": sign_in, "variables": { "input": input } }));
    let secret = answer["data"]["authVerifyCode"]["secret"].as_str().unwrap_or_else(|| panic!("{answer}"));
    let whoami = running.caller(secret).data("{ authWhoami { user { email } memberships { role } } }");
    assert_eq!(whoami["authWhoami"]["user"]["email"], "owner@acme.example");
    assert_eq!(whoami["authWhoami"]["memberships"][0]["role"], "OWNER");
    running.stop();

    let refused = init(&place, &folder);
    assert_eq!(refused.status.code(), Some(1));
    insta::assert_snapshot!(text(&refused.stderr).trim(), @r"
    error: this control plane has an owner already
      hint: they invite others with `aisetu members invite`
    ");
}

#[test]
fn a_setting_that_is_none_is_named_with_its_file() {
    let place = Place::new();
    let config = place.path("settings.toml");
    for (settings, told) in [
        ("colour = \"red\"", "`colour` is no setting; there are pepper_file, kek_file"),
        ("signup = \"everybody\"", "`AI_SETU_SIGNUP` is `everybody`; it takes `closed`, `invite`"),
        ("smtp_url = \"mail.example.com\"", "`AI_SETU_SMTP_URL` is `..`; it takes `smtps://user@host:465`"),
    ] {
        std::fs::write(&config, settings).unwrap();
        let data = place.data();
        let arguments = ["serve", "--config", config.to_str().unwrap(), "--data", data.to_str().unwrap()];
        let refused = place.refusal(place.command(&arguments));
        assert!(refused.contains(told), "{refused}");
    }
}
