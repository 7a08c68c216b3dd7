//! Pages for the person at this machine: what must not go through the conversation goes through their browser.
//!
//! A page has an address that nobody can guess, lives ten minutes, and is used once. It answers to its own host and its own form alone, so
//! that no other page the person has open can reach it. That keeps secrets out of the conversation; it is no wall against a program that
//! runs as the same person.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use admin_core::ErrorCode;
use admin_token::Secret;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, watch};

use crate::error::ToolError;

/// How long a page waits for its person.
pub(crate) const LIFE: Duration = Duration::from_secs(600);
/// So many may wait at once. A person has one or two; over HTTP there are more people.
const MOST_PAGES: usize = 1000;
/// So often its form may be sent in vain.
const TRIES: u32 = 5;
/// More than any form of ours has.
const MOST_BYTES: usize = 16 * 1024;
/// The name of the button that says no.
const DECLINE: &str = "decline";
const TEMPLATE: &str = include_str!("pages/page.html");

/// What a page shows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Form {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) button: &'static str,
}

/// What a person fills in.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    /// Whether it is not shown while it is typed.
    pub(crate) is_secret: bool,
}

/// What became of what a person sent.
pub(crate) enum Sent {
    /// It was used: the page is over.
    Done {
        /// For the person.
        line: String,
        /// Shown once.
        secret: Option<Secret>,
    },
    /// It was of no use: the person may try again.
    Again {
        /// Why.
        why: String,
    },
}

/// What a person filled in, by the names of the fields.
pub(crate) type Filled = HashMap<String, Secret>;
/// What is done with it; `None` = the person said no.
type Submit = Box<dyn FnMut(Option<Filled>) -> BoxFuture<'static, Sent> + Send>;

struct Page {
    /// Of which call it is.
    call: Vec<u8>,
    opened_as: Opened,
    form: Form,
    /// Proves that the form was sent by this page.
    csrf: String,
    submit: tokio::sync::Mutex<Submit>,
    tries: Mutex<u32>,
    opened: Instant,
    /// Whether it is over.
    over: watch::Sender<bool>,
}

/// A page that waits for its person.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// For the person alone.
    pub(crate) url: String,
    over: watch::Receiver<bool>,
}

impl Opened {
    /// Waits for its end, for so long at most; whether it is over.
    pub(crate) async fn over(&mut self, patience: Duration) -> bool {
        // A page that was forgotten is over too.
        tokio::time::timeout(patience, self.over.wait_for(|over| *over)).await.is_ok()
    }
}

/// The pages of one process. Nothing listens before the first is opened, unless somebody else serves them.
#[derive(Clone, Default)]
pub(crate) struct Pages {
    open: Arc<Mutex<HashMap<String, Arc<Page>>>>,
    /// Where they are: scheme, host and port.
    origin: Arc<OnceCell<String>>,
}

impl Pages {
    /// Opens a page for a call, unless one waits for it already; whether it is new.
    pub(crate) async fn open_once(
        &self,
        call: Vec<u8>,
        form: Form,
        submit: Submit,
    ) -> Result<(Opened, bool), ToolError> {
        let failed = |what: String| ToolError::new(ErrorCode::Internal, what, "tell the user what happened");
        let origin = self.origin.get_or_try_init(|| self.listen()).await;
        let origin = origin.map_err(|error| failed(format!("no page can be shown: {error}")))?;
        let (path, csrf) = (random().map_err(failed)?, random().map_err(failed)?);
        let (over, receiver) = watch::channel(false);
        let (submit, opened) = (tokio::sync::Mutex::new(submit), Instant::now());
        let opened_as = Opened { url: format!("{origin}/pages/{path}"), over: receiver };
        let mut open = self.lock();
        open.retain(|_, page| page.opened.elapsed() < LIFE);
        if let Some(page) = open.values().find(|page| page.call == call) {
            return Ok((page.opened_as.clone(), false));
        }
        if open.len() >= MOST_PAGES {
            return Err(ToolError::new(
                ErrorCode::LimitExceeded,
                format!("{MOST_PAGES} pages wait for people already; nothing was changed"),
                "ask the user to finish with those that they have; each is over after ten minutes at the latest",
            ));
        }
        let page =
            Page { call, opened_as: opened_as.clone(), form, csrf, submit, tries: Mutex::new(TRIES), opened, over };
        open.insert(path, Arc::new(page));
        Ok((opened_as, true))
    }

