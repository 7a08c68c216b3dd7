use admin_core::env::Environment;
use admin_core::{BaseUrl, Config, CredentialSource};
use admin_local::{AI_SETU_CONFIG_DIR, Profile, Profiles, Wanted, credentials, signed_out};
use admin_token::{Secret, TokenKind};
use tempfile::TempDir;

pub(crate) fn pat(seed: u8) -> Secret {
    admin_token::mint(TokenKind::Pat, |buffer| buffer.fill(seed)).into_secret()
}

/// A configuration with the profile `lab`, and the given variables.
fn environment(folder: &TempDir, variables: &[(&'static str, &str)]) -> Environment {
    let profile = Profile::new("https://lab.example/api".parse().unwrap(), pat(1));
    Profiles::in_folder(folder.path()).put("lab", &profile).unwrap();
    let config = (AI_SETU_CONFIG_DIR, folder.path().to_str().unwrap().to_owned());
    let variables: Vec<_> = variables.iter().map(|&(name, value)| (name, value.to_owned())).chain([config]).collect();
    Environment::new(move |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()))
}

fn wanted(profile: Option<&str>, base_url: Option<&str>) -> Wanted {
    Wanted {
        profile: profile.map(str::to_owned),
        base_url: base_url.map(str::to_owned),
        base_url_from: CredentialSource::Flag("--base-url"),
        folder: None,
    }
}

/// Where the token came from, its hint, and where it goes.
fn chosen(wanted: &Wanted, environment: &Environment) -> (CredentialSource, String, String) {
    let config = credentials(wanted, environment, Config::builder()).unwrap().config;
    let pat = config.pat().unwrap();
    (pat.source().clone(), pat.hint().to_owned(), config.base_url().to_string())
}

fn why(wanted: &Wanted, environment: &Environment) -> String {
    let error = credentials(wanted, environment, Config::builder()).unwrap_err();
    let mut lines = vec![format!("{} {error}", error.code())];
    lines.extend(error.hints().iter().map(|hint| format!("hint: {hint}")));
    lines.join("\n")
}

#[test]
fn a_profile_by_hand_wins_over_the_token_of_the_environment_and_that_over_its_profile() {
    let folder = tempfile::tempdir().unwrap();
    let both = environment(&folder, &[("AI_SETU_PAT", pat(2).expose()), ("AI_SETU_PROFILE", "lab")]);
    let lab = CredentialSource::Profile { name: "lab".to_owned() };
    let (one, two) = (pat(1).hint().to_owned(), pat(2).hint().to_owned());
    assert_ne!(one, two);
    assert_eq!(
        chosen(&wanted(Some("lab"), None), &both),
        (lab.clone(), one.clone(), "https://lab.example/api".to_owned())
    );
    assert_eq!(
        chosen(&wanted(None, None), &both),
        (CredentialSource::Env("AI_SETU_PAT"), two, "https://api.aisetu.ai".to_owned())
    );
    let named = environment(&folder, &[("AI_SETU_PROFILE", "lab")]);
    assert_eq!(chosen(&wanted(None, None), &named), (lab, one, "https://lab.example/api".to_owned()));
}

#[test]
fn a_stored_token_goes_to_its_own_host_only() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = environment(&folder, &[]);
    let elsewhere = environment(&folder, &[("AI_SETU_API_BASE_URL", "https://lab.example:8443")]);
    insta::assert_snapshot!(why(&wanted(Some("lab"), Some("https://evil.example")), &nothing), @"
    CONFIG profile `lab` is for https://lab.example/api, and `--base-url` names https://evil.example
    hint: a stored token goes to its own host only: name another profile, or leave out `--base-url`
    hint: sign in there with `aisetu auth login --base-url https://evil.example --profile NAME`
    ");
    insta::assert_snapshot!(why(&wanted(Some("lab"), Some("http://lab.example/api")), &nothing), @"
    CONFIG profile `lab` is for https://lab.example/api, and `--base-url` names http://lab.example/api
    hint: a stored token goes to its own host only: name another profile, or leave out `--base-url`
    hint: sign in there with `aisetu auth login --base-url http://lab.example/api --profile NAME`
    ");
    insta::assert_snapshot!(why(&wanted(Some("lab"), None), &elsewhere), @"
    CONFIG profile `lab` is for https://lab.example/api, and `AI_SETU_API_BASE_URL` names https://lab.example:8443
    hint: a stored token goes to its own host only: name another profile, or leave out `AI_SETU_API_BASE_URL`
    hint: sign in there with `aisetu auth login --base-url https://lab.example:8443 --profile NAME`
    ");
    let by_code =
        Wanted { base_url_from: CredentialSource::Explicit, ..wanted(Some("lab"), Some("https://evil.example")) };
    insta::assert_snapshot!(why(&by_code, &nothing), @"
    CONFIG profile `lab` is for https://lab.example/api, and the builder names https://evil.example
    hint: a stored token goes to its own host only: name another profile, or leave out the base URL
    hint: sign in there with `aisetu auth login --base-url https://evil.example --profile NAME`
    ");
    let (_, _, url) = chosen(&wanted(Some("lab"), Some("https://lab.example/v2")), &nothing);
    assert_eq!(url, "https://lab.example/v2", "another path of the same host");
}

#[test]
fn without_a_token_it_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = environment(&folder, &[("AI_SETU_PAT", "")]);
    insta::assert_snapshot!(why(&wanted(None, None), &nothing), @"
    UNAUTHENTICATED there is no personal access token for https://api.aisetu.ai: nobody is signed in, no profile was named, and neither `AI_SETU_PAT` nor `AI_SETU_PROFILE` is set
    hint: use the stored profile with `--profile lab`
    hint: sign in with `aisetu auth login`, or make a token at https://app.aisetu.ai/settings/profile and set `AI_SETU_PAT` to it
    hint: to try it without an account, `aisetu dev` starts a control plane on this machine
    ");
    insta::assert_snapshot!(why(&wanted(None, Some("http://localhost:1")), &nothing), @"
    UNAUTHENTICATED there is no personal access token for http://localhost:1: nobody is signed in, no profile was named, and neither `AI_SETU_PAT` nor `AI_SETU_PROFILE` is set
    hint: use the stored profile with `--profile lab`
    hint: sign in with `aisetu auth login --base-url http://localhost:1`, or set `AI_SETU_PAT` to a personal access token of that control plane
    hint: to try it without an account, `aisetu dev` starts a control plane on this machine
    ");
    insta::assert_snapshot!(why(&wanted(Some("prod"), None), &nothing).replace(folder.path().to_str().unwrap(), "[DIR]"), @"
    CONFIG there is no profile `prod` in `[DIR]/credentials.toml`
    hint: there is `lab`
    ");
}

#[test]
fn a_base_url_that_cannot_be_used_is_told_with_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    let with_pat = |url: &str| environment(&folder, &[("AI_SETU_PAT", pat(2).expose()), ("AI_SETU_API_BASE_URL", url)]);
    insta::assert_snapshot!(why(&wanted(None, Some("http://foreign.example")), &with_pat("")), @"
    CONFIG the base URL from `--base-url` cannot be used: `http` to `foreign.example` would send the token in the clear over the network (CONFIG)
    hint: use `https`; on a network that you trust, `AI_SETU_ALLOW_HTTP=1` allows `http`
    ");
    insta::assert_snapshot!(why(&wanted(None, None), &with_pat("http://foreign.example")), @"
    CONFIG the base URL from `AI_SETU_API_BASE_URL` cannot be used: `http` to `foreign.example` would send the token in the clear over the network (CONFIG)
    hint: use `https`; on a network that you trust, `AI_SETU_ALLOW_HTTP=1` allows `http`
    ");
    insta::assert_snapshot!(why(&wanted(None, Some("nonsense")), &environment(&folder, &[])), @"
    CONFIG the base URL from `--base-url` cannot be used: `nonsense` is no URL: relative URL without a base (CONFIG)
    hint: write the whole URL, such as `https://api.example.com` or `http://localhost:8080`
    ");
    insta::assert_snapshot!(why(&wanted(Some("lab"), None), &with_pat("nonsense")), @"
    CONFIG the base URL from `AI_SETU_API_BASE_URL` cannot be used: `nonsense` is no URL: relative URL without a base (CONFIG)
    hint: write the whole URL, such as `https://api.example.com` or `http://localhost:8080`
    ");
    let open = environment(&folder, &[]);
    let profile = Profile::new(BaseUrl::parse("http://foreign.example", true).unwrap(), pat(1));
    Profiles::in_folder(folder.path()).put("open", &profile).unwrap();
    insta::assert_snapshot!(why(&wanted(Some("open"), None), &open), @"
    CONFIG the base URL from profile `open` cannot be used: `http` to `foreign.example` would send the token in the clear over the network (CONFIG)
    hint: use `https`; on a network that you trust, `AI_SETU_ALLOW_HTTP=1` allows `http`
    ");
}

#[test]
fn debug_shows_no_password_of_a_control_plane() {
    let shown = format!("{:?}", wanted(Some("lab"), Some("https://ada:hunter2@example.com")));
    assert!(shown.contains("lab") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn whoever_signed_in_needs_to_name_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let default = Profile::new("https://own.example".parse().unwrap(), pat(3));
    Profiles::in_folder(folder.path()).put("default", &default).unwrap();
    let nothing = environment(&folder, &[]);
    let (source, hint, url) = chosen(&wanted(None, None), &nothing);
    assert_eq!(source, CredentialSource::Profile { name: "default".to_owned() });
    assert_eq!((hint.as_str(), url.as_str()), (pat(3).hint(), "https://own.example"));
    // Whatever is named wins.
    let (source, ..) = chosen(&wanted(None, None), &environment(&folder, &[("AI_SETU_PAT", pat(2).expose())]));
    assert_eq!(source, CredentialSource::Env("AI_SETU_PAT"));
    let (_, _, url) = chosen(&wanted(None, None), &environment(&folder, &[("AI_SETU_PROFILE", "lab")]));
    assert_eq!(url, "https://lab.example/api");
    // Its token goes to its host only, also when nobody named it.
    let elsewhere = environment(&folder, &[("AI_SETU_API_BASE_URL", "https://evil.example")]);
    insta::assert_snapshot!(why(&wanted(None, None), &elsewhere), @"
    CONFIG profile `default` is for https://own.example, and `AI_SETU_API_BASE_URL` names https://evil.example
    hint: a stored token goes to its own host only: name another profile, or leave out `AI_SETU_API_BASE_URL`
    hint: sign in there with `aisetu auth login --base-url https://evil.example --profile NAME`
    ");
}

#[test]
fn what_needs_no_token_goes_where_the_token_would() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = environment(&folder, &[]);
    let goes = |wanted: &Wanted, environment: &Environment| {
        let config = signed_out(wanted, environment, Config::builder()).unwrap();
        assert!(config.pat().is_none());
        config.base_url().to_string()
    };
    assert_eq!(goes(&wanted(None, None), &nothing), "https://api.aisetu.ai");
    assert_eq!(goes(&wanted(Some("lab"), None), &nothing), "https://lab.example/api");
    assert_eq!(goes(&wanted(Some("lab"), Some("https://own.example")), &nothing), "https://own.example");
    let default = Profile::new("https://own.example".parse().unwrap(), pat(3));
    Profiles::in_folder(folder.path()).put("default", &default).unwrap();
    assert_eq!(goes(&wanted(None, None), &nothing), "https://own.example");
}
