//! Where a new secret goes: here files, below it what is none.

#[cfg(unix)]
mod actions;
#[cfg(unix)]
mod clipboard;
#[cfg(unix)]
mod command;
#[cfg(unix)]
mod git;
#[cfg(unix)]
mod github;
#[cfg(unix)]
mod keyring;
#[cfg(unix)]
mod one_password;
#[cfg(unix)]
mod vault;

use std::fs;
use std::path::{Path, PathBuf};

use admin_core::env::Environment;
use admin_local::{DeliveryError, Place, Probed, Sink};
use admin_token::Secret;
use tempfile::TempDir;

const SECRET: &str = "tt_live_000000000000000000000000000000000000";

/// A folder that is no git work tree, by its real path.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    (folder, path)
}

fn file(path: &Path) -> Sink {
    Sink::File(path.to_owned())
}

fn env(path: &Path) -> Sink {
    Sink::EnvFile { path: path.to_owned(), variable: "KEY".to_owned() }
}

fn place(sink: &Sink) -> Place {
    match sink.probe(&Environment::empty()).unwrap() {
        Probed::Place(place) => place,
        Probed::Stdout => panic!("stdout is no place"),
    }
}

fn deliver(sink: &Sink) -> Result<String, DeliveryError> {
    place(sink).deliver(&Secret::new(SECRET)).map(|receipt| receipt.to_string())
}

/// The error with its hint and its causes, and the folder's name taken out.
fn why(error: &DeliveryError, folder: &Path) -> String {
    let mut text = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        text = format!("{text}: {source}");
    }
    if let Some(hint) = error.hint() {
        text = format!("{text}\nhint: {hint}");
    }
    assert!(!text.contains(SECRET));
    text.replace(folder.to_str().unwrap(), "[DIR]")
}

