//! The main job, from end to end: create, verify, rotate, finish, revoke, restore.

use admin_core::{Client as Core, Config, CredentialSource, Pat, Secret, VerifyCode, VerifyRequest};
use aisetu_tests::TestServer;
use serde_json::json;

use crate::harness::{Client, ERAS, Place, agrees};

struct Gateway(Core);

impl Gateway {
    fn new(server: &TestServer) -> Self {
        let pat = Pat::parse(server.owner().token().unwrap(), CredentialSource::Explicit).unwrap();
        Self(Core::new(Config::builder().pat(pat).base_url(server.owner().url("")).build().unwrap()).unwrap())
    }

    async fn verdict(&self, secret: &str) -> VerifyCode {
        self.0.gateway().verify(VerifyRequest::new(Secret::new(secret))).await.unwrap().code
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_lives_its_life_and_its_secret_is_in_no_message() {
    for era in ERAS {
        let server = TestServer::start().await;
        let (place, gateway) = (Place::new(), Gateway::new(&server));
        let mut client = Client::start(&place, &server, era, Some(agrees));

        assert_eq!(client.ok("get_status", json!({}))["account"]["user"]["email"], "owner@acme.example");
        let deliver = json!({ "kind": "env_file", "path": ".env", "variable": "KEY" });
        let created =
            client.ok("create_api_key", json!({ "name": "CI", "workspaceId": server.workspace(), "deliver": deliver }));
        assert_eq!(created["savedTo"], deliver);
        let id = created["item"]["id"].clone();
        let first = place.variable(".env", "KEY").unwrap();
        assert_eq!(gateway.verdict(&first).await, VerifyCode::Valid);

        let rotated = client.ok("rotate_api_key", json!({ "id": id, "grace": "1h", "deliver": deliver }));
        assert_eq!(rotated["item"]["versions"].as_array().unwrap().len(), 2);
        let second = place.variable(".env", "KEY").unwrap();
        assert_ne!(first, second);
        assert_eq!(
            (gateway.verdict(&first).await, gateway.verdict(&second).await),
            (VerifyCode::Valid, VerifyCode::Valid)
        );

        client.ok("finish_key_rotation", json!({ "id": id }));
        assert_eq!(
            (gateway.verdict(&first).await, gateway.verdict(&second).await),
            (VerifyCode::Expired, VerifyCode::Valid)
        );

        let revoked = client.ok("revoke_api_key", json!({ "id": id, "code": "UNUSED" }));
        assert_eq!(revoked["state"], "REVOKED");
        assert_eq!(gateway.verdict(&second).await, VerifyCode::Revoked);
        client.ok("restore_api_key", json!({ "id": id }));
        assert_eq!(gateway.verdict(&second).await, VerifyCode::Valid);

        // At once: no old secret is left.
        let rotated = client.ok("rotate_api_key", json!({ "id": id, "grace": "0s", "deliver": deliver }));
        assert_eq!(rotated["item"]["versions"].as_array().unwrap().len(), 1);
        let third = place.variable(".env", "KEY").unwrap();
        assert_eq!(
            (gateway.verdict(&second).await, gateway.verdict(&third).await),
            (VerifyCode::Expired, VerifyCode::Valid)
        );

        let token = client.ok(
            "create_pat",
            json!({ "name": "ci", "scopes": ["admin:read"], "deliver": { "kind": "env_file", "path": ".env", "variable": "PAT" } }),
        );
        let pat = place.variable(".env", "PAT").unwrap();
        client.ok("revoke_pat", json!({ "id": token["item"]["id"] }));

        let tape = client.tape();
        for secret in [&first, &second, &third, &pat, &server.owner().token().unwrap().to_owned()] {
            assert!(!tape.contains(secret.as_str()), "a secret was said");
        }
        assert_eq!(client.end(), (Some(0), String::new()));
        server.shutdown().await;
    }
}
