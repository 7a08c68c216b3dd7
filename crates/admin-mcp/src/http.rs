//! Serving clients over HTTP: `POST /mcp`, each request with the token of whoever sent it.

use std::net::SocketAddr;
use std::sync::Arc;

use admin_core::{BaseUrl, BaseUrlError};
use axum::Router;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;

use crate::pages::Pages;
use crate::run::{ServeError, last_changes, stopped};
use crate::server::{Options, Server};

/// The flags of serving over HTTP.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Http {
    /// Serve clients over HTTP at `/mcp` there, each with the token of its requests, and not one over standard input and output
    #[arg(long = "http", value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
    /// How clients and browsers name the server, if not by its address, such as `https://mcp.example.com` of a proxy before it
    #[arg(long = "http-origin", value_name = "URL", requires = "address")]
    origin: Option<String>,
}

impl Http {
    /// Where to serve; `None` = over standard input and output.
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }
}

/// Serves clients over HTTP until a signal asks for the end. Changes that have begun come to their end.
///
/// # Errors
/// [`ServeError`].
pub async fn serve_http(options: Options, address: SocketAddr, http: &Http) -> Result<(), ServeError> {
    let cannot = |source| ServeError::Listen { address, source };
    let named = http.origin.as_deref().map(parse_origin).transpose()?;
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let bound = listener.local_addr().map_err(cannot)?;
    if named.is_none() && !bound.ip().is_loopback() {
        eprintln_line(
            "warning: other machines may reach it, and send their tokens in the clear: put a proxy with TLS before it, and name that with \
             `--http-origin`",
        );
    }
    let origin = named.unwrap_or_else(|| format!("http://{bound}"));
    let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host).to_owned();
    let pages = Pages::at(origin.clone());
    let server = Server::over_http(options, pages.clone())?;
    let changes = server.changes();
    let mut config = StreamableHttpServerConfig::default();
    config.allowed_hosts.push(host);
    // A page of another site may be open in the same browser.
    config.allowed_origins = vec![origin.clone(), "http://localhost:*".to_owned(), "http://127.0.0.1:*".to_owned()];
    let (stop, sessions) = (config.cancellation_token.clone(), Arc::new(LocalSessionManager::default()));
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    let router = Router::new().nest_service("/mcp", service).merge(pages.router());
    eprintln_line(&format!("serving on {origin}/mcp"));
    let ended = async move {
        stopped().await;
        stop.cancel();
    };
    axum::serve(listener, router).with_graceful_shutdown(ended).await.map_err(cannot)?;
    last_changes(&changes).await;
    Ok(())
}

/// Scheme, host and port; `https`, unless it is this machine: tokens and secrets go there.
fn parse_origin(given: &str) -> Result<String, ServeError> {
    let bad = |why: String| ServeError::Origin { why };
    let url: BaseUrl = given.parse().map_err(|error: BaseUrlError| bad(error.to_string()))?;
    let has_path = url.as_str().split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if has_path {
        Err(bad(format!("`{url}` has a path; name scheme, host and port alone")))
    } else {
        Ok(url.as_str().to_owned())
    }
}

/// On standard error, whoever reads it.
fn eprintln_line(text: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{text}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_one_that_tokens_may_go_to() {
        for (given, origin) in [
            ("https://mcp.example.com", "https://mcp.example.com"),
            ("https://MCP.example.com:443/", "https://mcp.example.com"),
            ("http://localhost:8711", "http://localhost:8711"),
        ] {
            assert_eq!(parse_origin(given).unwrap(), origin);
        }
        for given in [
            "mcp.example.com",
            "http://mcp.example.com",
            "https://mcp.example.com/a",
            "https://u:p@mcp.example.com",
            "",
        ] {
            let why = parse_origin(given).unwrap_err().to_string();
            assert!(!why.contains("u:p"), "{why}");
        }
    }
}
