//! What keys were presented for, and what came of it.

use admin_policy::Verdict;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ApiKeyId, LogId, ProjectId, VersionId};
use crate::store::{Value, column_from_str};

named! {
    /// What came of a call, in short.
    LogStatus {
        /// It may pass: VALID.
        Success = "SUCCESS",
        /// It may not: any other code.
        Denied = "DENIED",
    }
    /// By what the usage of a key is told apart.
    KeyUsageDimension {
        /// By what came of the call.
        Code = "CODE",
        /// By project.
        Project = "PROJECT",
        /// By resource.
        Resource = "RESOURCE",
    }
}

impl From<Verdict> for Value {
    fn from(verdict: Verdict) -> Self {
        verdict.as_str().into()
    }
}

column_from_str!(Verdict);

/// One verification of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// `log_…`
    pub id: LogId,
    /// The key.
    pub key_id: ApiKeyId,
    /// Which secret of it was presented.
    pub version_id: VersionId,
    /// When it was decided.
    pub at: Timestamp,
    /// What came of it.
    pub verdict: Verdict,
    /// The project that the call named.
    pub project_id: Option<ProjectId>,
    /// What was called, such as `functions`.
    pub resource: Option<String>,
    /// The address that it came from.
    pub ip: Option<String>,
    /// The page that it came from, without what stands behind `?` and `#`.
    pub referrer: Option<String>,
    /// What the caller calls itself.
    pub user_agent: Option<String>,
    /// How much of the rate limit it took, or would have.
    pub cost: i64,
    /// How long the answer took, in microseconds.
    pub micros: i64,
}

/// How many calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Those that might pass.
    pub allowed: i64,
    /// The others.
    pub denied: i64,
}

impl Calls {
    /// So many that came out alike.
    pub fn of(verdict: Verdict, calls: i64) -> Self {
        if verdict == Verdict::Valid { Self { allowed: calls, denied: 0 } } else { Self { allowed: 0, denied: calls } }
    }

    /// All of them.
    pub const fn all(self) -> i64 {
        self.allowed + self.denied
    }
}

impl std::ops::SubAssign for Calls {
    fn sub_assign(&mut self, less: Self) {
        self.allowed -= less.allowed;
        self.denied -= less.denied;
    }
}

impl std::ops::AddAssign for Calls {
    fn add_assign(&mut self, more: Self) {
        self.allowed += more.allowed;
        self.denied += more.denied;
    }
}
