//! A person at a terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::{Outcome, Run, signal, wait};

/// What a person types who wants to get out.
const CTRL_C: &str = "\u{3}";

/// Runs a command whose data a person sees on a terminal of so many columns, and tells what they see of it.
pub(crate) fn seen(mut run: Run, columns: u16) -> String {
    let (terminal, side) = pair();
    let window = Winsize { ws_row: 30, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&side, window).unwrap();
    run.command.stdout(Stdio::from(side));
    let show = run.shower();
    let child = run.spawn();
    let mut seen = Vec::new();
    // A terminal whose other side is closed ends in an error.
    let _ = File::from(terminal).read_to_end(&mut seen);
    wait(child);
    show(String::from_utf8(seen).unwrap().replace('\r', "").into_bytes())
}

/// A terminal, and the side that a program has.
fn pair() -> (OwnedFd, OwnedFd) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let side = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    (terminal, side)
}

/// Runs a command for a person who types an answer to each of its questions. What the person saw is in `stderr`, with what they typed
/// where the terminal showed it.
pub(crate) fn typing(mut run: Run, answers: &[&str]) -> Outcome {
    let (terminal, side) = pair();
    run.command.stdin(Stdio::from(side.try_clone().unwrap())).stderr(Stdio::from(side));
    let show = run.shower();
    let child = run.spawn();
    let mut terminal = File::from(terminal);
    let mut answers = answers.iter();
    let (mut seen, mut asked) = (Vec::new(), 0);
    let mut buffer = [0; 1024];
    // Nobody answers before the question; and a terminal whose other side is closed ends in an error.
    while let Ok(length @ 1..) = terminal.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..length]);
        if seen.len() > asked && (seen.ends_with(b"] ") || seen.ends_with(b": ")) {
            asked = seen.len();
            match *answers.next().unwrap_or_else(|| panic!("nobody answers: {}", String::from_utf8_lossy(&seen))) {
                CTRL_C => signal(child.id(), "INT"),
                answer => terminal.write_all(answer.as_bytes()).unwrap(),
            }
        }
    }
    let output = wait(child);
    let seen = String::from_utf8(seen).unwrap().replace('\r', "");
    Outcome { code: output.status.code(), stdout: show(output.stdout), stderr: show(seen.into_bytes()) }
}
