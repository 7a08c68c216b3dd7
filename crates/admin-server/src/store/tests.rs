//! What the threads and transactions promise.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;

use super::{Store, StoreError, Tx};
use super::{migrations, pats, people};
use crate::error::{Code, Error};
use crate::ids::{MembershipId, PatId, TenantId, UserId};
use crate::model::{Role, Tenant};
use crate::random::SystemRandom;

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    (folder, file)
}

fn insert(tx: &mut Tx<'_>, name: &str) -> Result<(), Error> {
    let tenant = Tenant { id: TenantId::new(Timestamp::UNIX_EPOCH, &SystemRandom), name: name.to_owned() };
    Ok(people::insert_tenant(tx, &tenant, Timestamp::UNIX_EPOCH)?)
}

/// How many tenants there are of each name.
fn count<const N: usize>(tx: &mut Tx<'_>, names: [&str; N]) -> Result<[usize; N], Error> {
    let mut counts = [0; N];
    for (count, name) in counts.iter_mut().zip(names) {
        *count = tx.query("SELECT id FROM tenants WHERE name = $1", &[name.into()])?.len();
    }
    Ok(counts)
}

type Rule = fn(&mut Tx<'_>) -> Result<(), Error>;

/// A job that holds the writer until it is told to go on: what is asked for meanwhile becomes one group.
struct Gate {
    entered: Receiver<()>,
    open: Sender<()>,
    job: JoinHandle<Result<(), Error>>,
}

impl Gate {
    /// Inserts `gate` and then holds the writer.
    async fn shut(store: &Store) -> Self {
        let ((entering, entered), (open, opened)) = (channel(), channel());
        let (entering, opened) = (Mutex::new(entering), Arc::new(Mutex::new(opened)));
        let store = store.clone();
        let job = tokio::spawn(async move {
            store
                .write(move |tx| {
                    insert(tx, "gate")?;
                    entering.lock().unwrap().send(()).unwrap();
                    opened.lock().unwrap().recv().unwrap();
                    Ok(())
                })
                .await
        });
        let entered = tokio::task::spawn_blocking(move || {
            entered.recv().unwrap();
            entered
        });
        Self { entered: entered.await.unwrap(), open, job }
    }

    async fn open(self) {
        self.open.send(()).unwrap();
        self.job.await.unwrap().unwrap();
        drop(self.entered);
    }
}

/// Sends jobs in order, and comes back once all are queued.
async fn queue(store: &Store, jobs: Vec<Rule>) -> Vec<JoinHandle<Result<(), Error>>> {
    let mut waiting = Vec::new();
    for job in jobs {
        let store = store.clone();
        waiting.push(tokio::spawn(async move { store.write(job).await }));
        // On one thread a task runs up to where it waits.
        tokio::task::yield_now().await;
    }
    waiting
}

/// The commits in a write-ahead log: frames whose header gives the size of the database after the commit.
fn commits(file: &Path) -> usize {
    let log = std::fs::read(file.with_extension("db-wal")).unwrap();
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    let page = usize::try_from(number(&log[8..12])).unwrap();
    log[32..].chunks_exact(24 + page).filter(|frame| frame[8..16] == log[16..24] && number(&frame[4..8]) > 0).count()
}

#[tokio::test]
async fn what_waits_is_made_durable_together() {
    let (_folder, file) = folder();
    let (store, _) = Store::open(&file).unwrap();
    let gate = Gate::shut(&store).await;
    let waiting = queue(&store, vec![|tx| insert(tx, "job"); 100]).await;
    let before = commits(&file);
    gate.open().await;
    for job in waiting {
        job.await.unwrap().unwrap();
    }
    // The one that held the writer, then 64, then the rest.
    assert_eq!(commits(&file) - before, 3);
    assert_eq!(store.read(|tx| count(tx, ["gate", "job"])).await.unwrap(), [1, 100]);
}

#[tokio::test]
async fn a_job_that_fails_or_panics_takes_nothing_with_it() {
    for in_memory in [false, true] {
        let (_folder, file) = folder();
        let (store, _) = if in_memory { Store::in_memory() } else { Store::open(&file) }.unwrap();
        let gate = Gate::shut(&store).await;
        let jobs: Vec<Rule> = vec![
            |tx| insert(tx, "first"),
            |tx| {
                insert(tx, "undone")?;
                Err(Error::conflict("no"))
            },
            |tx| {
                insert(tx, "undone")?;
                panic!("a rule that panics");
            },
            |tx| {
                insert(tx, "undone")?;
                tx.execute("INSERT INTO tenants (id, name, created_at) VALUES ($1, NULL, 0)", &["x".into()])?;
                Ok(())
            },
            |tx| insert(tx, "last"),
        ];
        let waiting = queue(&store, jobs).await;
        gate.open().await;
        let mut codes = Vec::new();
        for job in waiting {
            codes.push(job.await.unwrap().map_err(|error| error.code()));
        }
        assert_eq!(codes, [Ok(()), Err(Code::Conflict), Err(Code::Internal), Err(Code::Internal), Ok(())]);
        let kept = store.read(|tx| count(tx, ["gate", "first", "undone", "last"])).await.unwrap();
        assert_eq!(kept, [1, 1, 0, 1]);
    }
}

#[tokio::test]
async fn a_read_sees_what_is_committed_and_nothing_else() {
    let (_folder, file) = folder();
    let (store, _) = Store::open(&file).unwrap();
    let gate = Gate::shut(&store).await;
    assert_eq!(store.read(|tx| count(tx, ["gate"])).await.unwrap(), [0]);
    gate.open().await;
    assert_eq!(store.read(|tx| count(tx, ["gate"])).await.unwrap(), [1]);
}

/// Counts beyond all patience, once it has said that it began.
fn without_end(begun: &Sender<()>, tx: &mut Tx<'_>) -> Result<(), Error> {
    begun.send(()).unwrap();
    let count = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000000) SELECT COUNT(*) FROM n";
    tx.query(count, &[])?;
    Ok(())
}

