//! A control plane that listens.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use crate::app::{ControlPlane, Ports};
use crate::crypto::KeyError;
use crate::error::Error;
use crate::files::{DATABASE, make_private_folder};
use crate::payments::DevPayments;
use crate::router::router;
use crate::store::{Closed, Store, StoreError};

/// How long a shutdown waits for requests that are being answered and for the storage.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// How long mails that are being sent hold up a shutdown: as long as a mail server is waited for.
const LAST_MAILS: Duration = Duration::from_secs(5);
/// How long the last entries of the log of keys hold up a shutdown.
const LAST_ENTRIES: Duration = Duration::from_secs(3);
/// How long a client may take over the head of a request, and how long its connection may idle.
const HEAD: Duration = Duration::from_secs(30);
/// How often kept answers whose time is over are forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// How often top-ups are looked after that wait.
const RECONCILE: Duration = Duration::from_secs(60);

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Storage {
    /// In memory, gone with the process.
    Memory,
    /// In a folder, which is made if it is missing and locked against other servers.
    Folder(PathBuf),
}

impl Storage {
    /// Whether a folder has a database.
    pub fn has_database(folder: &Path) -> bool {
        folder.join(DATABASE).exists()
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`StartError::Folder`] and [`StartError::Store`].
    pub fn open(&self) -> Result<(Store, Closed), StartError> {
        match self {
            Self::Memory => Ok(Store::in_memory()?),
            Self::Folder(folder) => {
                make_private_folder(folder).map_err(|source| StartError::Folder { folder: folder.clone(), source })?;
                Ok(Store::open(&folder.join(DATABASE))?)
            }
        }
    }
}

