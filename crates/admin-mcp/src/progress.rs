//! Telling a client that a call is still under way.

use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::ProgressNotificationParam;
use rmcp::service::RequestContext;

/// How often it is told.
const EVERY: Duration = Duration::from_secs(1);

/// Does the work, and tells the client each second that it is under way, if the client wants to know.
pub(crate) async fn with_progress<T>(context: &RequestContext<RoleServer>, work: impl Future<Output = T>) -> T {
    let Some(token) = context.meta.get_progress_token() else { return work.await };
    let peer = context.peer.clone();
    let telling = async {
        for seconds in 1u32.. {
            tokio::time::sleep(EVERY).await;
            let mut progress = ProgressNotificationParam::new(token.clone(), f64::from(seconds));
            progress.message = Some(format!("under way for {seconds} s"));
            // A client that cannot be told will notice by itself.
            let _ = peer.notify_progress(progress).await;
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        () = telling => std::future::pending().await,
    }
}
