//! A tenant's queries take turns, so that however many it asks and however long they take, there is a thread for other tenants.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, PoisonError, Weak};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::ids::TenantId;

/// Whose turn it is, for each tenant that asks.
#[derive(Debug, Default)]
pub(super) struct Turns(Lock<HashMap<TenantId, Weak<Mutex<()>>>>);

impl Turns {
    /// Waits for the tenant's turn, which lasts until what is given back is dropped.
    pub(super) async fn take(&self, tenant_id: &TenantId) -> OwnedMutexGuard<()> {
        self.of(tenant_id).lock_owned().await
    }

    fn of(&self, tenant_id: &TenantId) -> Arc<Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(tenant_id).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(tenant_id.clone(), Arc::downgrade(&turn));
        turn
    }
}
