//! Where the settings come from, and what is told about those that cannot be used.

use std::time::Duration;

use admin_core::{
    Config, ConfigBuilder, CredentialSource, Error, ErrorCode, IdempotencyKey, Pat, TokenKind, env::Environment,
};

use crate::support::{config, pat, token};

/// The builder with these variables and no others.
fn with(variables: &[(&'static str, &str)]) -> ConfigBuilder {
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Config::builder().environment(Environment::new(move |name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }))
}

fn told(error: &Error) -> String {
    crate::support::told(error, "[no base]")
}

#[test]
fn explicit_comes_before_the_environment_and_that_before_production() {
    let token = token(TokenKind::Pat);
    let env = [("AI_SETU_PAT", token.as_str()), ("AI_SETU_API_BASE_URL", "https://cp.example.com/base/")];

    let config = with(&env).build().unwrap();
    assert_eq!(config.base_url().as_str(), "https://cp.example.com/base");
    assert_eq!(config.pat().unwrap().source().to_string(), "`AI_SETU_PAT`");

    let profile = CredentialSource::Profile { name: "dev".into() };
    let config =
        with(&env).pat(Pat::parse(&token, profile).unwrap()).base_url("http://localhost:4000").build().unwrap();
    assert_eq!(config.base_url().as_str(), "http://localhost:4000");
    assert_eq!(config.pat().unwrap().source().to_string(), "profile `dev`");

    let config = with(&[("AI_SETU_PAT", &token), ("AI_SETU_API_BASE_URL", "")]).build().unwrap();
    assert_eq!(config.base_url().as_str(), "https://api.aisetu.ai", "empty is unset");
}

#[test]
fn without_a_token_there_is_no_client() {
    let error = with(&[]).build().unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthenticated);
    insta::assert_snapshot!(told(&error), @"
    no personal access token is set for https://api.aisetu.ai (UNAUTHENTICATED)
    hint: make a token at https://app.aisetu.ai/settings/profile and set `AI_SETU_PAT` to it
    ");
    let error = with(&[("AI_SETU_PAT", ""), ("AI_SETU_API_BASE_URL", "http://localhost:4000")]).build().unwrap_err();
    insta::assert_snapshot!(told(&error), @"
    no personal access token is set for http://localhost:4000 (UNAUTHENTICATED)
    hint: set `AI_SETU_PAT` to a personal access token of that control plane
    ");
}

#[test]
fn a_token_of_another_kind_is_refused_by_name_and_source() {
    let parsed = |kind, source| told(&Pat::parse(&token(kind), source).unwrap_err());
    insta::assert_snapshot!(parsed(TokenKind::LiveKey, CredentialSource::Env("AI_SETU_PAT")), @"
    the token from `AI_SETU_PAT` is a live API key (`tt_live_…`), and this API takes a personal access token (`tt_pat_…`) (WRONG_TOKEN_KIND)
    hint: an API key is for the gateway that applications call; set `AI_SETU_PAT` to a token that starts with `tt_pat_`
    ");
    insta::assert_snapshot!(parsed(TokenKind::Service, CredentialSource::Profile { name: "dev".into() }), @"
    the token from profile `dev` is a service token (`tt_svc_…`), and this API takes a personal access token (`tt_pat_…`) (WRONG_TOKEN_KIND)
    hint: use a token that starts with `tt_pat_`
    ");

    // Also when it is cut: what it is for says more than how it is damaged.
    let error = Pat::parse(&token(TokenKind::TestKey)[..20], CredentialSource::Explicit).unwrap_err();
    assert_eq!(error.code(), ErrorCode::WrongTokenKind);
    insta::assert_snapshot!(told(&error), @"
    the token from the builder is a test API key (`tt_test_…`), and this API takes a personal access token (`tt_pat_…`) (WRONG_TOKEN_KIND)
    hint: an API key is for the gateway that applications call; set `AI_SETU_PAT` to a token that starts with `tt_pat_`
    ");
}

#[test]
fn a_damaged_token_is_refused_without_asking_anyone() {
    let whole = token(TokenKind::Pat);
    let refused = |text: &str| {
        let error = with(&[("AI_SETU_PAT", text)]).build().unwrap_err();
        assert_eq!(error.code(), ErrorCode::Config);
        told(&error)
    };
    insta::assert_snapshot!(refused(&whole[..30]), @"
    the token from `AI_SETU_PAT` is not well-formed: it has 30 characters where a personal access token has 43: was it cut, or pasted twice? (CONFIG)
    hint: copy the whole token again: `tt_pat_` and 36 letters and digits
    ");
    insta::assert_snapshot!(refused(&whole.replace("AA", "AB")), @"
    the token from `AI_SETU_PAT` is not well-formed: its checksum is wrong: a character was mistyped or changed (CONFIG)
    hint: copy the whole token again: `tt_pat_` and 36 letters and digits
    ");
    insta::assert_snapshot!(refused("tt_pat_gr\u{fc}n_______________________________"), @"
    the token from `AI_SETU_PAT` is not well-formed: it has 42 characters where a personal access token has 43: was it cut, or pasted twice? (CONFIG)
    hint: copy the whole token again: `tt_pat_` and 36 letters and digits
    ");
    insta::assert_snapshot!(refused("sk-something-else"), @"
    the token from `AI_SETU_PAT` is not well-formed: it does not start with a known prefix such as `tt_pat_` or `tt_live_` (CONFIG)
    hint: copy the whole token again: `tt_pat_` and 36 letters and digits
    ");

    let spaced = format!(" {whole}\r\n");
    assert!(with(&[("AI_SETU_PAT", &spaced)]).build().is_ok(), "white space around it is no damage");
}

#[test]
fn a_base_url_is_told_what_is_wrong_with_it() {
    let refused = |url: &str| {
        let error =
            with(&[("AI_SETU_PAT", pat().secret().expose()), ("AI_SETU_API_BASE_URL", url)]).build().unwrap_err();
        assert_eq!((error.code(), error.field()), (ErrorCode::Config, Some("base_url")));
        told(&error)
    };
    insta::assert_snapshot!(refused("api.example.com"), @"
    the base URL from `AI_SETU_API_BASE_URL` cannot be used: `api.example.com` is no URL: relative URL without a base (CONFIG)
    hint: write the whole URL, such as `https://api.example.com` or `http://localhost:8080`
    ");
    insta::assert_snapshot!(refused("localhost:4000"), @"
    the base URL from `AI_SETU_API_BASE_URL` cannot be used: `localhost:4000` is neither `https` nor `http` (CONFIG)
    hint: write the whole URL, such as `https://api.example.com` or `http://localhost:8080`
    ");
    insta::assert_snapshot!(refused("http://api.example.com"), @"
    the base URL from `AI_SETU_API_BASE_URL` cannot be used: `http` to `api.example.com` would send the token in the clear over the network (CONFIG)
    hint: use `https`; on a network that you trust, `AI_SETU_ALLOW_HTTP=1` allows `http`
    ");
    insta::assert_snapshot!(refused("https://user:pw@api.example.com"), @"
    the base URL from `AI_SETU_API_BASE_URL` cannot be used: it has a user name or a password in it, which would end up in logs (CONFIG)
    hint: the token goes into `AI_SETU_PAT`; leave `user:password@` out of the URL
    ");
    insta::assert_snapshot!(refused("https://api.example.com/?x=1"), @"
    the base URL from `AI_SETU_API_BASE_URL` cannot be used: `https://api.example.com/?x=1` has a query or a fragment, which a base URL cannot have (CONFIG)
    hint: leave out what begins with `?` or `#`
    ");

    let error = config("ftp://h").build().unwrap_err();
    insta::assert_snapshot!(told(&error), @"
    the base URL from the builder cannot be used: `ftp://h` is neither `https` nor `http` (CONFIG)
    hint: write the whole URL, such as `https://api.example.com` or `http://localhost:8080`
    ");
}

#[test]
fn http_to_another_machine_takes_an_explicit_yes() {
    let token = token(TokenKind::Pat);
    let env =
        |yes| [("AI_SETU_PAT", token.as_str()), ("AI_SETU_API_BASE_URL", "http://cp.lan"), ("AI_SETU_ALLOW_HTTP", yes)];
    assert!(with(&env("1")).build().is_ok());
    assert!(with(&env("true")).build().is_ok());
    assert!(with(&env("0")).build().is_err());
    assert!(with(&env("")).build().is_err());
    assert!(with(&env("1")).allow_http(false).build().is_err(), "explicit comes first");
    assert!(with(&env("0")).allow_http(true).build().is_ok());
    insta::assert_snapshot!(told(&with(&env("maybe")).build().unwrap_err()), @"`AI_SETU_ALLOW_HTTP` is `maybe`, and takes `1` or `0` (CONFIG)");
}

#[test]
fn a_limit_out_of_its_bounds_is_told_with_them() {
    let builder = || config("http://localhost:1");
    insta::assert_snapshot!(told(&builder().timeout(Duration::ZERO).build().unwrap_err()), @"`timeout` is 0ns, and must be above zero and at most 3600s (CONFIG)");
    insta::assert_snapshot!(told(&builder().connect_timeout(Duration::from_secs(3601)).build().unwrap_err()), @"`connect_timeout` is 3601s, and must be above zero and at most 3600s (CONFIG)");
    insta::assert_snapshot!(told(&builder().max_retries(11).build().unwrap_err()), @"`max_retries` is 11, and must be at most 10 (CONFIG)");
    insta::assert_snapshot!(told(&builder().user_agent_suffix("a\nb").build().unwrap_err()), @r"`user_agent_suffix` is `a\nb`, and must be visible ASCII characters and spaces (CONFIG)");
    let config = builder().timeout(Duration::from_secs(3600)).max_retries(10).build().unwrap();
    assert_eq!((config.timeout().as_secs(), config.max_retries()), (3600, 10));

    let error = Error::from("with space".parse::<IdempotencyKey>().unwrap_err());
    assert_eq!(error.code(), ErrorCode::BadUserInput);
    insta::assert_snapshot!(told(&error), @"the idempotency key has 10 characters; it must have 1 to 255 visible ASCII characters (BAD_USER_INPUT)");
}
