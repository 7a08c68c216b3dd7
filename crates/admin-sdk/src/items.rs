//! Lists: one page, a stream over all pages, or all items at once.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    vec,
};

use admin_core::{ConfigError, Error, Paged};
use futures_core::Stream;

use crate::call::{BoxFuture, Call, unless};

/// The most items that [`Call::all`] collects.
pub const LONGEST_LIST: usize = 10_000;

impl<O: Paged> Call<O> {
    /// The items of this page and of all that follow, one after the other. A page is asked for when the one before is used up, each
    /// with a deadline of its own.
    ///
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::api_keys::ListApiKeys;
    ///
    /// let mut keys = admin.api_keys().list(ListApiKeys::default()).stream();
    /// while let Some(key) = keys.try_next().await? {
    ///     println!("{} {}", key.id, key.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(self) -> Items<O> {
        Items { items: Vec::new().into_iter(), page: Some(Box::pin(self.page())) }
    }

    /// Collects the items of this page and of all that follow.
    ///
    /// All of them are in memory then, so there is a bound: what has more than [`LONGEST_LIST`] items is an error
    /// and not a part of the list. Walk it with [`stream`](Self::stream).
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` above the bound, and those of the list.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::workspaces::ListWorkspaces;
    ///
    /// let workspaces = admin.workspaces().list(ListWorkspaces::default()).all().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn all(self) -> Result<Vec<O::Item>, Error> {
        let mut stream = self.stream();
        let mut all = Vec::new();
        while let Some(item) = stream.try_next().await? {
            if all.len() == LONGEST_LIST {
                return Err(ConfigError::LongList { most: LONGEST_LIST }.into());
            }
            all.push(item);
        }
        Ok(all)
    }

    /// Gets one page, and the call that gets the next.
    async fn page(self) -> Result<Fetched<O>, Error> {
        let Self { client, operation, options, mut abort } = self;
        let next = operation.clone();
        let page = unless(abort.as_mut(), None, client.execute_with(operation, options.clone())).await?.value;
        let next = page.next_cursor.map(|cursor| Self { client, operation: next.after(cursor), options, abort });
        Ok((page.items.into_iter(), next))
    }
}

/// The items of a page, and the call that gets the next.
type Fetched<O> = (vec::IntoIter<<O as Paged>::Item>, Option<Call<O>>);

/// The items of a list over all its pages. Made by [`Call::stream`].
///
/// It is a [`Stream`]; [`try_next`](Self::try_next) needs no other crate. After an error it ends.
#[must_use = "a stream asks for nothing until it is polled"]
pub struct Items<O: Paged> {
    items: vec::IntoIter<O::Item>,
    page: Option<BoxFuture<Result<Fetched<O>, Error>>>,
}

// Nothing in it is pinned in its place: items move out, and a page has a box of its own.
impl<O: Paged> Unpin for Items<O> {}

impl<O: Paged> Items<O> {
    /// The next item; `None` after the last.
    pub async fn try_next(&mut self) -> Result<Option<O::Item>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl<O: Paged> Stream for Items<O> {
    type Item = Result<O::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(page) = &mut self.page else { return Poll::Ready(None) };
            let fetched = ready!(page.as_mut().poll(context));
            self.page = None;
            match fetched {
                Ok((items, next)) => {
                    self.items = items;
                    self.page = next.map(|call| Box::pin(call.page()) as _);
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl<O: Paged> fmt::Debug for Items<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("operation", &O::INFO.field())
            .field("at_hand", &self.items.len())
            .finish_non_exhaustive()
    }
}
