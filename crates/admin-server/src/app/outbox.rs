//! Mails that a change asked for: they are kept in its transaction and sent after it, so that no change waits for a mail server and
//! no mail is lost with one. A mail may come twice if the server dies between sending it and taking it out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, oneshot};

use admin_token::Secret;

use super::{ControlPlane, Ports, kek};
use crate::crypto;
use crate::error::Error;
use crate::ids::{MailId, TenantId};
use crate::mail::{MailError, Message};
use crate::store::outbox::{self, Queued};
use crate::store::{Tx, people};

/// How many are sent in one go.
const AT_ONCE: i64 = 16;
/// How long nobody else takes what is being sent. More than that many mail servers' patience.
const CLAIMED_FOR: SignedDuration = SignedDuration::from_secs(120);
/// The pause after the first failure; it doubles with each.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(10);
/// How often is looked for mails whose pause is over.
const LOOK: Duration = Duration::from_secs(1);

/// Wakes whoever sends mail.
#[derive(Debug, Default)]
pub struct Bell(Notify);

/// A mail to be sent.
#[derive(Debug)]
pub(super) struct Draft {
    /// The address; `None` = nobody, at the same cost.
    pub(super) to: Option<String>,
    pub(super) subject: String,
    pub(super) text: Secret,
    /// From when on nobody wants it.
    pub(super) expires_at: Timestamp,
}

/// Puts a mail into the outbox. It is sent if this transaction is committed.
pub(super) fn put(tx: &mut Tx<'_>, ports: &Ports, draft: Draft) -> Result<(), Error> {
    let now = ports.clock.now();
    let id = MailId::new(now, &*ports.random);
    let Draft { to, subject, text, expires_at } = draft;
    let sealed =
        crypto::seal(&kek::current(tx, ports)?, SALT, id.as_str(), &text, &*ports.random).map_err(Error::internal)?;
    let mail = Queued { id, recipient: to.unwrap_or_default(), subject, sealed, tries: 0, expires_at };
    outbox::insert(tx, &mail, now)?;
    // The sender asks the writer, who comes to it only after this transaction.
    ports.mail_bell.0.notify_one();
    Ok(())
}

/// How long a mail to the owners is worth sending.
const WORTH_SENDING: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Puts a mail for each OWNER of a tenant into the outbox.
pub(super) fn put_to_owners(
    tx: &mut Tx<'_>,
    ports: &Ports,
    tenant_id: &TenantId,
    subject: &str,
    text: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let expires_at = now.checked_add(WORTH_SENDING).map_err(Error::internal)?;
    for owner in people::owners(tx, tenant_id)? {
        let (to, subject, text) = (Some(owner.email), subject.to_owned(), Secret::new(text.to_owned()));
        put(tx, ports, Draft { to, subject, text, expires_at })?;
    }
    Ok(())
}

pub(super) const SALT: &[u8] = b"outbox";

impl ControlPlane {
    /// Sends mail as it comes, until it is to stop. What is being sent then is finished.
    pub async fn send_mail(&self, mut stop: oneshot::Receiver<()>) {
        // Nobody else works on this database, so what is taken was taken by a process that is gone.
        let now = self.ports().clock.now();
        if let Err(error) = self.change_outbox(move |tx| Ok(outbox::release(tx, now)?)).await {
            tracing::warn!(%error, "the outbox cannot be read");
        }
        loop {
            let rung = tokio::select! {
                _ = &mut stop => return,
                rung = tokio::time::timeout(LOOK, self.ports().mail_bell.0.notified()) => rung.is_ok(),
            };
            let now = self.ports().clock.now();
            // Who looks without being called asks a reader first, which costs no commit.
            let due = if rung { Ok(true) } else { self.store().read(move |tx| Ok(outbox::is_due(tx, now)?)).await };
            let sent = match due {
                Ok(true) => self.send_due_mail().await,
                due => due.map(drop),
            };
            if let Err(error) = sent {
                tracing::warn!(%error, "the outbox cannot be read");
            }
        }
    }

    /// Sends what is due.
    ///
    /// # Errors
    /// Those of the store. A mail server that refuses is no error: the mail is put off.
    pub async fn send_due_mail(&self) -> Result<(), Error> {
        loop {
            let at = self.ports().clock.now();
            let until = at.checked_add(CLAIMED_FOR).map_err(Error::internal)?;
            let mails = self.change_outbox(move |tx| Ok(outbox::claim(tx, at, until, AT_ONCE)?)).await?;
            if mails.is_empty() {
                return Ok(());
            }
            // All at once: one server that hangs does not hold up the rest.
            let sent = futures_util::future::join_all(mails.iter().map(|mail| self.send(mail))).await;
            let failed: Vec<(MailId, Option<Timestamp>)> = mails.iter().map(|mail| mail.id.clone()).zip(sent).collect();
            self.change_outbox(move |tx| {
                for (id, again_at) in &failed {
                    match again_at {
                        Some(at) => outbox::put_off(tx, id, *at)?,
                        None => outbox::delete(tx, id)?,
                    }
                }
                Ok(())
            })
            .await?;
        }
    }

    /// Changes the outbox, which no copy is about.
    async fn change_outbox<T: Send + 'static>(
        &self,
        change: impl Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let run = move |tx: &mut Tx<'_>| {
            tx.changes([]);
            change(tx)
        };
        self.store().write(run).await
    }

    /// Sends one mail; when to try again, or `None` when it is done with.
    async fn send(&self, mail: &Queued) -> Option<Timestamp> {
        let ports = self.ports();
        if mail.recipient.is_empty() {
            return None;
        }
        if mail.expires_at <= ports.clock.now() {
            tracing::warn!(mail = %mail.id, tries = mail.tries, "a mail was given up: its time is over");
            return None;
        }
        let text = match crypto::open(&ports.keys.kek, SALT, mail.id.as_str(), &mail.sealed) {
            Ok(text) => text,
            // The key may only be missing: nothing is thrown away for that.
            Err(error) => {
                tracing::error!(mail = %mail.id, %error, "a mail does not open, and is tried again");
                return self.later(mail);
            }
        };
        let message = Message { to: mail.recipient.clone(), subject: mail.subject.clone(), text };
        match ports.mail.send(&message).await {
            Ok(()) => {
                tracing::info!(mail = %mail.id, tries = mail.tries, "a mail was sent");
                None
            }
            Err(MailError::Refused(why)) => {
                tracing::warn!(mail = %mail.id, why, "a mail was given up: it was refused");
                None
            }
            Err(MailError::NotNow(why)) => {
                tracing::warn!(mail = %mail.id, tries = mail.tries, why, "a mail could not be sent, and is tried again");
                self.later(mail)
            }
        }
    }

    /// When to try again.
    fn later(&self, mail: &Queued) -> Option<Timestamp> {
        let doublings = u32::try_from(mail.tries.clamp(1, 10) - 1).unwrap_or(0);
        let pause = (FIRST_PAUSE * 2i32.pow(doublings)).min(LONGEST_PAUSE);
        self.ports().clock.now().checked_add(pause).ok()
    }
}
