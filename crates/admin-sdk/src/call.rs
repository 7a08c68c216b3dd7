//! One call: what it may do differently, and how it is given up.

use std::{
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use admin_core::{CallOptions, Client, Error, IdempotencyKey, Operation, Response};

/// A future that moves between threads.
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A call of one operation. It is sent when it is awaited.
///
/// ```no_run
/// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
/// use std::time::Duration;
///
/// use admin_sdk::workspaces::CreateWorkspace;
///
/// let workspace = admin
///     .workspaces()
///     .create(CreateWorkspace::new("staging"))
///     .idempotency_key("deploy-42".parse()?)
///     .timeout(Duration::from_secs(5))
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What an operation refuses stands at its method. Beside that, every call can come to
///
/// - `UNAUTHENTICATED`, an [`AdminHttpError`](crate::AdminHttpError) of status 401: the token is unknown, expired or revoked;
/// - `UNAVAILABLE`, `RATE_LIMITED` and `INTERNAL`: the control plane cannot answer, or not now;
/// - `NETWORK`, `TIMEOUT` and `DECODE`: there was no answer, none in time, or none that this version understands;
/// - `LIMIT_EXCEEDED`: the input is larger than 256 KiB;
/// - `CONFIG`: `timeout` is zero or above an hour, or the base URL leads elsewhere;
/// - `ABORTED`: it was given up by [`abort_on`](Self::abort_on).
///
/// What may pass by itself has been tried again by then. Where a mutation may have happened all the same,
/// [`Error::idempotency_key`] is the key under which it is safe to send again.
#[must_use = "a call is sent when it is awaited"]
pub struct Call<O> {
    pub(crate) client: Client,
    pub(crate) operation: O,
    pub(crate) options: CallOptions,
    pub(crate) abort: Option<BoxFuture<()>>,
}

impl<O: Operation> Call<O> {
    pub(crate) fn new(client: &Client, operation: O) -> Self {
        Self { client: client.clone(), operation, options: CallOptions::default(), abort: None }
    }

    /// Sets the key under which a mutation happens at most once, over all calls with it; by default each call has a new one.
    ///
    /// The control plane keeps the outcome for 24 hours, one with a secret for 10 minutes, for the same token and the same input. With
    /// another input the call is refused as `IDEMPOTENCY_MISMATCH`; an expiry that is counted from now is another input each time.
    ///
    /// A query changes nothing and takes no key, so this does not build:
    ///
    /// ```compile_fail,E0080
    /// let admin = admin_sdk::AiSetuAdmin::from_env()?;
    /// let call = admin.auth().whoami().idempotency_key("deploy-42".parse()?);
    /// # Ok::<(), admin_sdk::Error>(())
    /// ```
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        const { assert!(O::INFO.is_mutation(), "a query changes nothing: it takes no idempotency key") };
        self.options.idempotency_key = Some(key);
        self
    }

    /// Sets the deadline of this call with all its retries: above zero, at most an hour; by default the client's.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Gives the call up when this future completes first, whatever it completes with: the call then fails with
    /// [`Error::Aborted`], and nothing more is sent.
    ///
    /// A mutation may have happened already: [`Error::idempotency_key`] is the key under which it is safe to send again. To drop the
    /// future of the call gives it up too, without an error: then only a key of one's own is known.
    ///
    /// A second future takes the place of the first.
    ///
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin, stop: tokio::sync::oneshot::Receiver<()>) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::api_keys::CreateApiKey;
    ///
    /// match admin.api_keys().create(CreateApiKey::new("CI")).abort_on(stop).await {
    ///     Ok(key) => println!("made {}", key.item.id),
    ///     Err(error) => match error.idempotency_key() {
    ///         Some(key) => println!("perhaps made: {key} makes it safe to ask again"),
    ///         None => return Err(error),
    ///     },
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn abort_on(mut self, abort: impl Future + Send + 'static) -> Self {
        self.abort = Some(Box::pin(async move {
            abort.await;
        }));
        self
    }

    /// Sends it, and tells what came with the answer: request id, expiry of the token, number of attempts, idempotency key.
    ///
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let response = admin.workspaces().get("ws_…").with_meta().await?;
    /// println!("{} after {} attempts", response.value.name, response.meta.attempts);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn with_meta(mut self) -> Result<Response<O::Output>, Error> {
        // Made here, so that an abort can name it.
        if O::INFO.is_mutation() && self.abort.is_some() && self.options.idempotency_key.is_none() {
            self.options.idempotency_key = Some(IdempotencyKey::generate()?);
        }
        let key = self.options.idempotency_key.clone();
        unless(self.abort.as_mut(), key, self.client.execute_with(self.operation, self.options)).await
    }
}

impl<O: Operation> IntoFuture for Call<O> {
    type Output = Result<O::Output, Error>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.with_meta().await?.value) })
    }
}

impl<O: Operation> fmt::Debug for Call<O> {
    /// The input is left out: it is the caller's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &O::INFO.field())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Makes the call unless the other future completes first.
pub(crate) async fn unless<T>(
    abort: Option<&mut BoxFuture<()>>,
    idempotency_key: Option<IdempotencyKey>,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(abort) = abort else { return call.await };
    // Nothing is sent for someone who has given up already.
    if poll_fn(|context| Poll::Ready(abort.as_mut().poll(context).is_ready())).await {
        return Err(Error::Aborted { idempotency_key: None });
    }
    let mut call = pin!(call);
    poll_fn(|context| {
        // An answer that is there holds a secret, perhaps: it is not thrown away for an abort of the same moment.
        if let Poll::Ready(outcome) = call.as_mut().poll(context) {
            return Poll::Ready(outcome);
        }
        abort
            .as_mut()
            .poll(context)
            .map(|()| Err(Error::Aborted { idempotency_key: idempotency_key.clone().map(Box::new) }))
    })
    .await
}
