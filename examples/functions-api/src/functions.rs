//! The functions that were made, in memory.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use admin_sdk::WorkspaceId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How many functions of a workspace are kept at most.
pub const MOST: usize = 100;

/// What makes a function.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewFunction {
    /// What it is called: 1 to 100 characters.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What goes in, for people: it is kept and shown, and not enforced.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// What comes out, likewise.
    #[serde(default)]
    pub output: Map<String, Value>,
    /// The body of a function of `input`, in JavaScript. It may `await`.
    pub code: String,
}

/// A function that was made.
#[derive(Debug, Clone, Serialize)]
pub struct Function {
    /// Its id.
    pub id: String,
    /// What it was made from.
    #[serde(flatten)]
    pub made_from: NewFunction,
}

/// All functions, by workspace: only its own keys see them.
#[derive(Debug, Default)]
pub struct Functions(RwLock<HashMap<WorkspaceId, HashMap<String, Arc<Function>>>>);

/// The workspace has [`MOST`] already.
#[derive(Debug)]
pub struct Full;

impl Functions {
    /// Keeps a function of a workspace.
    ///
    /// # Errors
    /// [`Full`].
    pub fn insert(&self, workspace: WorkspaceId, function: Function) -> Result<Arc<Function>, Full> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let functions = all.entry(workspace).or_default();
        if functions.len() >= MOST {
            return Err(Full);
        }
        let function = Arc::new(function);
        functions.insert(function.id.clone(), Arc::clone(&function));
        Ok(function)
    }

    /// The function of a workspace with this id.
    pub fn get(&self, workspace: &WorkspaceId, id: &str) -> Option<Arc<Function>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(workspace)?.get(id).cloned()
    }
}