fn refused(sink: &Sink, folder: &Path) -> String {
    let before = names(folder);
    let error = sink.probe(&Environment::empty()).unwrap_err();
    assert_eq!(names(folder), before, "a probe leaves everything as it was");
    why(&error, folder)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_holds_the_secret_and_nothing_else() {
    let (_guard, folder) = folder();
    let path = folder.join("key.txt");
    let place = place(&file(&path));
    assert_eq!(names(&folder), [""; 0], "a probe leaves nothing behind");
    assert_eq!(place.warnings(), []);
    let receipt = place.deliver(&Secret::new(SECRET)).unwrap();
    assert_eq!(receipt.to_string(), format!("`{}`", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), SECRET);
    assert_eq!(names(&folder), ["key.txt"]);
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_file_sink_refuses_what_is_there() {
    let (_guard, folder) = folder();
    fs::write(folder.join("old"), "precious").unwrap();
    fs::create_dir(folder.join("sub")).unwrap();
    insta::assert_snapshot!(refused(&file(&folder.join("old")), &folder), @"
    `[DIR]/old` exists already, and a secret never overwrites a file
    hint: name a new file, or move `[DIR]/old` away
    ");
    insta::assert_snapshot!(refused(&file(&folder.join("sub")), &folder), @"
    `[DIR]/sub` is not a regular file
    hint: name a file in it, such as `[DIR]/sub/secret`
    ");
    insta::assert_snapshot!(refused(&file(&folder.join("sub/..")), &folder), @"
    `[DIR]/sub/..` is not a regular file
    hint: name a file in it, such as `[DIR]/sub/../secret`
    ");
    insta::assert_snapshot!(refused(&file(&folder.join("none/key")), &folder), @"
    there is no folder `[DIR]/none`
    hint: make it with `mkdir -p [DIR]/none`
    ");
    insta::assert_snapshot!(refused(&file(&folder.join("old/key")), &folder), @"
    there is no folder `[DIR]/old`
    hint: make it with `mkdir -p [DIR]/old`
    ");
    assert_eq!(fs::read_to_string(folder.join("old")).unwrap(), "precious");
}

#[cfg(unix)]
#[test]
fn a_file_sink_follows_no_link() {
    let (_guard, folder) = folder();
    std::os::unix::fs::symlink(folder.join("elsewhere"), folder.join("link")).unwrap();
    insta::assert_snapshot!(refused(&file(&folder.join("link")), &folder), @"
    `[DIR]/link` is a symbolic link, and a secret never follows one
    hint: name the file that the link leads to
    ");
}

#[test]
fn what_came_up_since_the_probe_is_not_overwritten() {
    let (_guard, folder) = folder();
    let path = folder.join("key.txt");
    let place = place(&file(&path));
    fs::write(&path, "precious").unwrap();
    let error = place.deliver(&Secret::new(SECRET)).unwrap_err();
    assert!(matches!(error, DeliveryError::Exists { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert_eq!(names(&folder), ["key.txt"]);
}

#[test]
fn a_folder_that_went_away_is_told() {
    let (_guard, folder) = folder();
    let sub = folder.join("sub");
    for sink in [file(&sub.join("key")), env(&sub.join(".env"))] {
        fs::create_dir(&sub).unwrap();
        let place = place(&sink);
        fs::remove_dir(&sub).unwrap();
        let error = place.deliver(&Secret::new(SECRET)).unwrap_err();
        assert!(why(&error, &folder).ends_with("No such file or directory (os error 2)"), "{error:?}");
    }
}

#[test]
fn an_env_file_is_made_or_changed_in_one_line() {
    let (_guard, folder) = folder();
    let path = folder.join(".env");
    assert_eq!(deliver(&env(&path)).unwrap(), format!("`{}` as `KEY`", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("KEY={SECRET}\n"));
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o600);

    fs::write(&path, "# mine\nA=1\nexport KEY=\"old\" # rotated by hand\nB=2").unwrap();
    deliver(&env(&path)).unwrap();
    let after = format!("# mine\nA=1\nexport KEY=\"{SECRET}\" # rotated by hand\nB=2");
    assert_eq!(fs::read_to_string(&path).unwrap(), after);
    assert_eq!(names(&folder), [".env"]);
}

#[cfg(unix)]
#[test]
fn an_env_file_that_others_may_read_is_closed_and_said_so() {
    let (_guard, folder) = folder();
    let path = folder.join(".env");
    fs::write(&path, "A=1\n").unwrap();
    chmod(&path, 0o644);
    let place = place(&env(&path));
    let warnings = place.warnings().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(warnings.replace(folder.to_str().unwrap(), "[DIR]"), @"`[DIR]/.env` was readable by other users; from now on only its owner can read it");
    assert_eq!(mode(&path), 0o644, "a probe leaves everything as it was");
    place.deliver(&Secret::new(SECRET)).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[cfg(unix)]
#[test]
fn a_link_to_an_env_file_stays_a_link() {
    let (_guard, folder) = folder();
    fs::create_dir(folder.join("sub")).unwrap();
    fs::write(folder.join("sub/real"), "A=1\n").unwrap();
    std::os::unix::fs::symlink("sub/real", folder.join(".env")).unwrap();
    deliver(&env(&folder.join(".env"))).unwrap();
    assert!(fs::symlink_metadata(folder.join(".env")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(folder.join("sub/real")).unwrap(), format!("A=1\nKEY={SECRET}\n"));

    std::os::unix::fs::symlink("nowhere", folder.join("dangling")).unwrap();
    insta::assert_snapshot!(refused(&env(&folder.join("dangling")), &folder), @"cannot follow the link `[DIR]/dangling`: No such file or directory (os error 2)");
}

#[test]
fn an_env_sink_refuses_what_is_no_env_file() {
    let (_guard, folder) = folder();
    fs::create_dir(folder.join("sub")).unwrap();
    fs::write(folder.join("binary"), b"\x80\x00").unwrap();
    fs::File::create(folder.join("large")).unwrap().set_len((1 << 20) + 1).unwrap();
    insta::assert_snapshot!(refused(&env(&folder.join("sub")), &folder), @"
    `[DIR]/sub` is not a regular file
    hint: name a file in it, such as `[DIR]/sub/secret`
    ");
    insta::assert_snapshot!(refused(&env(&folder.join("binary")), &folder), @"`[DIR]/binary` is not a file of `NAME=value` lines: it is not UTF-8 text");
    insta::assert_snapshot!(refused(&env(&folder.join("large")), &folder), @"`[DIR]/large` is not a file of `NAME=value` lines: it is larger than 1 MiB");
    insta::assert_snapshot!(refused(&env(&folder.join("none/.env")), &folder), @"
    there is no folder `[DIR]/none`
    hint: make it with `mkdir -p [DIR]/none`
    ");
}

#[test]
fn a_secret_that_would_need_quoting_is_not_written() {
    let (_guard, folder) = folder();
    let error = place(&env(&folder.join(".env"))).deliver(&Secret::new("a b$(c)")).unwrap_err();
    insta::assert_snapshot!(why(&error, &folder), @"the secret has a character that `[DIR]/.env` cannot hold without quoting rules");
    assert_eq!(names(&folder), [""; 0]);
}

#[test]
fn deliveries_at_once_all_arrive() {
    let (_guard, folder) = folder();
    let path = folder.join(".env");
    fs::write(&path, "# first\n").unwrap();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let sink = Sink::EnvFile { path: path.clone(), variable: format!("KEY_{number}") };
            scope.spawn(move || deliver(&sink).unwrap());
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 17, "{text}");
}
