//! Every kind of secret through every way that one goes, with logs as loud as they get: none is in what client or log sees.

use std::fs;

use aisetu_tests::TestServer;
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::json;

use crate::harness::{Browser, Client, ERAS, Place, agrees};

const EMAIL: &str = "owner@acme.example";
const PROVIDER_KEY: &str = "sk-canary-0123456789abcdefghijklmnop";

/// What was said, and what its parts are if they are taken for base64, as a state that a client carries along is.
fn with_decoded(said: &str) -> Vec<u8> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let mut all = said.as_bytes().to_vec();
    let is_of_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_=".contains(c);
    for word in said.split(|c| !is_of_base64(c)).filter(|word| word.len() >= 12) {
        for alphabet in [&STANDARD, &URL_SAFE] {
            // From each place on: what stands before need not be base64.
            for begin in 0..4.min(word.len()) {
                let part = word[begin..].trim_end_matches('=');
                // One letter more than a whole byte is none.
                let part = if part.len() % 4 == 1 { &part[..part.len() - 1] } else { part };
                all.extend(GeneralPurpose::new(alphabet, config).decode(part).unwrap_or_default());
                all.push(b'\n');
            }
        }
    }
    all
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_what_client_or_log_sees() {
    for era in ERAS {
        let server = TestServer::start().await;
        let place = Place::new();
        let mut environment = vec![
            ("AI_SETU_API_BASE_URL", server.owner().url("")),
            ("AI_SETU_NO_KEYRING", "1".to_owned()),
            ("AI_SETU_MCP_TOOLSETS", "all".to_owned()),
            ("HOME", place.path().join("home").display().to_string()),
            ("RUST_LOG", "trace".to_owned()),
            ("RUST_BACKTRACE", "full".to_owned()),
        ];
        let browser = Browser::new(&place, &mut environment);
        let mut client = Client::start_with(&place.path(), &environment, era, Some(agrees));

        // The code that signs in is typed on a page, and the token goes into the file.
        client.ask("tools/call", json!({ "name": "login", "arguments": { "email": EMAIL } }));
        let page = browser.pages(1)[0].clone();
        let code = server.mail().code(1).await;
        assert_eq!(Browser::fill(&page, &[("code", &code)]).0, 200);
        assert_eq!(client.receive()["result"]["structuredContent"]["state"], "SIGNED_IN");
        let kept = fs::read_to_string(place.path().join("home/.config/aisetu/credentials.toml")).unwrap();
        let token = kept.split('"').find(|word| word.starts_with("tt_pat_")).unwrap().to_owned();

        // Keys and tokens that are made, rotated and taken away again.
        let deliver = |variable: &str| json!({ "kind": "env_file", "path": ".env", "variable": variable });
        let key = json!({ "name": "CI", "workspaceId": server.workspace(), "deliver": deliver("FIRST") });
        let id = client.ok("create_api_key", key)["item"]["id"].clone();
        client.ok("rotate_api_key", json!({ "id": id, "deliver": deliver("SECOND") }));
        client.ok("revoke_api_key", json!({ "id": id }));
        client.refused("get_api_key", json!({ "id": "key_00000000000000000000000000" }));
        client.ok("create_pat", json!({ "name": "ci", "scopes": ["admin:read"], "deliver": deliver("PAT") }));

        // The credential of a provider, from a file and once by mistake in an argument.
        fs::write(place.path().join("given.env"), format!("OPENAI_API_KEY={PROVIDER_KEY}\n")).unwrap();
        let source = json!({ "kind": "env_file", "path": "given.env", "variables": ["OPENAI_API_KEY"] });
        let connection =
            json!({ "slug": "openai", "provider": "OPENAI", "workspaceId": server.workspace(), "source": source });
        client.ok("upsert_connection", connection);
        client.ok("list_connections", json!({}));
        let said_before = client.tape().len();
        let said = client.refused("create_workspace", json!({ "name": place.variable(".env", "PAT").unwrap() }));
        assert!(said.starts_with("SECRET_IN_ARGUMENT"), "{said}");

        let tape = client.tape();
        let (answers, _) = tape.split_at(said_before);
        let (code_of_exit, log) = client.end();
        assert_eq!(code_of_exit, Some(0), "{log}");
        let seen = with_decoded(&format!("{answers}\n{said}\n{log}"));
        let secrets = [
            token,
            place.variable(".env", "FIRST").unwrap(),
            place.variable(".env", "SECOND").unwrap(),
            place.variable(".env", "PAT").unwrap(),
            PROVIDER_KEY.to_owned(),
        ];
        for secret in &secrets {
            // Also without the prefix that tells the kind, and a half of it.
            let bare = secret.rsplit(['_', '-']).next().unwrap();
            for part in [secret.as_str(), bare, &bare[..bare.len() / 2]] {
                assert!(!contains(&seen, part), "{era:?}: a secret was said");
            }
        }
        assert!(
            !contains(&seen, &format!("\"{code}\"")) && !contains(&seen, &format!(" {code} ")),
            "{era:?}: the code was said"
        );
        // The search finds what it looks for, plain and in base64.
        let mut hidden =
            json!({ "state": base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(format!("x{}", secrets[0])) }).to_string();
        assert!(contains(&with_decoded(&hidden), &secrets[0]));
        hidden = format!("log: {}", secrets[4]);
        assert!(contains(&with_decoded(&hidden), PROVIDER_KEY));
        server.shutdown().await;
    }
}
