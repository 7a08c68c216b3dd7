//! The main job from the shell, against the real control plane: create, verify, rotate, finish, revoke, restore.

use std::fs;
use std::io::Write;
use std::process::{Child, Output};
use std::time::{Duration, Instant};

use crate::harness::{Dev, Home, wait};

#[test]
fn a_key_lives_its_life() {
    let home = Home::new();
    let dev = Dev::start(&home);
    let verdict = |file: &str| {
        let secret = fs::read_to_string(home.path().join(file)).unwrap();
        let verify = dev.aisetu(&home, ["api-keys", "verify", "--secret-stdin", "-o", "json"]).stdin(&secret).outcome();
        let verdict = verify.json();
        assert_eq!(verify.code, Some(if verdict["valid"] == true { 0 } else { 12 }), "{verify}");
        verdict["code"].as_str().unwrap().to_owned()
    };
    let ok = |arguments: &str| {
        let outcome = dev.run(&home, arguments);
        assert_eq!(outcome.code, Some(0), "{arguments}: {outcome}");
        outcome.json()
    };

    let id = ok("api-keys create --name CI --save-to file:first -o json")["id"].as_str().unwrap().to_owned();
    assert_eq!(verdict("first"), "VALID");
    ok(&format!("api-keys rotate {id} --grace 1h --yes --save-to file:second -o json"));
    assert_eq!([verdict("first"), verdict("second")], ["VALID", "VALID"]);
    ok(&format!("api-keys finish-rotation {id} --yes -o json"));
    assert_eq!([verdict("first"), verdict("second")], ["EXPIRED", "VALID"]);
    ok(&format!("api-keys revoke {id} --yes -o json"));
    assert_eq!(verdict("second"), "REVOKED");
    ok(&format!("api-keys restore {id} -o json"));
    assert_eq!(verdict("second"), "VALID");
    dev.stop();
}

/// The one-time code that was mailed after this much of the log, which is where mails go.
fn mailed_code(home: &Home, before: usize) -> String {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let log = home.read("dev.log");
        let mut words = log[before..].split(|c: char| !c.is_ascii_alphanumeric());
        if let Some(code) = words.find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit())) {
            return code.to_owned();
        }
        assert!(Instant::now() < until, "no code in the log: {log}");
        std::thread::yield_now();
    }
}

/// Gives a login, which waits for it, the code that it has asked for.
fn with_the_code(home: &Home, before: usize, mut login: Child) -> Output {
    let code = mailed_code(home, before);
    login.stdin.take().unwrap().write_all(format!("{code}\n").as_bytes()).unwrap();
    wait(login)
}

#[test]
fn an_invited_person_signs_in_and_out() {
    let (operator, ada) = (Home::new(), Home::new());
    let dev = Dev::start(&operator);
    let invited = dev.run(&operator, "members invite ada@example.com --role admin");
    assert_eq!(invited.code, Some(0), "{invited}");
    let reaching = |line: &str| ada.aisetu(line.split(' ')).env("AI_SETU_API_BASE_URL", &dev.url);
    let token = Dev::mailed_invitation(&operator);
    let accepted = reaching("members accept-invitation --secret-stdin").stdin(&token).outcome();
    assert_eq!(accepted.code, Some(0), "{accepted}");

    // The code is read after it was asked for: it does not exist before.
    let before = operator.read("dev.log").len();
    let login = reaching("auth login --email ada@example.com -o json").spawn_with_open_stdin();
    let output = with_the_code(&operator, before, login);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let session: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&session["user"]["email"], &session["memberships"][0]["role"]),
        (&"ada@example.com".into(), &"ADMIN".into())
    );
    assert_eq!((&session["token"]["daysLeft"], &session["store"]), (&89.into(), &"file".into()));

    // From here on she names neither a token nor the control plane.
    let run = |line: &str| ada.aisetu(line.split(' ')).outcome();
    let status = run("auth status -o json").json();
    assert_eq!((&status["token"], &status["checked"]), (&session["token"], &true.into()));
    assert_eq!(run("projects create --name search -o json").json()["name"], "search");

    // The next code can be had in half a minute, which says so and leaves her signed in.
    let again = run("auth login --email ada@example.com");
    assert_eq!(again.code, Some(8), "{again}");
    assert_eq!(run("auth status").code, Some(0));

    let token = ada.read(".config/aisetu/credentials.toml");
    let out = run("auth logout -o json");
    assert_eq!(out.json()["revoked"], true, "{out}");
    assert_eq!(run("auth status").code, Some(4));
    let pat = token.split('"').find(|word| word.starts_with("tt_pat_")).unwrap();
    let refused = reaching("auth whoami").env("AI_SETU_PAT", pat).outcome();
    assert_eq!(refused.code, Some(4), "{refused}");
    dev.stop();
}
