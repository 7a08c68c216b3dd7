//! `clipboard`.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use admin_local::{Overwrites, Place, Warning};

use crate::fake::{Fake, SECRET};

/// The clipboard is a file.
const XCLIP: &str = r#"
case "$*" in
    *-o) cat "$here/clipboard" ;;
    *) cat >"$here/new"; mv "$here/new" "$here/clipboard" ;;
esac
"#;

fn x11(after: Duration) -> Fake {
    let mut fake = Fake::with(&[("DISPLAY", ":0")]);
    fake.program("xclip", XCLIP);
    fake.machine.on_clipboard = after;
    fake
}

/// Waits until something is so, which is soon.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn put(place: Place) -> String {
    place.deliver(&SECRET.into()).unwrap().to_string()
}

#[test]
fn the_secret_is_on_the_clipboard_and_then_it_is_not() {
    let fake = x11(Duration::from_millis(1500));
    fs::write(fake.path("clipboard"), "before").unwrap();
    let place = fake.probe("clipboard").unwrap();
    assert_eq!((place.overwrites(), place.warnings()), (Overwrites::Nothing, &[][..]));
    assert_eq!((fake.calls(), fake.read("clipboard")), (String::new(), "before".to_owned()));

    assert_eq!(put(place), "the clipboard, for 1.5 seconds");
    assert_eq!(fake.read("clipboard"), SECRET);
    until("the clipboard is not cleared", || fake.path("clipboard").exists() && fake.read("clipboard").is_empty());
    fake.assert_hidden();
    assert_eq!(
        fake.calls(),
        "xclip [-selection] [clipboard]\nxclip [-selection] [clipboard] [-o]\nxclip [-selection] [clipboard]\n"
    );
}

#[test]
fn what_was_copied_meanwhile_stays() {
    let fake = x11(Duration::from_secs(1));
    put(fake.probe("clipboard").unwrap());
    let copied = format!("{SECRET} and more");
    fs::write(fake.path("clipboard"), &copied).unwrap();
    until("nobody looked", || fake.read("calls").contains("[-o]"));
    // What would clear it would do so at once.
    thread::sleep(Duration::from_millis(200));
    assert_eq!(fake.read("clipboard"), copied);
    assert_eq!(fake.calls(), "xclip [-selection] [clipboard]\nxclip [-selection] [clipboard] [-o]\n");
}

#[test]
fn a_secret_is_compared_letter_by_letter() {
    let fake = x11(Duration::from_secs(1));
    // To a shell that took it for a pattern, everything would be like it.
    fake.probe("clipboard").unwrap().deliver(&"*".into()).unwrap();
    fs::write(fake.path("clipboard"), "mine").unwrap();
    until("nobody looked", || fake.read("calls").contains("[-o]"));
    thread::sleep(Duration::from_millis(200));
    assert_eq!(fake.read("clipboard"), "mine");
}

#[test]
fn two_secrets_one_after_the_other_are_both_cleared() {
    let fake = x11(Duration::from_millis(500));
    put(fake.probe("clipboard").unwrap());
    fake.probe("clipboard").unwrap().deliver(&"another secret".into()).unwrap();
    until("the clipboard is not cleared", || fake.path("clipboard").exists() && fake.read("clipboard").is_empty());
}

#[test]
fn a_clipboard_that_nothing_clears_is_warned_of() {
    let fake = Fake::with(&[("WAYLAND_DISPLAY", "wayland-0")]);
    fake.program("wl-copy", "cat >\"$here/clipboard\"");
    let place = fake.probe("clipboard").unwrap();
    assert_eq!(place.warnings(), [Warning::NotCleared]);
    insta::assert_snapshot!(place.warnings()[0].to_string(), @"nothing here can clear the clipboard: the secret stays there until you copy something else");
    assert_eq!(put(place), "the clipboard");
    assert_eq!(fake.read("clipboard"), SECRET);
    fake.assert_hidden();
    assert_eq!(fake.calls(), "wl-copy\n");
}

