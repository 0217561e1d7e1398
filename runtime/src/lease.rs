//! Notices that a lane's JavaScript thread has gone: its end of the socket closes with it.

use std::sync::Arc;

use tokio::net::UnixStream;

use crate::drain::LaneShared;

/// TypeScript never writes to the socket: whatever makes it readable is its end, and that means its thread has gone.
pub(crate) async fn watch(socket: UnixStream, lane: Arc<LaneShared>) {
    loop {
        if socket.readable().await.is_err() {
            break;
        }
        match socket.try_read(&mut [0; 16]) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => (),
            Ok(read) if read > 0 => (),
            _ => break,
        }
    }
    lane.end_lease();
}
