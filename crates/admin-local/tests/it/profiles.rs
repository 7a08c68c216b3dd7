use std::fs;
use std::path::{Path, PathBuf};

use admin_local::{Kept, Profile, ProfileError, Profiles};
use admin_token::Secret;
use tempfile::TempDir;

const PAT: &str = "tt_pat_000000000000000000000000000000000000";

fn folder() -> (TempDir, Profiles) {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Profiles::in_folder(&folder.path().join("aisetu"));
    (folder, profiles)
}

fn profile(base_url: &str) -> Profile {
    Profile::new(base_url.parse().unwrap(), Secret::new(PAT)).expiring("2027-02-20T09:30:00Z".parse().unwrap())
}

/// Writes the file as a person would.
fn write(profiles: &Profiles, text: &str) {
    fs::create_dir_all(profiles.path().parent().unwrap()).unwrap();
    fs::write(profiles.path(), text).unwrap();
    #[cfg(unix)]
    chmod(profiles.path(), 0o600);
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn why(error: &ProfileError, folder: &TempDir) -> String {
    let text = match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    };
    assert!(!text.contains("tt_pat_0"), "{text}");
    text.replace(folder.path().to_str().unwrap(), "[DIR]")
}

#[test]
fn a_profile_is_kept_for_its_owner_only() {
    let (_folder, profiles) = folder();
    assert!(profiles.find("dev").unwrap().is_none(), "without a file there are no profiles");
    profiles.put("dev", &profile("http://127.0.0.1:4100")).unwrap();
    let found = profiles.find("dev").unwrap().unwrap();
    assert_eq!(found.base_url.as_str(), "http://127.0.0.1:4100");
    assert!(matches!(&found.pat, Kept::File(pat) if pat.expose() == PAT));
    assert_eq!(found.expires_at.unwrap().to_string(), "2027-02-20T09:30:00.000Z");
    insta::assert_snapshot!(fs::read_to_string(profiles.path()).unwrap(), @r#"
    [profile.dev]
    base_url = "http://127.0.0.1:4100"
    pat = "tt_pat_000000000000000000000000000000000000"
    expires_at = "2027-02-20T09:30:00.000Z"
    "#);
    #[cfg(unix)]
    assert_eq!((mode(profiles.path()), mode(profiles.path().parent().unwrap())), (0o600, 0o700));
}

#[test]
fn what_a_person_wrote_stays() {
    let (_folder, profiles) = folder();
    write(
        &profiles,
        "# mine\n[profile.prod]\nbase_url = \"https://api.aisetu.ai\" # the hosted one\npat = \"old\" # made by hand\n\
         color = \"red\"\n\n[other]\nx = 1\n",
    );
    profiles.put("dev", &profile("http://localhost:1")).unwrap();
    let mut changed = profile("https://eu.aisetu.ai");
    changed.expires_at = None;
    profiles.put("prod", &changed).unwrap();
    insta::assert_snapshot!(fs::read_to_string(profiles.path()).unwrap(), @r#"
    # mine
    [profile.prod]
    base_url = "https://eu.aisetu.ai" # the hosted one
    pat = "tt_pat_000000000000000000000000000000000000" # made by hand
    color = "red"

    [profile.dev]
    base_url = "http://localhost:1"
    pat = "tt_pat_000000000000000000000000000000000000"
    expires_at = "2027-02-20T09:30:00.000Z"

    [other]
    x = 1
    "#);
    assert_eq!(profiles.names().unwrap(), ["prod", "dev"]);
}

#[test]
fn the_head_of_the_file_outlives_its_first_profile() {
    let (_folder, profiles) = folder();
    let dev = "[profile.dev]\n# where\n\nbase_url = \"http://127.0.0.1:4100\"\n";
    let lab = format!("# the lab\n[profile.lab]\n# shared\n\npat = \"{PAT}\"\nbase_url = \"https://lab.example\"\n");
    write(&profiles, &format!("# my profiles\n\n# dev\n{dev}pat = \"{PAT}\"\n\n{lab}"));
    assert!(profiles.remove("dev").unwrap());
    assert_eq!(fs::read_to_string(profiles.path()).unwrap(), format!("# my profiles\n\n{lab}"));
    let mut kept = profiles.get("lab").unwrap();
    kept.pat = Kept::Keyring { hint: "0000".to_owned() };
    profiles.put("lab", &kept).unwrap();
    let text = fs::read_to_string(profiles.path()).unwrap();
    assert!(text.starts_with("# my profiles\n\n# the lab\n[profile.lab]\n# shared\n\nbase_url = "), "{text}");
}

#[test]
fn an_instant_may_be_a_date_of_toml() {
    let (_folder, profiles) = folder();
    write(&profiles, "[profile]\nlab = { base_url = \"https://h\", pat = \"p\", expires_at = 2027-01-31T00:00:00Z }\n");
    assert_eq!(profiles.get("lab").unwrap().expires_at.unwrap().to_string(), "2027-01-31T00:00:00.000Z");
}

#[test]
fn writers_at_once_lose_no_profile() {
    let (_folder, profiles) = folder();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let profiles = &profiles;
            scope.spawn(move || profiles.put(&format!("p{number}"), &profile("https://h")).unwrap());
        }
    });
    assert_eq!(profiles.names().unwrap().len(), 16);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused() {
    let (folder, profiles) = folder();
    profiles.put("dev", &profile("https://h")).unwrap();
    chmod(profiles.path(), 0o640);
    insta::assert_snapshot!(why(&profiles.get("dev").unwrap_err(), &folder), @"
    `[DIR]/aisetu/credentials.toml` holds tokens, and others than its owner can reach it (mode 640)
    hint: run `chmod 600 [DIR]/aisetu/credentials.toml`
    ");
    assert!(matches!(profiles.put("dev", &profile("https://h")), Err(ProfileError::Shared { .. })));
}

#[cfg(unix)]
#[test]
fn a_link_to_the_file_stays_a_link() {
    let (folder, profiles) = folder();
    write(&profiles, "");
    let real: PathBuf = folder.path().join("real.toml");
    fs::rename(profiles.path(), &real).unwrap();
    std::os::unix::fs::symlink(&real, profiles.path()).unwrap();
    profiles.put("dev", &profile("https://h")).unwrap();
    assert!(fs::symlink_metadata(profiles.path()).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("[profile.dev]"));

    fs::remove_file(&real).unwrap();
    insta::assert_snapshot!(why(&profiles.put("dev", &profile("https://h")).unwrap_err(), &folder), @"cannot follow the link `[DIR]/aisetu/credentials.toml`");
    assert!(fs::symlink_metadata(profiles.path()).unwrap().is_symlink() && !real.exists());
}

#[test]
fn a_broken_file_is_told_without_quoting_it() {
    let (folder, profiles) = folder();
    let refused = |text: &str| {
        write(&profiles, text);
        why(&profiles.get("lab").unwrap_err(), &folder)
    };
    insta::assert_snapshot!(refused(&format!("\n[profile.lab]\npat = \"{PAT}\n")), @r#"`[DIR]/aisetu/credentials.toml` is no TOML: line 3: invalid basic string, expected `"`"#);
    insta::assert_snapshot!(refused("[profile.lab]\npat = \"p\"\n"), @"profile `lab` in `[DIR]/aisetu/credentials.toml` has no `base_url` that is a URL");
    insta::assert_snapshot!(refused("[profile.lab]\nbase_url = \"https://h\"\npat = 1\n"), @"profile `lab` in `[DIR]/aisetu/credentials.toml` has no `pat` that is a personal access token");
    insta::assert_snapshot!(refused("[profile.lab]\nbase_url = \"https://h\"\npat = \"p\"\nexpires_at = \"soon\"\n"), @"profile `lab` in `[DIR]/aisetu/credentials.toml` has no `expires_at` that is an instant (RFC 3339)");
    insta::assert_snapshot!(refused("[profile.lab]\nbase_url = \"ftp://h\"\npat = \"p\"\n"), @"
    the `base_url` of profile `lab` in `[DIR]/aisetu/credentials.toml` cannot be used: `ftp://h` is neither `https` nor `http`
    hint: write the whole URL, such as `https://api.example.com` or `http://localhost:8080`
    ");
    insta::assert_snapshot!(refused("[profile.dev]\n[profile.prod]\n"), @"
    there is no profile `lab` in `[DIR]/aisetu/credentials.toml`
    hint: there is `dev`, `prod`
    ");
    insta::assert_snapshot!(refused(""), @"
    there is no profile `lab` in `[DIR]/aisetu/credentials.toml`
    hint: `aisetu auth login --profile lab` makes it
    ");
    write(&profiles, "profile = 1\n");
    insta::assert_snapshot!(why(&profiles.put("lab", &profile("https://h")).unwrap_err(), &folder), @"profile `lab` in `[DIR]/aisetu/credentials.toml` has no `profile` that is a table");
}
