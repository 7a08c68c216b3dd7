//! Whether git would take a file into a commit.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::Machine;
use crate::atomic::folder_of;
use crate::program::Program;

/// What git would do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It leaves it alone: it ignores it, or is not there.
    Safe,
    /// It would take it in with `git add`.
    Exposed,
    /// It has it in its index: the next commit of everything takes in what is written there.
    Tracked,
    /// The file is in a work tree, and git does not say.
    Unknown,
}

/// Settings that win over those of the work tree, which may be a foreign one: it must name no program to run, and its owner is of no
/// matter to a question.
const SETTINGS: [&str; 4] = ["-c", "core.fsmonitor=false", "-c", "safe.directory=*"];
/// The work tree is the one that the file is in, and nothing is fetched for an answer.
const VARIABLES: &[(&str, Option<&str>)] = &[
    ("GIT_DIR", None),
    ("GIT_WORK_TREE", None),
    ("GIT_INDEX_FILE", None),
    ("GIT_COMMON_DIR", None),
    ("GIT_ALLOW_PROTOCOL", Some("none")),
];

pub(super) fn standing(path: &Path, machine: &Machine) -> Standing {
    // 0 = ignored, 1 = not ignored, 128 = no work tree, or one that git does not look into.
    match ask(path, &["check-ignore", "--quiet"], machine) {
        Some(0) => Standing::Safe,
        Some(1) => match ask(path, &["--literal-pathspecs", "ls-files", "--error-unmatch"], machine) {
            Some(0) => Standing::Tracked,
            Some(1) => Standing::Exposed,
            _ => Standing::Unknown,
        },
        _ if is_in_work_tree(path) => Standing::Unknown,
        _ => Standing::Safe,
    }
}

/// What git says of the file by its exit code.
fn ask(path: &Path, question: &[&str], machine: &Machine) -> Option<i32> {
    let git = Program::named("git", machine).ok()?;
    let mut arguments = vec![OsStr::new("-C"), folder_of(path).as_os_str()];
    arguments.extend(SETTINGS.iter().chain(question).map(OsStr::new));
    // With a folder before it no name is one of git's patterns.
    let name = Path::new(".").join(path.file_name()?);
    arguments.extend([OsStr::new("--"), name.as_os_str()]);
    git.code(&arguments, VARIABLES).ok()?
}

/// Whether a folder above the file has what makes it a work tree.
fn is_in_work_tree(path: &Path) -> bool {
    let folder = fs::canonicalize(folder_of(path));
    folder.is_ok_and(|folder| folder.ancestors().any(|folder| folder.join(".git").symlink_metadata().is_ok()))
}
