//! Mail over SMTP.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::Url;

use admin_token::Secret;

use super::{Mail, MailError, Message};
use crate::env::{self, EnvError};

/// How long a mail server may take over one mail, with connecting and TLS.
const PATIENCE: Duration = Duration::from_secs(5);

/// How to reach a mail server.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    security: Security,
    host: String,
    port: u16,
    user: Option<String>,
    password: Option<Secret>,
    from: Mailbox,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// From the first byte.
    Tls,
    /// Asked for before anything is said, and insisted on.
    StartTls,
    /// None: only to this machine.
    Plain,
}

const URL_FORM: &str = "`smtps://user@host:465` for TLS from the start, `smtp://user@host:587` for STARTTLS, or \
                        `smtp+plain://127.0.0.1:25` for a server on this machine, and the password elsewhere";

impl SmtpSettings {
    /// Those that are set; `None` when there is no `AI_SETU_SMTP_URL`.
    ///
    /// # Errors
    /// [`EnvError`] names the variable.
    pub fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<Option<Self>, EnvError> {
        let Some(text) = lookup(env::SMTP_URL) else { return Ok(None) };
        // Without the text itself: somebody may have put a password into it.
        let bad = || EnvError::Invalid { variable: env::SMTP_URL, given: "..".to_owned(), takes: URL_FORM };
        let url = Url::parse(&text).map_err(|_| bad())?;
        let (security, port) = match url.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp" => (Security::StartTls, 587),
            "smtp+plain" => (Security::Plain, 25),
            _ => return Err(bad()),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(bad)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if url.password().is_some() || !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(bad());
        }
        if security == Security::Plain && !is_loopback(&host) {
            return Err(bad());
        }
        let user = match url.username() {
            "" => None,
            user => Some(percent_encoding::percent_decode_str(user).decode_utf8().map_err(|_| bad())?.into_owned()),
        };
        let from = lookup(env::MAIL_FROM)
            .ok_or(EnvError::Missing { variable: env::MAIL_FROM, what: "the address that mails come from" })?;
        let takes = "an address such as no-reply@example.com or `aisetu <no-reply@example.com>`";
        let from = from.parse().map_err(|_| EnvError::Invalid { variable: env::MAIL_FROM, given: from, takes })?;
        let password = env::secret(lookup, env::SMTP_PASSWORD, env::SMTP_PASSWORD_FILE)?;
        if user.is_some() != password.is_some() {
            return Err(match user {
                Some(_) => {
                    EnvError::Missing { variable: env::SMTP_PASSWORD_FILE, what: "the password of the mail server" }
                }
                None => bad(),
            });
        }
        Ok(Some(Self { security, host, port: url.port().unwrap_or(port), user, password, from }))
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Sends mail over SMTP.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
}

impl Smtp {
    /// Over a mail server. It is connected to when there is something to send.
    ///
    /// # Errors
    /// [`EnvError::Invalid`] when there is no TLS for such a host.
    pub fn new(settings: SmtpSettings) -> Result<Self, EnvError> {
        let SmtpSettings { security, host, port, user, password, from } = settings;
        let tls = || {
            TlsParameters::new(host.clone()).map_err(|_| EnvError::Invalid {
                variable: env::SMTP_URL,
                given: host.clone(),
                takes: "a host whose certificate can be checked",
            })
        };
        let tls = match security {
            Security::Tls => Tls::Wrapper(tls()?),
            Security::StartTls => Tls::Required(tls()?),
            Security::Plain => Tls::None,
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&host).port(port).tls(tls).timeout(Some(PATIENCE));
        if let (Some(user), Some(password)) = (user, password) {
            builder = builder.credentials(Credentials::new(user, password.expose().to_owned()));
        }
        Ok(Self { transport: builder.build(), from, server: format!("{host}:{port}") })
    }

    async fn deliver(&self, message: &Message) -> Result<(), MailError> {
        let to = message.to.parse().map_err(|_| MailError::Refused("the address is none".to_owned()))?;
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&message.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.expose().to_owned())
            .map_err(|error| MailError::Refused(error.to_string()))?;
        // The whole of it: the transport's own time is that of a single step.
        match tokio::time::timeout(PATIENCE, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if is_final(&error) => {
                Err(MailError::Refused(format!("{} refused it: {error}", self.server)))
            }
            Ok(Err(error)) => Err(MailError::NotNow(format!("{}: {error}", self.server))),
            Err(_) => Err(MailError::NotNow(format!("{} took longer than {} s", self.server, PATIENCE.as_secs()))),
        }
    }
}

/// Whether the server will never take it because of the address. What is wrong with us, such as a password or a policy (RFC 3463 X.7.X), the
/// operator mends, and the mail is then still wanted.
fn is_final(error: &lettre::transport::smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    matches!(code, Some(550..=553)) && !error.to_string().contains("5.7.")
}

impl Mail for Smtp {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(self.deliver(message))
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn read(url: &str, from: Option<&str>, password: Option<&str>) -> Result<Option<SmtpSettings>, EnvError> {
        SmtpSettings::read(&|variable| match variable {
            env::SMTP_URL => Some(url.to_owned()),
            env::MAIL_FROM => from.map(str::to_owned),
            env::SMTP_PASSWORD => password.map(str::to_owned),
            _ => None,
        })
    }