/// Opens the database of a folder beside a server that may be serving it, for an administrative command.
///
/// # Errors
/// [`StartError::Store`]: there is no database, or it is not of this version.
pub fn open_beside(folder: &Path) -> Result<(Store, Closed), StartError> {
    Ok(Store::open_beside(&folder.join(DATABASE))?)
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("the data folder {folder} cannot be used: {source}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key file is missing or bad.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The keys are not those of the database, or it cannot be written.
    #[error(transparent)]
    Check(#[from] Error),
    /// The address cannot be listened on: most often another program has the port.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

impl StartError {
    /// How to mend it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Check(error) => error.hint(),
            Self::Folder { .. } => Some("name a folder that this user may write to"),
            Self::Store(StoreError::Locked(_)) => Some("stop the other server, or name another data folder"),
            Self::Store(StoreError::Missing(_)) => Some("name the data folder of a server; `serve` makes a new one"),
            Self::Store(StoreError::Older(_)) => {
                Some("start a server of this version on it once, which brings it up to date")
            }
            Self::Store(StoreError::Newer { .. }) => Some("run the aisetu version that wrote it, or a newer one"),
            Self::Store(StoreError::Unwritable(_)) => Some("check that the disk has room and is not mounted read-only"),
            Self::Listen { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => {
                Some("another program has this port; name another one")
            }
            _ => None,
        }
    }
}

/// A running server. Dropping it stops it without waiting; [`Server::shutdown`] waits.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    control_plane: ControlPlane,
    stop: oneshot::Sender<()>,
    connections: Handle<SocketAddr>,
    serving: JoinHandle<()>,
    closed: Closed,
}

impl Server {
    /// Opens the storage, listens on `address` (port 0 = any free one) and serves. `dev` adds GraphiQL, and payments that a command settles.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(address: SocketAddr, storage: &Storage, ports: Ports, dev: bool) -> Result<Self, StartError> {
        // The port first: when it is taken, the data is not touched.
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (store, closed) = storage.open()?;
        let control_plane = ControlPlane::new(store, if dev { for_dev(ports, address) } else { ports });
        control_plane.check_keys().await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let connections = Handle::new();
        let serving = tokio::spawn(serve(listener, control_plane.clone(), dev, connections.clone(), stopped));
        Ok(Self { address, control_plane, stop, connections, serving, closed })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The control plane behind it.
    pub fn control_plane(&self) -> &ControlPlane {
        &self.control_plane
    }

    /// Stops listening, lets the requests that are being answered finish, and closes the storage; 10 s at most.
    pub async fn shutdown(self) {
        let Self { control_plane, stop, connections, mut serving, closed, .. } = self;
        let _ = stop.send(());
        // One time for both: a connection that did not end in it keeps the storage open as well.
        let until = tokio::time::Instant::now() + SHUTDOWN_GRACE;
        if tokio::time::timeout_at(until, &mut serving).await.is_err() {
            tracing::warn!("some requests did not finish in time");
            connections.shutdown();
            let _ = serving.await;
        }
        drop(control_plane);
        if tokio::time::timeout_at(until, closed).await.is_err() {
            tracing::warn!("the storage did not close in time");
        }
    }
}

/// A developer's control plane without a payment provider has one that settles by a command, and its mails lead to itself.
fn for_dev(mut ports: Ports, address: SocketAddr) -> Ports {
    ports.payments.get_or_insert_with(|| Arc::new(DevPayments::new(address)));
    if ports.settings.public_url.is_none() {
        Arc::make_mut(&mut ports.settings).public_url = Url::parse(&format!("http://{address}")).ok();
    }
    ports
}

async fn serve(
    listener: TcpListener,
    control_plane: ControlPlane,
    dev: bool,
    connections: Handle<SocketAddr>,
    stopped: oneshot::Receiver<()>,
) {
    let sweeping = tokio::spawn(sweep(control_plane.clone()));
    let (stop_mail, mail_stopped) = oneshot::channel();
    let mut mailing = tokio::spawn({
        let control_plane = control_plane.clone();
        async move { control_plane.send_mail(mail_stopped).await }
    });
    let (stop_log, log_stopped) = oneshot::channel();
    let mut logging = tokio::spawn({
        let control_plane = control_plane.clone();
        async move { control_plane.write_key_log(log_stopped).await }
    });
    let reconciling = tokio::spawn(reconcile(control_plane.clone()));
    // HTTP/1 only: to tell it from HTTP/2 the first bytes would be waited for without end.
    let mut server =
        axum_server::Server::<SocketAddr>::from_listener(listener).http1_only().handle(connections.clone());
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut server = pin!(server.serve(router(control_plane, dev).into_make_service_with_connect_info::<SocketAddr>()));
    let ended = tokio::select! {
        ended = &mut server => ended,
        _ = stopped => {
            connections.graceful_shutdown(None);
            server.await
        }
    };
    sweeping.abort();
    reconciling.abort();
    // Nobody asks any more, so this is all.
    drop(stop_log);
    if tokio::time::timeout(LAST_ENTRIES, &mut logging).await.is_err() {
        tracing::warn!("the log of keys could not be written in time");
        logging.abort();
    }
    // What is with the mail server is not sent twice, nor late.
    drop(stop_mail);
    if tokio::time::timeout(LAST_MAILS, &mut mailing).await.is_err() {
        mailing.abort();
    }
    if let Err(error) = ended {
        tracing::error!(%error, "the server stopped");
    }
}

async fn sweep(control_plane: ControlPlane) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        if let Err(error) = control_plane.sweep().await {
            tracing::warn!(%error, "kept answers could not be swept");
        }
    }
}

async fn reconcile(control_plane: ControlPlane) {
    let mut ticks = tokio::time::interval(RECONCILE);
    // After a pass that took long there is one that is due, and not one for each minute.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = control_plane.reconcile_top_ups().await {
            tracing::warn!(%error, "top-ups could not be looked after");
        }
        if let Err(error) = control_plane.read_missed_notices().await {
            tracing::warn!(%error, "what the payment provider told could not be read again");
        }
    }
}
