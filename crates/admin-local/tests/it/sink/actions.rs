//! `gha:env#NAME` and `gha:output#NAME`.

use std::fs;

use admin_local::{Overwrites, Probed, Sink};
use admin_token::Secret;

use crate::fake::{Fake, SECRET};

/// A step of GitHub Actions; its files are in the folder.
fn step() -> (tempfile::TempDir, Fake) {
    let folder = tempfile::tempdir().unwrap();
    let (env, output) = (folder.path().join("env"), folder.path().join("output"));
    for file in [&env, &output] {
        fs::write(file, "").unwrap();
    }
    let fake = Fake::with(&[
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ENV", env.to_str().unwrap()),
        ("GITHUB_OUTPUT", output.to_str().unwrap()),
    ]);
    (folder, fake)
}

#[test]
fn a_line_is_added_to_the_runners_file() {
    let (folder, fake) = step();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let place = fake.probe("gha:env#KEY").unwrap();
    assert!(place.masks(), "the runner must know the secret before it is in the file");
    assert_eq!(place.overwrites(), Overwrites::Nothing);
    assert_eq!(read("env"), "");

    assert_eq!(fake.deliver("gha:env#KEY").unwrap(), "the environment of the later steps as `KEY`");
    assert_eq!(fake.deliver("gha:env#KEY_2").unwrap(), "the environment of the later steps as `KEY_2`");
    assert_eq!(read("env"), format!("KEY={SECRET}\nKEY_2={SECRET}\n"));

    fs::write(folder.path().join("output"), "a=1").unwrap();
    assert_eq!(fake.deliver("gha:output#api-key").unwrap(), "the outputs of this step as `api-key`");
    assert_eq!(read("output"), format!("a=1\napi-key={SECRET}\n"));
}

#[test]
fn a_secret_of_several_lines_is_not_written() {
    let (folder, fake) = step();
    for secret in ["a\nb", "a\rb", "a\n"] {
        let error = fake.probe("gha:env#KEY").unwrap().deliver(&Secret::new(secret)).unwrap_err();
        let why = fake.why(&error, error.hint());
        assert_eq!(why, "the secret has more than one line, which the environment of the later steps cannot hold");
    }
    assert_eq!(fs::read_to_string(folder.path().join("env")).unwrap(), "");
}

#[test]
fn outside_of_github_actions_there_is_none() {
    let elsewhere = "`GITHUB_ENV` is not set, as it is in a step of GitHub Actions\n\
                     hint: elsewhere give `gh:OWNER/REPO#NAME` for a secret of the repository, or `env:PATH#VAR`";
    assert_eq!(Fake::new().refused("gha:env#KEY"), elsewhere);
    assert_eq!(Fake::with(&[("GITHUB_ENV", "/dev/null")]).refused("gha:env#KEY"), elsewhere);
    assert_eq!(Fake::with(&[("GITHUB_ACTIONS", "true")]).refused("gha:env#KEY"), elsewhere);
    assert!(Fake::new().refused("gha:output#KEY").starts_with("`GITHUB_OUTPUT` is not set"));
}

#[test]
fn a_file_that_the_runner_did_not_make_is_not_made() {
    let (folder, fake) = step();
    let file = folder.path().join("env");
    fs::remove_file(&file).unwrap();
    let why = format!("cannot add to `{}`: No such file or directory (os error 2)", file.display());
    assert_eq!(fake.refused("gha:env#KEY"), why);
    assert!(!file.exists());
}

#[test]
fn the_environment_that_is_passed_in_is_looked_at() {
    let (_folder, fake) = step();
    let sink: Sink = "gha:env#KEY".parse().unwrap();
    assert!(matches!(sink.probe(&fake.machine.environment), Ok(Probed::Place(_))));
}