#[test]
fn each_program_is_for_its_session() {
    let copies = "cat >\"$here/clipboard\"";
    for (variables, programs, calls) in [
        (&[("WAYLAND_DISPLAY", "w"), ("DISPLAY", ":0")][..], &["wl-copy", "xclip", "xsel"][..], "wl-copy\n"),
        (&[("WAYLAND_DISPLAY", "w"), ("DISPLAY", ":0")], &["xsel"], "xsel [--clipboard] [--input]\n"),
        (&[("DISPLAY", ":0")], &["wl-copy", "xclip", "xsel"], "xclip [-selection] [clipboard]\n"),
        (&[("DISPLAY", ":0")], &["clip.exe"], "clip.exe\n"),
        (&[], &["wl-copy", "xclip", "xsel", "clip.exe"], "clip.exe\n"),
    ] {
        let fake = Fake::with(variables);
        for program in programs {
            fake.program(program, copies);
        }
        put(fake.probe("clipboard").unwrap());
        assert!(fake.calls().starts_with(calls), "{variables:?} {programs:?}");
    }
}

#[test]
fn each_program_clears_what_it_copied() {
    let copies = "cat >\"$here/new\"; mv \"$here/new\" \"$here/clipboard\"";
    let (shows, empties) = ("cat \"$here/clipboard\"", ": >\"$here/clipboard\"");
    for (variable, copy, does, paste, shows, cleared) in [
        (
            "WAYLAND_DISPLAY",
            "wl-copy",
            format!("case \"$1\" in --clear) {empties} ;; *) {copies} ;; esac"),
            "wl-paste",
            shows.to_owned(),
            "wl-copy\nwl-paste [--no-newline]\nwl-copy [--clear]\n",
        ),
        (
            "DISPLAY",
            "xsel",
            format!("case \"$2\" in --clear) {empties} ;; --output) {shows} ;; *) {copies} ;; esac"),
            "xsel",
            String::new(),
            "xsel [--clipboard] [--input]\nxsel [--clipboard] [--output]\nxsel [--clipboard] [--clear]\n",
        ),
        (
            "UNUSED",
            "clip.exe",
            copies.to_owned(),
            "powershell.exe",
            format!("{shows}; printf '\\r\\n'"),
            "clip.exe\npowershell.exe [-NoProfile] [-Command] [Get-Clipboard]\nclip.exe\n",
        ),
    ] {
        let mut fake = Fake::with(&[(variable, ":0")]);
        fake.machine.on_clipboard = Duration::from_millis(300);
        if paste != copy {
            fake.program(paste, &shows);
        }
        fake.program(copy, &does);
        put(fake.probe("clipboard").unwrap());
        until(copy, || fake.path("clipboard").exists() && fake.read("clipboard").is_empty());
        fake.assert_hidden();
        assert_eq!(fake.calls(), cleared);
    }
}

#[test]
fn without_a_program_there_is_no_clipboard() {
    let hint = "there is no program that reaches a clipboard\n\
                hint: install `wl-clipboard` for Wayland, or `xclip` or `xsel` for X11; without a desktop name another place, such as `file:PATH`";
    assert_eq!(Fake::with(&[("DISPLAY", ":0")]).refused("clipboard"), hint);
    let fake = Fake::new();
    fake.program("xclip", XCLIP);
    assert_eq!(fake.refused("clipboard"), hint, "there is no session for it");
}

#[test]
fn a_clipboard_that_fails_leaves_nothing_behind() {
    let mut fake = Fake::with(&[("DISPLAY", ":0")]);
    fake.machine.on_clipboard = Duration::from_millis(200);
    fake.program("xclip", "echo \"Error: Can't open display: :0\" >&2; exit 1");
    let place = fake.probe("clipboard").unwrap();
    insta::assert_snapshot!(fake.failed(place), @"`xclip` failed (exit status: 1): Error: Can't open display: :0");
    until("nobody looked", || fake.read("calls").contains("[-o]"));
    assert!(!fake.path("clipboard").exists());
}

#[test]
fn a_program_that_stays_for_the_clipboard_is_not_waited_for() {
    let fake = Fake::with(&[("DISPLAY", ":0")]);
    // As xclip does: it serves the clipboard until another program takes it over, and has its standard error open all the while.
    fake.program("xclip", "cat >\"$here/clipboard\"; sleep 40 &");
    let start = Instant::now();
    put(fake.probe("clipboard").unwrap());
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!(fake.read("clipboard"), SECRET);
}
