//! What a JavaScript thread leaves behind when it ends without a word, as a worker does that is terminated.
//!
//! The end of a lane's socket tells that its thread has gone. It tells nothing of a lane that had closed before, whose
//! addresses wait for a finalizer that never runs; nor of one whose socket JavaScript had not taken over yet. Both are
//! looked after here, at the thread's own end: its JavaScript is over then, and nobody looks at its lanes any more.

use std::cell::RefCell;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use crate::open;

thread_local! {
    static LANES: Departure = const { Departure(RefCell::new(Vec::new())) };
}

/// Lanes that this thread has opened, and whose memory it has not given back.
struct Departure(RefCell<Vec<Handed>>);

struct Handed {
    lane: u32,
    /// The socket that JavaScript was handed, and which one it was: another may have its number by now.
    socket: RawFd,
    identity: (u64, u64),
}

/// Hands a lane's socket to JavaScript, which owns it from now on, on this thread.
pub(crate) fn hand_over(lane: u32, socket: UnixStream) -> RawFd {
    let identity = identity_of(&socket);
    let socket = socket.into_raw_fd();
    // Not on the process's first thread: its end is the process's, which needs no order.
    if let Some(identity) = identity
        && rustix::thread::gettid() != rustix::process::getpid()
    {
        LANES.with(|lanes| lanes.0.borrow_mut().push(Handed { lane, socket, identity }));
    }
    socket
}

/// The lane's memory was given back by this thread.
pub(crate) fn forget(lane: u32) {
    // A finalizer may run this while the thread ends.
    let _ = LANES.try_with(|lanes| lanes.0.borrow_mut().retain(|handed| handed.lane != lane));
}

impl Drop for Departure {
    fn drop(&mut self) {
        for handed in self.0.take() {
            open::departed(handed.lane);
            handed.close();
        }
    }
}

impl Handed {
    /// Closes the socket if JavaScript did not live to take it over: libuv has closed it otherwise.
    fn close(self) {
        // SAFETY: it is only looked at, and a number that is not open answers an error.
        let found = unsafe { BorrowedFd::borrow_raw(self.socket) };
        // An identity is no other's while the socket lives; and if it lives, only this thread knew its number.
        if identity_of(&found) == Some(self.identity) {
            // SAFETY: it is the socket that this thread was given to own, and the thread did nothing with it.
            drop(unsafe { OwnedFd::from_raw_fd(self.socket) });
        }
    }
}

/// Device and inode.
fn identity_of(socket: &impl AsFd) -> Option<(u64, u64)> {
    rustix::fs::fstat(socket).ok().map(|stat| (stat.st_dev, stat.st_ino))
}