/// How long what must not wait may take on a machine that is busy.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_read_that_nobody_waits_for_is_ended_or_not_begun() {
    let (_folder, file) = folder();
    let (store, closed) = Store::open(&file).unwrap();
    for long in [false, true] {
        let (begun, begins) = channel();
        let mut waiting = Vec::new();
        for _ in 0..20 {
            let (store, begun) = (store.clone(), begun.clone());
            waiting.push(tokio::spawn(async move {
                let work = move |tx: &mut Tx<'_>| without_end(&begun, tx);
                if long { store.read_long(work).await } else { store.read(work).await }
            }));
        }
        tokio::task::yield_now().await;
        let begins = tokio::task::spawn_blocking(move || {
            // The threads that there are, and no more.
            begins.recv().unwrap();
            begins.recv().unwrap();
            begins
        });
        let begins = begins.await.unwrap();
        for job in &waiting {
            job.abort();
        }
        for job in waiting {
            assert!(job.await.unwrap_err().is_cancelled());
        }
        let count = |tx: &mut Tx<'_>| count(tx, ["none"]);
        let free = async { if long { store.read_long(count).await } else { store.read(count).await } };
        assert_eq!(tokio::time::timeout(SOON, free).await.unwrap(), Ok([0]));
        drop(begun);
        assert_eq!(begins.try_iter().count(), 0, "what waited is not begun");
    }
    drop(store);
    tokio::time::timeout(SOON, closed).await.unwrap();
}

#[tokio::test]
async fn reads_that_take_long_keep_no_short_one_waiting() {
    let (_folder, file) = folder();
    let (store, _) = Store::open(&file).unwrap();
    let (begun, begins) = channel();
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let (store, begun) = (store.clone(), begun.clone());
        waiting.push(tokio::spawn(async move { store.read_long(move |tx| without_end(&begun, tx)).await }));
    }
    // Kept, because whoever begins says so.
    let _begins = tokio::task::spawn_blocking(move || begins.recv().map(|()| begins)).await.unwrap().unwrap();
    let short = store.read(|tx| count(tx, ["none"]));
    assert_eq!(tokio::time::timeout(SOON, short).await.unwrap(), Ok([0]));
    for job in waiting {
        job.abort();
    }
}

