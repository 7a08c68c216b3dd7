//! The program: it serves, or runs one function for the program that serves.

use std::{env, error::Error, io, net::SocketAddr, process::ExitCode, thread};

use admin_sdk::{AiSetuAdmin, IpNet, VerifyLayer, env::Environment};
use axum::extract::ConnectInfo;
use functions_api::{
    router,
    sandbox::{ARGUMENT, Sandbox, run_one_function},
    say,
};
use tokio::{net::TcpListener, signal};

fn main() -> ExitCode {
    let outcome = if env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT) {
        run_one_function(io::stdin().lock(), io::stdout().lock()).map_err(Into::into)
    } else {
        serve(&Environment::process())
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(environment: &Environment) -> Result<(), Box<dyn Error>> {
    let setting = |name: &'static str| environment.get(name);
    let address = setting("AI_SETU_FUNCTIONS_ADDRESS").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let proxies = setting("AI_SETU_TRUSTED_PROXIES").unwrap_or_default();
    let proxies = proxies.split(',').map(str::trim).filter(|block| !block.is_empty());
    let proxies = proxies.map(str::parse).collect::<Result<Vec<IpNet>, _>>();

    let admin = AiSetuAdmin::builder().environment(environment.clone()).build()?;
    let keys = VerifyLayer::new(admin.gateway())
        .peer_from(|parts| Some(parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()))
        .trusted_proxies(
            proxies.map_err(|_| "`AI_SETU_TRUSTED_PROXIES` must be blocks such as 10.0.0.0/24,192.0.2.7/32")?,
        )
        .on_error(|error| say(&format!("an API key could not be checked: {error}")));
    let sandbox = Sandbox::new(env::current_exe()?, thread::available_parallelism()?.get());
    let app = router(keys, sandbox).into_make_service_with_connect_info::<SocketAddr>();

    let listener =
        TcpListener::bind(&address).await.map_err(|error| format!("`{address}` cannot be listened to: {error}"))?;
    say(&format!(
        "functions-api listens on http://{}, and asks {} about keys",
        listener.local_addr()?,
        admin.base_url()
    ));
    Ok(axum::serve(listener, app).with_graceful_shutdown(told_to_stop()).await?)
}

/// Ctrl-C, or what a service manager sends. Without a handler a signal ends the program as well.
async fn told_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal::unix::signal(signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = signal::ctrl_c() => {}
        }
        return;
    }
    let _ = signal::ctrl_c().await;
}
