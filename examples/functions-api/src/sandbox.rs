//! Where JavaScript runs: in QuickJS, without I/O, in a process of its own for each run.
//!
//! The engine keeps the limits of memory and stack, and ends what runs too long. Some of its built-in functions it cannot end, such as the sort of
//! an array with four billion holes; and it is a large program in C. So it runs in a process that has nothing in its environment,
//! and is killed.

use std::{
    borrow::Cow,
    io::{self, Read, Write},
    path::PathBuf,
    process::{self, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, Function, Module, Promise, Runtime, Value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    sync::Semaphore,
    time::timeout,
};

/// How long a function may run.
pub const TIME: Duration = Duration::from_secs(1);
/// After this the process is killed, whatever it does.
const KILL: Duration = Duration::from_millis(1500);
/// After this a process ends itself, if nobody is left to kill it. It is later, so that whoever is there knows why it ended.
const ORPHANED: Duration = Duration::from_secs(3);
/// How long a run waits for its turn.
const QUEUE: Duration = Duration::from_secs(2);
/// What a function may take of memory, in bytes: 16 MiB.
pub const MEMORY: usize = 16 * 1024 * 1024;
/// What a function may take of the stack, in bytes: 4 MiB.
const STACK: usize = 4 * 1024 * 1024;
/// The largest output, as JSON, in bytes: 256 KiB.
pub const OUTPUT: usize = 256 * 1024;
/// The longest message of an error, in characters.
const MESSAGE: usize = 500;

/// The argument that makes the program run one function and end.
pub const ARGUMENT: &str = "run-one-function";

/// What a process is to do.
#[derive(Debug, Serialize, Deserialize)]
struct Job<'a> {
    code: Cow<'a, str>,
    #[serde(borrow)]
    input: &'a RawValue,
    /// Whether it is only to be seen if the code is JavaScript.
    check: bool,
}

/// Why there is no output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", content = "message", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Failure {
    /// It is no JavaScript.
    SyntaxError(String),
    /// It threw something, or its promise was rejected.
    FunctionThrew(String),
    /// It ran longer than [`TIME`].
    TimeLimit,
    /// It took more than [`MEMORY`].
    MemoryLimit,
    /// It awaits what nothing can bring about.
    NeverResolves,
    /// Its output is no JSON, such as a cycle.
    OutputNotJson(String),
    /// Its output is more than [`OUTPUT`].
    OutputTooLarge,
    /// All processes are taken.
    Busy,
    /// The process did not start, or ended without an answer.
    Broken(String),
}

/// Starts processes, so many at once.
#[derive(Debug)]
pub struct Sandbox {
    program: PathBuf,
    free: Semaphore,
}

impl Sandbox {
    /// Runs at most so many functions at once, each as `program run-one-function`.
    pub fn new(program: PathBuf, at_once: usize) -> Self {
        Self { program, free: Semaphore::new(at_once) }
    }

    /// Whether it is the body of a function.
    ///
    /// # Errors
    /// [`Failure::SyntaxError`], or that it could not be looked at.
    pub async fn check(&self, code: &str) -> Result<(), Failure> {
        self.process(&Job { code: code.into(), input: RawValue::NULL, check: true }).await.map(drop)
    }

    /// What the function gives for this input, as JSON.
    ///
    /// # Errors
    /// [`Failure`] says why there is nothing.
    pub async fn run(&self, code: &str, input: &RawValue) -> Result<Box<RawValue>, Failure> {
        self.process(&Job { code: code.into(), input, check: false }).await
    }

    async fn process(&self, job: &Job<'_>) -> Result<Box<RawValue>, Failure> {
        let turn = timeout(QUEUE, self.free.acquire()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or(Failure::Busy)?;
        let job = serde_json::to_vec(job).map_err(|error| broken(&error))?;
        let mut process = Command::new(&self.program)
            .arg(ARGUMENT)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| broken(&error))?;
        let (Some(mut stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(broken(&"it has no pipes"));
        };
        let answer = async {
            stdin.write_all(&job).await?;
            drop(stdin);
            let mut answer = Vec::new();
            // What it says is no more to be trusted than what it runs.
            stdout.take(2 * OUTPUT as u64).read_to_end(&mut answer).await?;
            process.wait().await?;
            io::Result::Ok(answer)
        };
        let answer = timeout(KILL, answer).await.map_err(|_| Failure::TimeLimit)?.map_err(|error| broken(&error))?;
        serde_json::from_slice::<Result<Box<RawValue>, Failure>>(&answer).map_err(|error| broken(&error))?
    }
}

fn broken(error: &impl ToString) -> Failure {
    Failure::Broken(error.to_string())
}

/// The work of a process: reads a job, and writes what came of it. The process ends in time, even if nobody is left to kill it.
///
/// # Errors
/// When it cannot read or write.
pub fn run_one_function(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    thread::Builder::new().spawn(end_in_time)?;
    let mut job = String::new();
    from.read_to_string(&mut job)?;
    let job: Job<'_> = serde_json::from_str(&job)?;
    // The main thread's stack has another size on each system, and the engine looks at its own share of it only now and then.
    let outcome = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(2 * STACK).spawn_scoped(scope, || execute(&job))?;
        thread.join().map_err(|_| io::Error::other("the engine panicked"))
    })?;
    let outcome = outcome.and_then(|json| RawValue::from_string(json).map_err(|error| broken(&error)));
    serde_json::to_writer(&mut to, &outcome)?;
    to.flush()
}

