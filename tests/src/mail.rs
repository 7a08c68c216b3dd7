//! Where the mail of a test goes.

use std::sync::Mutex;
use std::time::Duration;

use admin_server::mail::{Mail, MailError, Message};
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

/// How long a test waits for a mail that does not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Keeps what is sent. It can be told to refuse.
#[derive(Debug, Default)]
pub struct Letterbox {
    mails: Mutex<Vec<Message>>,
    tries: Mutex<usize>,
    broken: Mutex<bool>,
    changed: Notify,
}

impl Letterbox {
    /// Everything that was sent so far, oldest first.
    pub fn all(&self) -> Vec<Message> {
        self.mails.lock().unwrap().clone()
    }

    /// From now on it takes nothing, or takes mail again.
    pub fn set_broken(&self, broken: bool) {
        *self.broken.lock().unwrap() = broken;
    }

    /// Waits until so many mails were tried, sent or not.
    pub async fn tried(&self, count: usize) {
        self.wait(|| *self.tries.lock().unwrap() >= count).await;
    }

    /// The mail with this number, from 1, once it is there.
    pub async fn mail(&self, number: usize) -> Message {
        self.wait(|| self.mails.lock().unwrap().len() >= number).await;
        self.all()[number - 1].clone()
    }

    /// The one-time code in the mail with this number.
    pub async fn code(&self, number: usize) -> String {
        let mail = self.mail(number).await;
        let words = mail.text.expose().split_whitespace().map(|word| word.trim_matches('.').replace(' ', ""));
        let mut codes = words.filter(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()));
        codes.next().expect("a code of six digits")
    }

    /// The token in the mail with this number.
    pub async fn token(&self, number: usize) -> String {
        let mail = self.mail(number).await;
        let token = mail.text.expose().split_whitespace().find(|word| admin_token::parse(word).is_ok());
        token.expect("a token").to_owned()
    }

    async fn wait(&self, done: impl Fn() -> bool) {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                if done() {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the mail comes");
    }
}

impl Mail for Letterbox {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        let broken = *self.broken.lock().unwrap();
        if !broken {
            self.mails.lock().unwrap().push(message.clone());
        }
        *self.tries.lock().unwrap() += 1;
        self.changed.notify_waiters();
        Box::pin(
            async move { if broken { Err(MailError::NotNow("the letterbox is broken".to_owned())) } else { Ok(()) } },
        )
    }
}
