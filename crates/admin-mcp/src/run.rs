//! Serving one client over standard input and output.

use std::io::{self, Write as _};
use std::time::Duration;

use rmcp::service::ServerInitializeError;
use rmcp::{RoleServer, ServiceExt as _, transport::IntoTransport};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::RwLock;

use crate::http::{Http, serve_http};
use crate::server::{Options, Server};

/// How long changes that have begun may take once the client is gone: a call with its retries, and what undoes it.
const LAST_CHANGES: Duration = Duration::from_secs(70);

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The working folder is gone or cannot be read.
    #[error("the working folder cannot be used: {0}")]
    Folder(io::Error),
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
    /// The operating system gives no threads or no polling.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// A name that is none.
    #[error("there is no {what} `{name}`; there are {known}")]
    Unknown {
        /// Of what.
        what: &'static str,
        /// What was given.
        name: String,
        /// What there is.
        known: String,
    },
    /// A command that is none.
    #[error("`{given}` is no command that may take a secret: {why}")]
    Command {
        /// What was given.
        given: String,
        /// What is wrong with it.
        why: String,
    },
    /// No address by which browsers and clients could name the server.
    #[error("`--http-origin`: {why}")]
    Origin {
        /// What is wrong with what was given, without a password that may be in it.
        why: String,
    },
    /// Nothing can be served there.
    #[error("cannot serve on {address}: {source}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// What came first was not the protocol.
    #[error("the client does not speak the protocol: {0}")]
    Client(#[from] Box<ServerInitializeError>),
}

/// Serves clients over HTTP if an address is given, else the client on standard input and output until it goes away or a signal asks for
/// the end.
///
/// # Errors
/// [`ServeError`]. That the client went away is none.
pub fn run(options: Options, http: &Http) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)?;
    let served = runtime.block_on(async {
        match http.address() {
            Some(address) => serve_http(options, address, http).await,
            None => serve(options, stdio()).await,
        }
    });
    // A read of standard input that still blocks must not keep the process.
    runtime.shutdown_background();
    served
}

/// The transport over standard input and output. It needs a runtime.
pub fn stdio() -> (impl AsyncRead + Send + 'static, impl AsyncWrite + Send + 'static) {
    rmcp::transport::stdio_pipes()
}

/// Serves the client on a transport until it goes away or a signal asks for the end. Changes that have begun come to their end.
///
/// # Errors
/// [`ServeError`]. That the client went away is none.
pub async fn serve<T, E, A>(options: Options, transport: T) -> Result<(), ServeError>
where
    T: IntoTransport<RoleServer, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let server = Server::new(options)?;
    let changes = server.changes();
    let mut stop = Box::pin(stopped());
    let outcome = tokio::select! {
        outcome = async {
            let running = server.serve(transport).await?;
            let _ = running.waiting().await;
            Ok(())
        } => outcome,
        () = &mut stop => Ok(()),
    };
    last_changes(&changes).await;
    match outcome {
        // It went away before it said anything.
        Err(ServerInitializeError::ConnectionClosed(_)) | Ok(()) => Ok(()),
        Err(error) => Err(Box::new(error).into()),
    }
}

/// Waits for changes that have begun: a key that was made while the client went away is handed over or undone.
pub(crate) async fn last_changes(changes: &RwLock<()>) {
    if changes.try_write().is_err() {
        let _ = writeln!(io::stderr(), "waiting for a change that has begun, at most {} s", LAST_CHANGES.as_secs());
        let _ = tokio::time::timeout(LAST_CHANGES, changes.write()).await;
    }
}

/// Waits for a signal that asks for the end.
#[cfg(unix)]
pub(crate) async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

#[cfg(not(unix))]
pub(crate) async fn stopped() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
