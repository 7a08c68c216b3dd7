//! Reading the log.

use admin_policy::Verdict;
use jiff::Timestamp;

use crate::app::api_keys::KeyTarget;
use crate::app::operation::{Call, Query};
use crate::app::paging::{PageInput, page};
use crate::error::Error;
use crate::ids::{ApiKeyId, LogId, ProjectId, VersionId};
use crate::model::{LogEntry, LogStatus, Page};
use crate::store::Tx;
use crate::store::key_logs::{self, Filter};

/// Lists what a key was presented for, newest first.
#[derive(Debug)]
pub struct ListKeyLogs {
    /// The key, deleted or not.
    pub id: ApiKeyId,
    /// From this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
    /// Only what came out so.
    pub status: Option<LogStatus>,
    /// Only with this answer.
    pub verdict: Option<Verdict>,
    /// Only for this project.
    pub project_id: Option<ProjectId>,
    /// Only of this resource.
    pub resource: Option<String>,
    /// Only with this secret.
    pub version_id: Option<VersionId>,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListKeyLogs {
    const FIELD: &'static str = "apiKeysLogs";
    type Output = Page<LogEntry>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range()?;
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err(Error::bad_input("from", format!("`from` is {from:.3}; it must be before `to`, {to:.3}")));
        }
        KeyTarget::readable(tx, call, &self.id)?;
        let filter = Filter {
            key_id: &self.id,
            from: self.from,
            to: self.to,
            status: self.status,
            verdict: self.verdict,
            project_id: self.project_id.as_ref(),
            resource: self.resource.as_deref(),
            version_id: self.version_id.as_ref(),
        };
        // How long the log is would take as long to count as to read.
        Ok(page(&range, key_logs::list(tx, &filter, &range)?, None, |entry| entry.id.to_string()))
    }
}

/// One entry.
#[derive(Debug)]
pub struct GetKeyLog {
    /// The key, deleted or not.
    pub id: ApiKeyId,
    /// The entry.
    pub log_id: LogId,
}

impl Query for GetKeyLog {
    const FIELD: &'static str = "apiKeysLog";
    type Output = LogEntry;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        KeyTarget::readable(tx, call, &self.id)?;
        key_logs::get(tx, &self.id, &self.log_id)?
            .ok_or_else(|| Error::not_found("log entry").with_hint("entries are kept for a time; usage outlives them"))
    }
}