    /// The page that waits for a call.
    pub(crate) fn waiting(&self, call: &[u8]) -> Option<Opened> {
        let open = self.lock();
        let page = open.values().find(|page| page.call == call && page.opened.elapsed() < LIFE);
        page.map(|page| page.opened_as.clone())
    }

    /// Those that somebody else serves, there.
    pub(crate) fn at(origin: String) -> Self {
        Self { origin: Arc::new(OnceCell::new_with(Some(origin))), ..Self::default() }
    }

    /// What serves them.
    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/pages/{path}", get(show).post(submit))
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(self.clone())
    }

    async fn listen(&self) -> std::io::Result<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let router = self.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(origin)
    }

    /// Whether a request was sent to the name that the pages have: one that leads here from elsewhere, as a rebound one of the DNS does, is
    /// none of ours.
    fn is_ours(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let origin = self.origin.get().and_then(|origin| origin.split_once("://"));
        matches!((host, origin), (Some(host), Some((_, ours))) if host == ours)
    }

    /// Whether a form was sent by a page of ours.
    fn is_from_here(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        self.is_ours(headers) && origin.is_some() && origin == self.origin.get().map(String::as_str)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Page>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page that still waits.
    fn find(&self, path: &str) -> Option<Arc<Page>> {
        self.lock().get(path).filter(|page| page.opened.elapsed() < LIFE).cloned()
    }

    /// Ends a page before its time, because its call was given up; one that another call waits for as well stays.
    pub(crate) fn close(&self, opened: &Opened) {
        let path = opened.url.rsplit('/').next().unwrap_or_default();
        // One receiver is the page's own, one is of this call.
        if self.find(path).is_some_and(|page| page.over.receiver_count() <= 2) {
            self.end(path);
        }
    }

    fn end(&self, path: &str) {
        if let Some(page) = self.lock().remove(path) {
            page.over.send_replace(true);
        }
    }
}

async fn show(State(pages): State<Pages>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    if !pages.is_ours(&headers) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    match pages.find(&path) {
        Some(page) => answer(StatusCode::OK, &page.form, &page.csrf, "", None),
        None => gone(),
    }
}

async fn submit(State(pages): State<Pages>, Path(path): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    if !pages.is_from_here(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(page) = pages.find(&path) else { return gone() };
    let mut filled: Filled = url::form_urlencoded::parse(&body)
        .map(|(name, value)| (name.into_owned(), Secret::new(value.trim())))
        .collect();
    if filled.remove("csrf").is_none_or(|csrf| csrf.expose() != page.csrf) {
        return StatusCode::FORBIDDEN.into_response();
    }
    // One at a time: a second press of the button waits, and finds the page over.
    let mut submit = page.submit.lock().await;
    if pages.find(&path).is_none() {
        return gone();
    }
    let filled = if filled.contains_key(DECLINE) { None } else { Some(filled) };
    match submit(filled).await {
        Sent::Done { line, secret } => {
            pages.end(&path);
            let form = Form { lines: vec![line], fields: Vec::new(), button: "", ..page.form.clone() };
            answer(StatusCode::OK, &form, "", "", secret.as_ref())
        }
        Sent::Again { why } => {
            let left = {
                let mut tries = page.tries.lock().unwrap_or_else(PoisonError::into_inner);
                *tries -= 1;
                *tries
            };
            if left == 0 {
                pages.end(&path);
                let form = Form { lines: Vec::new(), fields: Vec::new(), button: "", ..page.form.clone() };
                return answer(StatusCode::FORBIDDEN, &form, "", &format!("{why}. There are no tries left."), None);
            }
            answer(StatusCode::UNPROCESSABLE_ENTITY, &page.form, &page.csrf, &why, None)
        }
    }
}

fn gone() -> Response {
    let form = Form {
        title: "This page is over".to_owned(),
        lines: vec!["It was used, or ten minutes have passed. Ask the agent again.".to_owned()],
        fields: Vec::new(),
        button: "",
    };
    answer(StatusCode::GONE, &form, "", "", None)
}

fn answer(status: StatusCode, form: &Form, csrf: &str, why: &str, secret: Option<&Secret>) -> Response {
    let Ok(nonce) = random() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    let secret = secret.map(Secret::expose);
    let page = templates.render_str(
        TEMPLATE,
        context! { form => Value::from(Serde(form.clone())), csrf, why, secret, decline => DECLINE, nonce => nonce.as_str() },
    );
    let Ok(page) = page else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, Html(page)).into_response()
}

/// 128 bits that nobody can guess.
fn random() -> Result<String, String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("the operating system gives no random numbers: {error}"))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
