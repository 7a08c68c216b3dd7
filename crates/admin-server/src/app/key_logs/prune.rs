//! Taking out entries whose time is over.

use jiff::SignedDuration;

use super::MINUTE;
use crate::app::ControlPlane;
use crate::app::buckets::cell;
use crate::error::Error;
use crate::store::{Tx, key_logs};

/// How many entries are taken out in one transaction, so that others come between.
const STEP: i64 = 5_000;
/// How many such transactions there are in a minute, so that what else is due in it is not kept waiting.
const STEPS: usize = 100;

impl ControlPlane {
    /// Takes out the entries that the operator keeps no longer, as far as they are in the sums.
    ///
    /// # Errors
    /// Those of the store.
    pub(in crate::app) async fn prune_key_log(&self) -> Result<(), Error> {
        let kept = SignedDuration::from_hours(24 * i64::from(self.ports.settings.key_log_days));
        let before = self.ports.clock.now().checked_sub(kept).map_err(Error::internal)?;
        // Whole minutes, so that each of them is there or not.
        let before = cell(before, MINUTE).map_or(before, |minute| minute.start);
        let mut after = Some(0);
        for _ in 0..STEPS {
            let Some(number) = after else { break };
            let prune = move |tx: &mut Tx<'_>| {
                tx.changes([]);
                Ok(key_logs::prune(tx, before, MINUTE, number, STEP)?)
            };
            after = self.store.write(prune).await?;
        }
        Ok(())
    }
}