#[tokio::test]
async fn a_read_cannot_write() {
    let (_folder, file) = folder();
    let (store, _) = Store::open(&file).unwrap();
    assert_eq!(store.read(|tx| insert(tx, "sly")).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(store.read(|tx| count(tx, ["sly"])).await.unwrap(), [0]);
}

#[tokio::test]
async fn beyond_the_queue_calls_are_refused_at_once() {
    let (_folder, file) = folder();
    let (store, _) = Store::open(&file).unwrap();
    let gate = Gate::shut(&store).await;
    let waiting = queue(&store, vec![|tx| insert(tx, "job"); super::QUEUE + 3]).await;
    gate.open().await;
    let mut refused = 0;
    for job in waiting {
        match job.await.unwrap() {
            Ok(()) => {}
            Err(error) => {
                assert_eq!((error.code(), error.message()), (Code::Unavailable, "too many calls are waiting"));
                assert!(error.retry_after().is_some());
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 3);
    assert_eq!(store.read(|tx| count(tx, ["gate", "job"])).await.unwrap(), [1, super::QUEUE]);
}

#[tokio::test]
async fn closing_does_what_was_asked_and_leaves_one_file() {
    for _ in 0..20 {
        let (_folder, file) = folder();
        let (store, closed) = Store::open(&file).unwrap();
        let gate = Gate::shut(&store).await;
        let waiting = queue(&store, vec![|tx| insert(tx, "job"); 10]).await;
        gate.open().await;
        for job in waiting {
            job.await.unwrap().unwrap();
        }
        store.read(|tx| count(tx, ["job"])).await.unwrap();
        drop(store);
        closed.await;
        assert!(!file.with_extension("db-wal").exists(), "the log was not folded into the file");
        let (store, _) = Store::open(&file).unwrap();
        assert_eq!(store.read(|tx| count(tx, ["gate", "job"])).await.unwrap(), [1, 10]);
    }
}

#[tokio::test]
async fn one_server_has_a_file() {
    let (_folder, file) = folder();
    let (store, closed) = Store::open(&file).unwrap();
    let refused = Store::open(&file).unwrap_err();
    assert!(matches!(&refused, StoreError::Locked(name) if name.ends_with("test.db")), "{refused}");
    drop(store);
    closed.await;
    Store::open(&file).unwrap();
}

#[tokio::test]
async fn beside_a_server_both_write_and_each_sees_the_other_at_once() {
    let (_folder, file) = folder();
    let (server, server_closed) = Store::open(&file).unwrap();
    let (command, command_closed) = Store::open_beside(&file).unwrap();
    let writing = |store: &Store| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..100 {
                store.write(|tx| insert(tx, "both")).await.unwrap();
            }
        })
    };
    let (one, other) = (writing(&server), writing(&command));
    one.await.unwrap();
    other.await.unwrap();
    for (writes, reads) in [(&server, &command), (&command, &server)] {
        for _ in 0..10 {
            let before = reads.read(|tx| count(tx, ["both"])).await.unwrap()[0];
            writes.write(|tx| insert(tx, "both")).await.unwrap();
            assert_eq!(reads.read(|tx| count(tx, ["both"])).await.unwrap(), [before + 1]);
        }
    }
    // Whoever goes last folds the log into the file.
    drop(server);
    server_closed.await;
    command.write(|tx| insert(tx, "after")).await.unwrap();
    drop(command);
    command_closed.await;
    assert!(!file.with_extension("db-wal").exists());
    let (store, _) = Store::open(&file).unwrap();
    assert_eq!(store.read(|tx| count(tx, ["both", "after"])).await.unwrap(), [220, 1]);
}

#[tokio::test]
async fn beside_a_server_nothing_is_made_and_nothing_migrated() {
    let (_folder, file) = folder();
    assert!(matches!(Store::open_beside(&file).unwrap_err(), StoreError::Missing(_)));
    assert!(!file.exists());
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    assert!(matches!(Store::open_beside(&file).unwrap_err(), StoreError::Corrupt(_)));
    std::fs::remove_file(&file).unwrap();

    let (store, closed) = Store::open(&file).unwrap();
    drop(store);
    closed.await;
    let change = |sql: &str| rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    change("DELETE FROM schema_migrations WHERE name = '0003_audit_workspaces'");
    let older = Store::open_beside(&file).unwrap_err();
    assert!(matches!(&older, StoreError::Older(name) if name == "0003_audit_workspaces"), "{older}");
    change(&format!("INSERT INTO schema_migrations VALUES ('9999', 'x', 0, {})", migrations::level() + 1));
    assert!(matches!(Store::open_beside(&file).unwrap_err(), StoreError::Newer { .. }));
}

#[tokio::test]
#[cfg(debug_assertions)]
async fn parameters_out_of_order_do_not_pass() {
    let (store, _) = Store::in_memory().unwrap();
    let run = |sql: &'static str| {
        let params = ["id", "name"].map(super::Value::from);
        store.write(move |tx| Ok(tx.execute(sql, &params)?))
    };
    let swapped = run("INSERT INTO tenants (name, id, created_at) VALUES ($2, $1, 0)").await;
    assert_eq!(swapped.unwrap_err().code(), Code::Internal);
    assert_eq!(run("INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, 0)").await, Ok(1));
    assert_eq!(store.read(|tx| count(tx, ["name", "id"])).await.unwrap(), [1, 0]);
}

