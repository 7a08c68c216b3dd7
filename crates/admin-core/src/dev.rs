//! What a developer's control plane (`aisetu dev`) can do beside its API.

use std::{fmt, sync::Arc};

use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::{
    decode,
    error::{ConfigError, Error},
    ids::TopUpId,
    operations::billing::TopUpState,
    scalars::DateTime,
    transport::{Call, Transport},
};

/// A developer's control plane on this machine. Made by [`Client::dev`](crate::Client::dev).
#[derive(Clone)]
pub struct Dev {
    transport: Arc<Transport>,
}

/// A top-up that was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SettledTopUp {
    /// The top-up.
    pub id: TopUpId,
    /// How far it is: SUCCEEDED.
    pub state: TopUpState,
    /// When it was paid.
    pub paid_at: Option<DateTime>,
}

impl Dev {
    pub(crate) const fn new(transport: Arc<Transport>) -> Self {
        Self { transport }
    }

    /// Pays a top-up, as a person would at its payment URL. To do it twice does nothing more.
    ///
    /// # Errors
    /// `CONFIG` where the control plane is not on this machine, `NOT_FOUND` for a top-up that is not there, and where the control plane is
    /// not a developer's; `CONFLICT` for one that can not be paid any more.
    pub async fn settle_top_up(&self, id: &TopUpId) -> Result<SettledTopUp, Error> {
        let config = &self.transport.config;
        if !config.base_url().is_loopback() {
            return Err(ConfigError::NotLocal { base_url: config.base_url().to_string() }.into());
        }
        let mut url = config.base_url().endpoint("dev/top-ups");
        // Whatever is no id stays one part of the path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(id.as_ref()).push("settle");
        }
        let call = Call {
            url,
            accept: HeaderValue::from_static("application/json"),
            body: b"{}".to_vec(),
            idempotency_key: None,
            public: true,
            raw: false,
            timeout: config.timeout(),
        };
        Ok(self.transport.send(&call, |answer| decode::data_plane(config, answer)).await?.value)
    }
}

impl fmt::Debug for Dev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dev").field("config", &self.transport.config).finish_non_exhaustive()
    }
}
