//! Whether git would take a file into a commit.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::atomic::folder_of;
use crate::program::without_ours;

/// Whether the file is in a git work tree and not ignored there. Without git on this machine nobody can say: false.
pub(super) fn is_exposed(path: &Path) -> bool {
    // 0 = ignored, 1 = not ignored, 128 = no work tree.
    ask(path, &["check-ignore", "--quiet"]) == Some(1)
}

/// Whether git has the file in its index. Without git on this machine nobody can say: false.
pub(super) fn is_tracked(path: &Path) -> bool {
    ask(path, &["ls-files", "--error-unmatch"]) == Some(0)
}

/// What git says of the file by its exit code.
fn ask(path: &Path, question: &[&str]) -> Option<i32> {
    let mut git = Command::new("git");
    // The configuration of a foreign work tree can name programs to run.
    git.args(["-c", "core.fsmonitor=false"])
        .args(question)
        .arg("--")
        .arg(path.file_name()?)
        .current_dir(folder_of(path));
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    without_ours(&mut git);
    let status = git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.ok()?.code()
}