    /// A mail server that answers each line with what it is told to, and then says no more.
    async fn scripted(answers: &'static [&'static str]) -> (Smtp, tokio::task::JoinHandle<String>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp+plain://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let mut stream = tokio::io::BufStream::new(listener.accept().await.unwrap().0);
            let mut heard = String::new();
            for answer in answers {
                stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                // The text of a mail is one long line here: it ends with a dot.
                let in_text = answer.starts_with("354");
                loop {
                    let from = heard.len();
                    if stream.read_line(&mut heard).await.unwrap_or(0) == 0 {
                        return heard;
                    }
                    if !in_text || &heard[from..] == ".\r\n" {
                        break;
                    }
                }
            }
            // It hangs, with the connection open.
            std::future::pending::<()>().await;
            heard
        });
        let smtp = Smtp::new(read(&url, Some("no-reply@example.com"), None).unwrap().unwrap()).unwrap();
        (smtp, serving)
    }

    fn message(to: &str) -> Message {
        Message { to: to.to_owned(), subject: "Gr\u{fc}\u{df}e".to_owned(), text: Secret::new("the code is\n123456\n") }
    }

    #[tokio::test]
    async fn a_mail_arrives_as_it_was_written() {
        let answers = &["220 hi", "250 go on", "250 ok", "250 ok", "354 go on", "250 kept", "221 bye"];
        let (smtp, serving) = scripted(answers).await;
        smtp.send(&message("ada@example.com")).await.unwrap();
        drop(smtp);
        let heard = serving.await.unwrap();
        for part in [
            "MAIL FROM:<no-reply@example.com>",
            "RCPT TO:<ada@example.com>",
            "Subject: =?utf-8?b?R3LDvMOfZQ==?=",
            "123456",
        ] {
            assert!(heard.contains(part), "{part}: {heard}");
        }
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_and_what_will_not_is_not() {
        let not_now = |error: &MailError| matches!(error, MailError::NotNow(_));
        for (answers, again) in [
            (&["421 no", "221 bye"][..], true),
            (&["220 hi", "250 go on", "250 ok", "451 later", "221 bye"], true),
            (&["220 hi", "250 go on", "530 5.7.0 who are you?", "221 bye"], true),
            (&["554 we do not talk to you", "221 bye"], true),
            (&["220 hi", "250 go on", "250 ok", "550 5.7.1 relaying denied", "221 bye"], true),
            (&["220 hi", "250 go on", "250 ok", "550 there is nobody of that name", "221 bye"], false),
        ] {
            let (smtp, _serving) = scripted(answers).await;
            let error = smtp.send(&message("ada@example.com")).await.unwrap_err();
            assert_eq!(not_now(&error), again, "{answers:?}: {error}");
            assert!(!error.to_string().contains("123456"), "{error}");
        }
        let (smtp, serving) = scripted(&[]).await;
        serving.abort();
        assert!(serving.await.is_err());
        assert!(not_now(&smtp.send(&message("ada@example.com")).await.unwrap_err()), "nobody listens");
        // An address that would be a header of its own.
        let (smtp, _serving) = scripted(&["220 hi"]).await;
        let error = smtp.send(&message("ada@example.com\r\nBcc: eve@example.com")).await.unwrap_err();
        assert!(matches!(error, MailError::Refused(_)), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_hangs_is_given_up() {
        for answers in [&[][..], &["220 hi"], &["220 hi", "250 go on", "250 ok", "250 ok", "354 go on"]] {
            let (smtp, _serving) = scripted(answers).await;
            let begun = tokio::time::Instant::now();
            let error = smtp.send(&message("ada@example.com")).await.unwrap_err();
            assert!(matches!(error, MailError::NotNow(_)), "{error}");
            assert!(begun.elapsed() <= PATIENCE + Duration::from_millis(10), "{:?}", begun.elapsed());
        }
    }

    #[test]
    fn a_server_is_reached_by_tls_or_not_beyond_this_machine() {
        let from = Some("aisetu <no-reply@example.com>");
        let settings = |url| read(url, from, None).unwrap().unwrap();
        assert_eq!(
            (settings("smtps://mx.example.com").security, settings("smtps://mx.example.com").port),
            (Security::Tls, 465)
        );
        assert_eq!(settings("smtp://mx.example.com:2525").security, Security::StartTls);
        assert_eq!(settings("smtp+plain://127.0.0.1:1025").port, 1025);
        assert_eq!(settings("smtp+plain://[::1]:1025").security, Security::Plain);
        let with_password = read("smtps://me%40x@mx.example.com", from, Some("pw-of-16-and-more")).unwrap().unwrap();
        assert_eq!(with_password.user.as_deref(), Some("me@x"));
        assert!(!format!("{with_password:?}").contains("pw-of-16"), "a password is not shown");
        for bad in [
            "smtp+plain://mx.example.com",
            "http://x",
            "smtps://me:pw@mx.example.com",
            "mx",
            "smtps://mx/a",
            "smtps://",
        ] {
            let error = read(bad, from, None).unwrap_err().to_string();
            assert!(error.contains("AI_SETU_SMTP_URL") && !error.contains("pw@"), "{bad}: {error}");
        }
        assert!(read("smtps://mx.example.com", None, None).unwrap_err().to_string().contains("AI_SETU_MAIL_FROM"));
        assert!(
            read("smtps://me@mx.example.com", from, None)
                .unwrap_err()
                .to_string()
                .contains("AI_SETU_SMTP_PASSWORD_FILE")
        );
    }
}
