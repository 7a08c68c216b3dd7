//! The credential of a connection, for a gateway that calls its provider.

use std::{fmt, fs, io::Read, path::Path, sync::Arc, time::Duration};

use admin_token::Secret;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hpke::{
    Deserializable as _, Kem, OpModeR, Serializable as _, aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256,
    single_shot_open,
};
use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Gateway;
use crate::{
    decode,
    error::{ConfigError, Error},
    ids::{ConnectionId, WorkspaceId},
    operations::provider_credentials::{Credential, Provider},
    transport::Call,
};

type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;

/// More than any file with a key holds, in bytes.
const LARGEST_FILE: u64 = 1024;

/// The private key of a gateway, with which it opens credentials. Its public half is registered with the token of the gateway.
///
/// `Debug` shows the public half.
#[derive(Clone)]
pub struct ResolveKey {
    private: PrivateKey,
    public: String,
}

impl ResolveKey {
    /// A new one. Keep [`to_secret`](Self::to_secret) where only the gateway reads it.
    ///
    /// # Errors
    /// `CONFIG` when the operating system gives no random numbers.
    pub fn generate() -> Result<Self, Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|_| ConfigError::NoRandomness)?;
        Ok(Self::of(X25519HkdfSha256::derive_keypair(seed.as_slice()).0))
    }

    /// Takes one back that [`to_secret`](Self::to_secret) gave.
    ///
    /// # Errors
    /// `CONFIG` when it is none. The error does not quote it.
    pub fn parse(secret: &Secret) -> Result<Self, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(secret.expose().trim()).map(Zeroizing::new);
        let private = bytes.ok().and_then(|bytes| PrivateKey::from_bytes(&bytes).ok());
        private.map(Self::of).ok_or_else(|| ConfigError::MalformedResolveKey.into())
    }

    /// Reads one from a file of which only its owner may read.
    ///
    /// # Errors
    /// `CONFIG` names the file and what is wrong with it.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let wrong = |reason: String| ConfigError::ResolveKeyFile { path: path.to_owned(), reason };
        let file = fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
        check_mode(&file).map_err(wrong)?;
        let mut text = Zeroizing::new(String::with_capacity(1024));
        file.take(LARGEST_FILE).read_to_string(&mut text).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&Secret::new(text.as_str()))
    }

    fn of(private: PrivateKey) -> Self {
        let public = URL_SAFE_NO_PAD.encode(X25519HkdfSha256::sk_to_pk(&private).to_bytes());
        Self { private, public }
    }

    /// The public half, for `aisetu-server token create --public-key` or `publicKey` of a new personal access token.
    pub fn public_key(&self) -> &str {
        &self.public
    }

    /// The key itself as text.
    pub fn to_secret(&self) -> Secret {
        let bytes = Zeroizing::new(self.private.to_bytes().to_vec());
        Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
    }
}

impl fmt::Debug for ResolveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResolveKey(public {})", self.public)
    }
}

#[cfg(unix)]
fn check_mode(file: &fs::File) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata().map_err(|error| error.to_string())?.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 { Ok(()) } else { Err(format!("others can read it (mode {mode:03o}); run: chmod 600")) }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such mode")]
fn check_mode(_: &fs::File) -> Result<(), String> {
    Ok(())
}

/// A connection, and on whose behalf its credential is wanted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResolveRequest {
    /// The slug of the connection.
    pub connection: String,
    /// The API key that was presented; the connection is looked for in its workspace.
    pub key: Option<Secret>,
    /// The workspace in its place, which a tenant's own token may name.
    pub workspace_id: Option<WorkspaceId>,
    /// The deadline with all retries: above zero, at most an hour; by default the client's.
    pub timeout: Option<Duration>,
}

impl ResolveRequest {
    /// On behalf of whoever presented this key.
    pub fn for_key(connection: impl Into<String>, key: impl Into<Secret>) -> Self {
        Self { connection: connection.into(), key: Some(key.into()), workspace_id: None, timeout: None }
    }

