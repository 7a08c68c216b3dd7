//! Providers that take every credential, so that no test asks a real one by accident.

use admin_server::model::ProbeOutcome;
use admin_server::providers::{Credential, Probed, Probes};
use futures_util::future::BoxFuture;
use jiff::Timestamp;

/// Asks nobody.
#[derive(Debug)]
pub(crate) struct Content;

impl Probes for Content {
    fn probe<'a>(&'a self, credential: &'a Credential, _: Timestamp) -> BoxFuture<'a, Probed> {
        let message = format!("{} takes this key", credential.provider());
        Box::pin(async { Probed { outcome: ProbeOutcome::Ok, message } })
    }
}