/// Opens a database that someone changed.
async fn reopened(change: &str) -> Result<(), StoreError> {
    let (_folder, file) = folder();
    let (store, closed) = Store::open(&file)?;
    store.write(|tx| insert(tx, "kept")).await.unwrap();
    drop(store);
    closed.await;
    rusqlite::Connection::open(&file)?.execute_batch(change)?;
    let (store, _) = Store::open(&file)?;
    assert_eq!(store.read(|tx| count(tx, ["kept"])).await.unwrap(), [1]);
    Ok(())
}

#[tokio::test]
async fn migrations_are_applied_once_and_checked() {
    reopened("SELECT 1").await.unwrap();
    let migration =
        |name: &str, oldest: i64| format!("INSERT INTO schema_migrations VALUES ('{name}', 'x', 0, {oldest})");
    // A newer program may have added to it, if it says that this one can still open it.
    reopened(&migration("9998_added", 1)).await.unwrap();
    let newer = reopened(&migration("9999_changed", migrations::level() + 1)).await.unwrap_err();
    let StoreError::Newer { needed, level } = newer else { panic!("{newer}") };
    assert_eq!((needed, level), (migrations::level() + 1, migrations::level()));
    let changed = reopened("UPDATE schema_migrations SET checksum = 'x'").await.unwrap_err();
    assert!(matches!(&changed, StoreError::MigrationChanged(name) if name == "0001_initial"), "{changed}");
}

/// What the first program wrote, and every one after it before this one.
#[tokio::test]
async fn the_database_of_every_older_program_is_brought_up() {
    let (_folder, fresh) = folder();
    drop(Store::open(&fresh).unwrap());
    let tables = |file: &Path| {
        let connection = rusqlite::Connection::open(file).unwrap();
        let mut query =
            connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().collect::<Result<Vec<String>, _>>().unwrap()
    };
    let at = Timestamp::UNIX_EPOCH;
    let (tenant, user) = (TenantId::new(at, &SystemRandom), UserId::new(at, &SystemRandom));
    let (membership, pat) = (MembershipId::new(at, &SystemRandom), PatId::new(at, &SystemRandom));
    for level in 1..migrations::MIGRATIONS.len() {
        let (_folder, file) = folder();
        let connection = rusqlite::Connection::open(&file).unwrap();
        let table = "CREATE TABLE IF NOT EXISTS schema_migrations (
            name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, oldest BIGINT NOT NULL
        );";
        connection.execute_batch(table).unwrap();
        for (number, (name, text)) in migrations::MIGRATIONS[..level].iter().enumerate() {
            connection.execute_batch(text).unwrap();
            let row = (name, migrations::checksum(text));
            connection.execute("INSERT INTO schema_migrations VALUES (?1, ?2, 0, 1)", row).unwrap();
            if number == 0 {
                let first = format!(
                    "INSERT INTO tenants VALUES ('{tenant}', 'Acme', 1);
                    INSERT INTO users VALUES ('{user}', 'ada@acme.example', 1);
                    INSERT INTO memberships VALUES ('{membership}', '{tenant}', '{user}', NULL, 'OWNER', 1);
                    INSERT INTO pats VALUES ('{pat}', '{tenant}', '{user}', 'ci', '[\"admin:read\"]', 'abcd', 'digest', 'pepper', 1, 2, NULL);"
                );
                connection.execute_batch(&first).unwrap();
            }
        }
        drop(connection);
        let (store, closed) = Store::open(&file).unwrap();
        let (tenant, pat) = (tenant.clone(), pat.clone());
        let read = move |tx: &mut Tx<'_>| {
            let user = people::user_by_email(tx, "ada@acme.example")?.unwrap();
            let memberships = people::memberships(tx, &tenant, &user.id)?;
            let pat = pats::get(tx, &pat, Timestamp::UNIX_EPOCH)?.unwrap();
            Ok((user.email, memberships[0].role, pat.hint, pat.scopes))
        };
        let expected = ("ada@acme.example".to_owned(), Role::Owner, "abcd".to_owned(), vec!["admin:read".to_owned()]);
        assert_eq!(store.read(read).await.unwrap(), expected, "{level}");
        drop(store);
        closed.await;
        assert_eq!(tables(&file), tables(&fresh), "{level}");
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing() {
    let (_folder, file) = folder();
    // A table of that name is in the way of the third one.
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE workspaces (x)").unwrap();
    Store::open(&file).unwrap_err();
    let connection = rusqlite::Connection::open(&file).unwrap();
    let tables: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let (_folder, file) = folder();
    let text = "no database ".repeat(1_000);
    std::fs::write(&file, &text).unwrap();
    assert!(matches!(Store::open(&file).unwrap_err(), StoreError::Corrupt(_)));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}
