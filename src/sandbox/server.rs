//! Serves the pretend PSP by itself, without a server around it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpServer};

use super::{Options, Sandbox, SandboxError, routes};

/// Serves on `listen` (`127.0.0.1:8081`; port 0 picks one) until the process is asked to end.
/// `ready` hears the address once connections are taken.
pub fn run(
    listen: &str,
    mut options: Options,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), SandboxError> {
    let failed = |source| SandboxError::Listen { listen: listen.to_owned(), source };
    let listener = TcpListener::bind(listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    options.public_url.get_or_insert_with(|| format!("http://{address}"));
    let sandbox = Sandbox::new(options)?;
    actix_web::rt::System::new()
        .block_on(async {
            let server = serve(sandbox, listener)?;
            ready(address);
            server.await
        })
        .map_err(SandboxError::Serve)
}

/// The server, to be awaited. Must be called inside an actix or tokio runtime.
pub fn serve(sandbox: Arc<Sandbox>, listener: TcpListener) -> io::Result<Server> {
    let app = move || App::new().configure(routes(sandbox.clone()));
    Ok(HttpServer::new(app).shutdown_timeout(2).listen(listener)?.run())
}
