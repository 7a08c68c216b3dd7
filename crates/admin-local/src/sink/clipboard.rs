//! `clipboard`: what the user pastes next, for a while.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use admin_token::Secret;

use super::{DeliveryError, Receipt, Warning};
use crate::Machine;
use crate::program::Program;

/// Two programs that reach a clipboard, or one that does both. In the scripts they are `$2` and `$3`.
#[derive(Debug, Clone, Copy)]
struct Kind {
    copy: &'static str,
    arguments: &'static [&'static str],
    paste: &'static str,
    /// Prints what is on the clipboard.
    show: &'static str,
    /// Leaves nothing on it.
    clear: &'static str,
}

const MACOS: Kind =
    Kind { copy: "pbcopy", arguments: &[], paste: "pbpaste", show: r#""$3""#, clear: r#""$2" </dev/null"# };
const WAYLAND: Kind =
    Kind { copy: "wl-copy", arguments: &[], paste: "wl-paste", show: r#""$3" --no-newline"#, clear: r#""$2" --clear"# };
const X11: [Kind; 2] = [
    Kind {
        copy: "xclip",
        arguments: &["-selection", "clipboard"],
        paste: "xclip",
        show: r#""$3" -selection clipboard -o"#,
        clear: r#""$2" -selection clipboard </dev/null"#,
    },
    Kind {
        copy: "xsel",
        arguments: &["--clipboard", "--input"],
        paste: "xsel",
        show: r#""$3" --clipboard --output"#,
        clear: r#""$2" --clipboard --clear"#,
    },
];
/// Of Windows, and of Linux on Windows.
const WINDOWS: Kind = Kind {
    copy: "clip.exe",
    arguments: &[],
    paste: "powershell.exe",
    show: r#""$3" -NoProfile -Command Get-Clipboard | tr -d '\r'"#,
    clear: r#""$2" </dev/null"#,
};

/// A clipboard that is within reach.
#[derive(Debug)]
pub(super) struct Clipboard {
    kind: Kind,
    copy: Program,
    clearing: Option<Clearing>,
}

/// How the clipboard is cleared.
#[derive(Debug)]
struct Clearing {
    shell: Program,
    paste: Program,
    after: Duration,
}

pub(super) fn probe(machine: &Machine) -> Result<(Clipboard, Vec<Warning>), DeliveryError> {
    let found = |kind: Kind| Program::named(kind.copy, machine).ok().map(|copy| (kind, copy));
    let (kind, copy) = kinds(machine).into_iter().find_map(found).ok_or(DeliveryError::NoClipboard)?;
    let programs =
        Program::named("/bin/sh", machine).and_then(|shell| Ok((shell, Program::named(kind.paste, machine)?)));
    let clearing = programs.ok().map(|(shell, paste)| Clearing { shell, paste, after: machine.on_clipboard });
    let warnings = if clearing.is_none() { vec![Warning::NotCleared] } else { Vec::new() };
    Ok((Clipboard { kind, copy, clearing }, warnings))
}

/// The clipboards that the session can have.
fn kinds(machine: &Machine) -> Vec<Kind> {
    let has = |variable| machine.environment.get(variable).is_some();
    let mut kinds = Vec::new();
    if cfg!(target_os = "macos") {
        kinds.push(MACOS);
    }
    if has("WAYLAND_DISPLAY") {
        kinds.push(WAYLAND);
    }
    if has("DISPLAY") {
        kinds.extend(X11);
    }
    kinds.push(WINDOWS);
    kinds
}

impl Clipboard {
    pub(super) fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        let Self { kind, copy, clearing } = self;
        // First, because a secret that nobody clears away must not be there; what else is on the clipboard then is left alone.
        if let Some(clearing) = &clearing {
            clearing.begin(kind, &copy, secret)?;
        }
        copy.give(&[], kind.arguments, secret)?;
        Ok(Receipt::Clipboard { cleared_after: clearing.map(|clearing| clearing.after) })
    }
}

impl Clearing {
    /// Leaves a shell behind that waits. It has the secret in a variable that no program inherits, whatever options the environment
    /// turns on, and compares it by `case`, which is no program either.
    fn begin(&self, kind: Kind, copy: &Program, secret: &Secret) -> Result<(), DeliveryError> {
        let Kind { show, clear, .. } = kind;
        let script = format!(
            r#"set +ax
PATH=$PATH:/usr/bin:/bin
secret=$(cat) && command -v sleep >/dev/null || exit
(
    trap '' HUP
    sleep "$1" || exit
    case "$({show})" in
        "$secret") {clear} ;;
    esac
) </dev/null >/dev/null 2>&1 &"#
        );
        let seconds = self.after.as_secs_f32().to_string();
        let arguments: [&OsStr; 6] = [
            OsStr::new("-c"),
            OsStr::new(&script),
            OsStr::new("sh"),
            OsStr::new(&seconds),
            copy.path().as_os_str(),
            self.paste.path().as_os_str(),
        ];
        let arguments = arguments.map(OsString::from);
        Ok(self.shell.give(&[], &arguments, secret)?)
    }
}