    /// On behalf of the tenant itself.
    pub fn for_workspace(connection: impl Into<String>, id: impl Into<WorkspaceId>) -> Self {
        Self { connection: connection.into(), key: None, workspace_id: Some(id.into()), timeout: None }
    }

    /// Sets the deadline with all retries.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// The credential of a connection.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResolvedCredential {
    /// The connection.
    pub connection_id: ConnectionId,
    /// Counts the credentials that the connection has had: another number is another credential.
    pub version: i64,
    /// The credential.
    pub credential: Credential,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireRequest<'a> {
    connection: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<&'a WorkspaceId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAnswer {
    connection_id: ConnectionId,
    provider: String,
    version: i64,
    token_id: String,
    enc: String,
    ciphertext: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCredential {
    api_key: Option<Secret>,
    aws_access_key_id: Option<Secret>,
    aws_secret_access_key: Option<Secret>,
    aws_region: Option<String>,
}

impl WireAnswer {
    /// Opens what is sealed; `None` when it does not open, or is no credential that this version knows.
    fn open(self, key: &ResolveKey) -> Option<ResolvedCredential> {
        let enc = URL_SAFE_NO_PAD.decode(&self.enc).ok()?;
        let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&enc).ok()?;
        let ciphertext = URL_SAFE_NO_PAD.decode(&self.ciphertext).ok()?;
        let info = format!("{}{}", self.token_id, self.connection_id);
        let text = single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &key.private,
            &enc,
            info.as_bytes(),
            &ciphertext,
            b"",
        );
        let wire: WireCredential = serde_json::from_slice(&Zeroizing::new(text.ok()?)).ok()?;
        let credential = match Provider::known(&self.provider)? {
            Provider::Openai => Credential::OpenAi { api_key: wire.api_key? },
            Provider::Anthropic => Credential::Anthropic { api_key: wire.api_key? },
            Provider::Bedrock => Credential::Bedrock {
                aws_access_key_id: wire.aws_access_key_id?,
                aws_secret_access_key: wire.aws_secret_access_key?,
                aws_region: wire.aws_region?,
            },
            Provider::Unknown(_) => return None,
        };
        Some(ResolvedCredential { connection_id: self.connection_id, version: self.version, credential })
    }
}

impl Provider {
    fn known(text: &str) -> Option<Self> {
        Self::KNOWN.iter().find(|provider| provider.as_str() == text).cloned()
    }
}

impl Gateway {
    /// Gives the credential of a connection to a gateway whose token has `credentials:use` and the public half of `key`. It is in the
    /// tenant's audit trail each time: keep what you get for as long as you serve the tenant, and no longer.
    ///
    /// The future owns all that it needs: it can be spawned, and dropping it aborts the call.
    pub fn resolve(
        &self,
        request: ResolveRequest,
        key: &ResolveKey,
    ) -> impl Future<Output = Result<ResolvedCredential, Error>> + Send + 'static + use<> {
        let (transport, key) = (Arc::clone(&self.transport), key.clone());
        async move {
            let config = &transport.config;
            let wire = WireRequest {
                connection: &request.connection,
                key: request.key.as_ref().map(Secret::expose),
                workspace_id: request.workspace_id.as_ref(),
            };
            let body = serde_json::to_vec(&wire).map_err(|error| ConfigError::Input { reason: error.to_string() })?;
            let call = Call {
                url: config.base_url().endpoint("v1/credentials/resolve"),
                accept: HeaderValue::from_static("application/json"),
                body,
                idempotency_key: None,
                timeout: request.timeout.unwrap_or(config.timeout()),
                public: false,
                raw: false,
            };
            let answer: WireAnswer = transport.send(&call, |answer| decode::data_plane(config, answer)).await?.value;
            answer.open(&key).ok_or_else(|| ConfigError::ForeignResolveKey.into())
        }
    }
}
