//! The backend inside libuv's loop: mio's own selector descriptor, watched by a single `uv_poll`.
//!
//! libuv is found in the process at run time, never linked; sizes come from `uv_handle_size`. A
//! wake-up needs no other thread and no hop.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ffi::{CStr, c_int, c_void};
use std::os::fd::AsRawFd;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mio::{Events, Poll};

use super::{Reactor, Reports, hand_out};
use crate::errno::{Errno, Result};

const UV_POLL: c_int = 8;
const UV_READABLE: c_int = 1;
const BATCH: usize = 1024;

type Uv = *mut c_void;

/// The functions of libuv that this backend uses (`uv.h`).
struct Library {
    handle_size: unsafe extern "C" fn(c_int) -> usize,
    handle_set_data: unsafe extern "C" fn(Uv, *mut c_void),
    handle_get_data: unsafe extern "C" fn(Uv) -> *mut c_void,
    poll_init: unsafe extern "C" fn(Uv, Uv, c_int) -> c_int,
    poll_start: unsafe extern "C" fn(Uv, c_int, unsafe extern "C" fn(Uv, c_int, c_int)) -> c_int,
    poll_stop: unsafe extern "C" fn(Uv) -> c_int,
    close: unsafe extern "C" fn(Uv, unsafe extern "C" fn(Uv)),
    reference: unsafe extern "C" fn(Uv),
    unreference: unsafe extern "C" fn(Uv),
}

fn library() -> Option<&'static Library> {
    static LIBRARY: OnceLock<Option<Library>> = OnceLock::new();
    LIBRARY.get_or_init(find).as_ref()
}

#[allow(clippy::missing_transmute_annotations, reason = "each field has the type")]
fn find() -> Option<Library> {
    fn symbol(name: &CStr) -> Option<*mut c_void> {
        // SAFETY: a look-up by name among the symbols of this process.
        let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        (!address.is_null()).then_some(address)
    }
    macro_rules! function {
        ($name:literal) => {
            // SAFETY: uv.h gives the function of this name the type of the field it goes to, on
            // every version since 1.19 (Node 10).
            unsafe { std::mem::transmute(symbol($name)?) }
        };
    }
    Some(Library {
        handle_size: function!(c"uv_handle_size"),
        handle_set_data: function!(c"uv_handle_set_data"),
        handle_get_data: function!(c"uv_handle_get_data"),
        poll_init: function!(c"uv_poll_init"),
        poll_start: function!(c"uv_poll_start"),
        poll_stop: function!(c"uv_poll_stop"),
        close: function!(c"uv_close"),
        reference: function!(c"uv_ref"),
        unreference: function!(c"uv_unref"),
    })
}

/// What hangs on the uv handle.
struct Watcher {
    wake: Box<dyn Fn()>,
    layout: Layout,
    /// Run when libuv has let go of the handle.
    closed: Option<Box<dyn FnOnce()>>,
}

/// The selector of one environment and the handle that watches it.
pub struct UvBackend {
    library: &'static Library,
    handle: Uv,
    poll: Poll,
    events: Events,
}