#[expect(clippy::exit, clippy::disallowed_methods, reason = "nothing else ends an engine that does not come back")]
fn end_in_time() {
    thread::sleep(ORPHANED);
    process::exit(1)
}

fn execute(job: &Job<'_>) -> Result<String, Failure> {
    let late = Arc::new(AtomicBool::new(false));
    let engine = Runtime::new().map_err(|error| broken(&error))?;
    engine.set_memory_limit(MEMORY);
    engine.set_max_stack_size(STACK);
    let (end, told) = (Instant::now() + TIME, Arc::clone(&late));
    engine.set_interrupt_handler(Some(Box::new(move || {
        let over = Instant::now() >= end;
        told.fetch_or(over, Ordering::Relaxed);
        over
    })));
    let context = Context::full(&engine).map_err(|error| broken(&error))?;
    let outcome = context.with(|context| output(&context, job, end));
    // A program may hide from itself that it was interrupted, but not from us.
    if late.load(Ordering::Relaxed) { Err(Failure::TimeLimit) } else { outcome }
}

fn output(context: &Ctx<'_>, job: &Job<'_>, end: Instant) -> Result<String, Failure> {
    // This is compiled and not run, so whoever may only make a function executes nothing.
    let source = format!("export default async function (input) {{\n{}\n}}", job.code);
    let declared =
        Module::declare(context.clone(), "function", source).catch(context).map_err(|error| match thrown(error) {
            Failure::FunctionThrew(message) => Failure::SyntaxError(message),
            other => other,
        })?;
    if job.check {
        return Ok("null".to_owned());
    }
    let (module, evaluated) = declared.eval().catch(context).map_err(thrown)?;
    settled(context, &evaluated, end)?;
    let function: Function<'_> = module.get("default").catch(context).map_err(thrown)?;
    let input: Value<'_> = context.json_parse(job.input.get()).catch(context).map_err(thrown)?;
    let promise: Promise<'_> = function.call((input,)).catch(context).map_err(thrown)?;
    let value = settled(context, &promise, end)?;
    let json = context.json_stringify(value).catch(context).map_err(|error| match thrown(error) {
        Failure::FunctionThrew(message) => Failure::OutputNotJson(message),
        other => other,
    })?;
    // JavaScript's `undefined` is nothing in JSON.
    let Some(json) = json else { return Ok("null".to_owned()) };
    let json = json.to_string().catch(context).map_err(thrown)?;
    if json.len() > OUTPUT { Err(Failure::OutputTooLarge) } else { Ok(json) }
}

/// What a promise comes to.
fn settled<'js>(context: &Ctx<'js>, promise: &Promise<'js>, end: Instant) -> Result<Value<'js>, Failure> {
    loop {
        if let Some(result) = promise.result::<Value<'_>>() {
            return result.catch(context).map_err(thrown);
        }
        if Instant::now() >= end {
            return Err(Failure::TimeLimit);
        }
        if !context.execute_pending_job() {
            return Err(Failure::NeverResolves);
        }
    }
}

/// What was thrown, in words.
fn thrown(error: CaughtError<'_>) -> Failure {
    let text = match error {
        CaughtError::Exception(exception) => {
            let message = exception.message().unwrap_or_default();
            if message == "out of memory" {
                return Failure::MemoryLimit;
            }
            let name: Option<String> = exception.get("name").ok();
            name.map_or_else(|| message.clone(), |name| format!("{name}: {message}"))
        }
        CaughtError::Value(value) => {
            let json = value.ctx().json_stringify(value.clone()).ok().flatten().and_then(|json| json.to_string().ok());
            json.unwrap_or_else(|| "a value that is no JSON".to_owned())
        }
        CaughtError::Error(error) => error.to_string(),
    };
    Failure::FunctionThrew(text.chars().take(MESSAGE).collect())
}
