//! Programs that mean no good.

use std::time::Duration;

use functions_api::sandbox::Failure;
use serde_json::{Value, value::RawValue};
use tokio::io::AsyncWriteExt as _;

use crate::support::sandbox;

async fn run(code: &str) -> Result<Value, Failure> {
    let input = RawValue::from_string(r#"{"name":"John"}"#.to_owned()).unwrap();
    let output = sandbox(1).run(code, &input).await?;
    Ok(serde_json::from_str(output.get()).unwrap())
}

async fn fails(code: &str) -> Failure {
    run(code).await.expect_err(code)
}

#[tokio::test]
async fn what_is_returned_or_awaited_comes_out() {
    for (code, output) in [
        ("return input.name", r#""John""#),
        ("return await Promise.resolve(input)", r#"{"name":"John"}"#),
        ("const f = async n => n ? await f(n - 1) + 1 : 0; return f(200)", "200"),
        ("", "null"),
        ("return undefined", "null"),
        ("return () => 1", "null"),
        ("return { at: new Date(0), none: undefined, not: NaN }", r#"{"at":"1970-01-01T00:00:00.000Z","not":null}"#),
        ("return 'ü\\u2028\\ud83d\\ude00'", "\"ü\\u2028😀\""),
    ] {
        assert_eq!(run(code).await.unwrap(), serde_json::from_str::<Value>(output).unwrap(), "{code}");
    }
}

#[tokio::test]
async fn whatever_runs_too_long_ends_in_time() {
    let runs = [
        "for (;;) {}",
        "try { for (;;) {} } catch { } finally { for (;;) {} }",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
        "const f = async () => { for (;;) await null }; return f()",
        "return { toJSON() { for (;;) {} } }",
        "return { get a() { for (;;) {} } }",
        "return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
        // These the engine does not end itself.
        "return new Array(2 ** 32 - 1).sort()",
        "return (3n ** 600000n).toString().length + (3n ** 600000n).toString().length",
    ]
    .map(|code| tokio::spawn(async move { (code, fails(code).await) }));
    for run in runs {
        let (code, failure) = run.await.unwrap();
        assert_eq!(failure, Failure::TimeLimit, "{code}");
    }
}

#[tokio::test]
async fn what_is_checked_is_not_run() {
    let sandbox = sandbox(1);
    for code in ["for (;;) {}", "} for (;;) {} {", "} await new Promise(() => {}); {"] {
        assert_eq!(sandbox.check(code).await, Ok(()), "{code}");
    }
    for code in
        ["return (", "}); for (;;) {} (function () {", "import 'fs'", "} import 'fs'; {", "with (input) {}", "\0"]
    {
        assert!(matches!(sandbox.check(code).await, Err(Failure::SyntaxError(_))), "{code}");
    }
}

#[tokio::test]
async fn a_process_ends_when_nobody_is_left_to_kill_it() {
    let job = br#"{"code":"return new Array(2 ** 32 - 1).sort()","input":null,"check":false}"#;
    let mut process = tokio::process::Command::new(env!("CARGO_BIN_EXE_functions-api"))
        .arg(functions_api::sandbox::ARGUMENT)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(job).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(30), process.wait()).await;
    assert_eq!(ended.expect("it still runs").unwrap().code(), Some(1));
}

#[tokio::test]
async fn memory_stack_and_output_are_bounded() {
    for code in [
        "let all = []; for (;;) all.push('x'.repeat(1e6) + all.length)",
        "return 'x'.repeat(2 ** 29)",
        "return new Uint8Array(2 ** 28)",
        "const all = []; for (;;) all.push(new ArrayBuffer(2 ** 20))",
        "return new Array(2 ** 32 - 1).fill(0)",
    ] {
        assert_eq!(fails(code).await, Failure::MemoryLimit, "{code}");
    }
    for code in ["const f = () => f() + 1; return f()", "return JSON.parse('['.repeat(100000))"] {
        let Failure::FunctionThrew(message) = fails(code).await else { panic!("{code}") };
        assert!(message.contains("stack"), "{message}");
    }
    // The engine looks for cycles in a time that grows with the square of the depth.
    let deep = fails("let a = []; for (let i = 0; i < 100000; i++) a = [a]; return a").await;
    let ended = match &deep {
        Failure::OutputNotJson(message) => message.contains("stack"),
        other => *other == Failure::TimeLimit,
    };
    assert!(ended, "{deep:?}");
    assert_eq!(fails("return 'x'.repeat(256 * 1024)").await, Failure::OutputTooLarge);
    assert_eq!(run("return 'x'.repeat(256 * 1024 - 2)").await.unwrap().as_str().unwrap().len(), 256 * 1024 - 2);
}

#[tokio::test]
async fn nothing_leads_out() {
    let names = "return ['require', 'fetch', 'process', 'Deno', 'Bun', 'std', 'os', 'scriptArgs', 'console', 'print', \
        'setTimeout', 'Worker', 'WebAssembly', 'XMLHttpRequest'].filter(name => name in globalThis)";
    assert_eq!(run(names).await.unwrap(), serde_json::json!([]));
    for code in ["return await import('fs')", "return await import('/etc/passwd')", "return require('fs')"] {
        assert!(matches!(fails(code).await, Failure::FunctionThrew(_)), "{code}");
    }
    assert_eq!(fails("await new Promise(() => {})").await, Failure::NeverResolves);
}

#[tokio::test]
async fn no_run_sees_what_another_left() {
    let sandbox = sandbox(1);
    let input = RawValue::from_string("null".to_owned()).unwrap();
    let poison = "Object.prototype.left = 1; Array.prototype.push = () => 2; globalThis.left = 3; \
        Promise.prototype.then = undefined; JSON.stringify = () => '\"forged\"'; return [left, {}.left, [].push()]";
    let poisoned = sandbox.run(poison, &input).await.unwrap();
    assert_eq!(poisoned.get(), "[3,1,2]");
    let clean = "return [typeof left, typeof {}.left, [].push(1), typeof Promise.prototype.then]";
    assert_eq!(sandbox.run(clean, &input).await.unwrap().get(), r#"["undefined","undefined",1,"function"]"#);
}

#[tokio::test]
async fn what_is_thrown_is_told_in_few_words() {
    for (code, told) in [
        ("throw new RangeError('too far')", "RangeError: too far"),
        ("throw { a: 1 }", r#"{"a":1}"#),
        ("throw undefined", "a value that is no JSON"),
        ("await Promise.reject('no')", "\"no\""),
        ("return missing", "ReferenceError: missing is not defined"),
        ("throw Object.defineProperty(new Error('x'), 'name', { get() { throw 1 } })", "x"),
    ] {
        assert_eq!(fails(code).await, Failure::FunctionThrew(told.to_owned()), "{code}");
    }
    let Failure::FunctionThrew(long) = fails("throw new Error('x'.repeat(1e6))").await else { panic!() };
    assert_eq!(long.len(), 500);
    let cycle = fails("const a = {}; a.a = a; return a").await;
    assert!(matches!(&cycle, Failure::OutputNotJson(message) if message.contains("circular")), "{cycle:?}");
    assert!(matches!(fails("return 1n").await, Failure::OutputNotJson(_)));
}

#[tokio::test]
async fn so_many_run_at_once_and_the_others_wait_their_turn() {
    let sandbox = std::sync::Arc::new(sandbox(1));
    let run = |code: &'static str| {
        let sandbox = std::sync::Arc::clone(&sandbox);
        tokio::spawn(async move {
            let input = RawValue::from_string("null".to_owned()).unwrap();
            sandbox.run(code, &input).await.map(|output| output.get().to_owned())
        })
    };
    let busy: Vec<_> = (0..4).map(|_| run("for (;;) {}")).collect();
    let mut ends = Vec::new();
    for run in busy {
        ends.push(run.await.unwrap().unwrap_err());
    }
    // Each takes a second, and nobody waits longer than two.
    assert!(ends.contains(&Failure::TimeLimit) && ends.contains(&Failure::Busy), "{ends:?}");
    assert_eq!(run("return 1").await.unwrap(), Ok("1".to_owned()), "and then there is room again");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_a_fault_and_no_panic() {
    let nobody = functions_api::sandbox::Sandbox::new("/nowhere".into(), 1);
    assert!(matches!(nobody.check("").await, Err(Failure::Broken(_))));
}