impl UvBackend {
    /// Begins to watch, without keeping the loop alive. `wake` is called on the loop's thread
    /// whenever there is something to collect.
    ///
    /// # Errors
    /// `ENOSYS`-like `EOPNOTSUPP` where the process has no libuv; `EMFILE`.
    ///
    /// # Safety
    /// `event_loop` must be the `uv_loop_t` of the calling thread, and outlive the backend.
    pub unsafe fn start(
        event_loop: *mut c_void,
        wake: Box<dyn Fn()>,
    ) -> Result<(Arc<Reactor>, UvBackend)> {
        let library = library().ok_or(Errno::OPNOTSUPP)?;
        let poll = Poll::new()?;
        let reactor = Reactor::new(poll.registry())?;
        // SAFETY: a plain query.
        let size = unsafe { (library.handle_size)(UV_POLL) };
        let layout = Layout::from_size_align(size, 16).map_err(|_| Errno::INVAL)?;
        // SAFETY: libuv says how large its handle is, and that is not zero.
        let handle = unsafe { alloc_zeroed(layout) }.cast::<c_void>();
        if handle.is_null() {
            return Err(Errno::NOMEM);
        }
        // SAFETY: the memory is of the handle's size; the caller vouches for the loop.
        let result = unsafe { (library.poll_init)(event_loop, handle, poll.as_raw_fd()) };
        if result < 0 {
            // SAFETY: libuv did not take the handle.
            unsafe { dealloc(handle.cast(), layout) };
            return Err(Errno(-result));
        }
        let watcher = Box::new(Watcher { wake, layout, closed: None });
        // SAFETY: the handle is initialised; `on_close` frees the watcher.
        unsafe {
            (library.handle_set_data)(handle, Box::into_raw(watcher).cast());
            (library.poll_start)(handle, UV_READABLE, on_ready);
            (library.unreference)(handle);
        }
        let events = Events::with_capacity(BATCH);
        Ok((reactor, UvBackend { library, handle, poll, events }))
    }

    /// Whether the loop stays alive for this handle.
    pub fn keep_alive(&self, alive: bool) {
        let call = if alive { self.library.reference } else { self.library.unreference };
        // SAFETY: the handle is open until `close` consumes the backend; both calls are idempotent.
        unsafe { call(self.handle) };
    }

    /// Takes edges from the kernel, without a wait; whether there were any. What finds no room stays
    /// there, and wakes the loop again.
    pub fn take(&mut self) -> bool {
        self.poll.poll(&mut self.events, Some(Duration::ZERO)).is_ok() && !self.events.is_empty()
    }

    /// Fills `reports` with pairs of handle and ready bits, once for what was taken; the number of
    /// pairs.
    pub fn collect(&mut self, reactor: &Reactor, reports: Reports<'_>) -> usize {
        // What is taken from the kernel must find room.
        if reports.len() < 2 * BATCH {
            return 0;
        }
        let mut count = 0;
        for event in self.events.iter() {
            let Some((socket, report)) = reactor.translate(event) else { continue };
            if hand_out(&socket, report, reports, count) {
                count += 1;
            }
        }
        self.events.clear();
        count
    }

    /// The pairs that one `collect` may give.
    pub const CAPACITY: usize = BATCH;

    /// Stops watching; `closed` is run when libuv has let go of the handle.
    pub fn close(self, closed: impl FnOnce() + 'static) {
        let UvBackend { library, handle, poll, .. } = self;
        // SAFETY: the handle is open, its data is the watcher set at start; mio's descriptor is
        // closed only after libuv has forgotten it.
        unsafe {
            let watcher = (library.handle_get_data)(handle).cast::<Watcher>();
            (*watcher).closed = Some(Box::new(move || {
                drop(poll);
                closed();
            }));
            (library.poll_stop)(handle);
            (library.close)(handle, on_close);
        }
    }
}

unsafe extern "C" fn on_ready(handle: Uv, status: c_int, _events: c_int) {
    let Some(library) = library() else { return };
    // SAFETY: libuv calls this with the handle that was started, before it is closed.
    let watcher = unsafe { &*(library.handle_get_data)(handle).cast::<Watcher>() };
    if status < 0 {
        // libuv stops a watcher after an error; this one must go on.
        // SAFETY: as above.
        unsafe { (library.poll_start)(handle, UV_READABLE, on_ready) };
    }
    // A panic must not unwind into libuv.
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (watcher.wake)()));
}

unsafe extern "C" fn on_close(handle: Uv) {
    let Some(library) = library() else { return };
    // SAFETY: the last call with this handle; nobody else has the watcher.
    let watcher = unsafe { Box::from_raw((library.handle_get_data)(handle).cast::<Watcher>()) };
    // SAFETY: allocated in `start` with this layout, and libuv has let go.
    unsafe { dealloc(handle.cast(), watcher.layout) };
    let Watcher { closed, .. } = *watcher;
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        if let Some(closed) = closed {
            closed();
        }
    }));
}
