//! The hot calls: raw N-API callbacks over handles, `(handle, view, offset, length, flags)` → a
//! number, negative for an errno. They never throw for a call that would block.
//!
//! All raw N-API of the addon is in this file; [`Call`] is the safe face that the other raw
//! callbacks use.

use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{JsValue, Object};
use napi::sys;

use super::environment::{Backend, Environment};
use super::error::{number, status};
use crate::emscripten::memory::Memory;
use crate::emscripten::sockaddr;
use crate::errno::{Errno, Result};
use crate::readiness::thread::ThreadBackend;
#[cfg(unix)]
use crate::readiness::uv::UvBackend;
use crate::socket;
use crate::sys::{Datagram, Window, no_address, ready};
use crate::table::{self, Handle, Pinned};
use crate::wait;

/// The most arguments that a raw callback takes.
const ARGUMENTS: usize = 9;

/// One call from JavaScript.
pub(super) struct Call {
    env: sys::napi_env,
    arguments: [sys::napi_value; ARGUMENTS],
    /// How many were given.
    count: usize,
}

/// A callback's answer: a number for JavaScript, or the wrong argument's position.
pub(super) type Answer = std::result::Result<i32, WrongArgument>;

/// An argument of another type than the call takes. Only a caller that goes around `index.js` and
/// the adapter meets it.
pub(super) struct WrongArgument(usize);

impl Call {
    /// An integer; doubles beyond 32 bits wrap as `ToInt32` does.
    pub(super) fn int(&self, position: usize) -> std::result::Result<i32, WrongArgument> {
        let mut value = 0;
        // SAFETY: env and value belong to the running callback.
        let result =
            unsafe { sys::napi_get_value_int32(self.env, self.arguments[position], &mut value) };
        if result == sys::Status::napi_ok { Ok(value) } else { Err(WrongArgument(position)) }
    }

    /// A length, offset or pointer; a fraction or a negative number counts as out of range.
    pub(super) fn size(&self, position: usize) -> std::result::Result<usize, WrongArgument> {
        let mut value = 0;
        // SAFETY: as above.
        let result =
            unsafe { sys::napi_get_value_int64(self.env, self.arguments[position], &mut value) };
        if result != sys::Status::napi_ok {
            return Err(WrongArgument(position));
        }
        Ok(usize::try_from(value).unwrap_or(usize::MAX))
    }

    /// A number with a fraction.
    pub(super) fn double(&self, position: usize) -> std::result::Result<f64, WrongArgument> {
        let mut value = 0.0;
        // SAFETY: as above.
        let result =
            unsafe { sys::napi_get_value_double(self.env, self.arguments[position], &mut value) };
        if result == sys::Status::napi_ok { Ok(value) } else { Err(WrongArgument(position)) }
    }

    /// The bytes of a byte array, which may be shared with other threads. To ask for the array's
    /// type costs as much as everything else: one of wider elements is taken for a shorter one.
    pub(super) fn bytes(&self, position: usize) -> std::result::Result<Memory<'_>, WrongArgument> {
        let (mut length, mut data) = (0, ptr::null_mut());
        // SAFETY: env and value belong to the running callback; null asks for nothing.
        let result = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.arguments[position],
                ptr::null_mut(),
                &mut length,
                &mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if result != sys::Status::napi_ok {
            return Err(WrongArgument(position));
        }
        // SAFETY: as in `memory`; an element has at least one byte.
        Ok(unsafe { Memory::new(data.cast(), length) })
    }

    /// The bytes of a typed array, which may be shared with other threads.
    pub(super) fn memory(&self, position: usize) -> std::result::Result<Memory<'_>, WrongArgument> {
        let (pointer, length, kind) = self.typed_array(position)?;
        let width = match kind {
            sys::TypedarrayType::int8_array
            | sys::TypedarrayType::uint8_array
            | sys::TypedarrayType::uint8_clamped_array => 1,
            sys::TypedarrayType::int32_array | sys::TypedarrayType::uint32_array => 4,
            _ => return Err(WrongArgument(position)),
        };
        // SAFETY: the engine keeps the array's store during the callback, which does not keep the
        // pointer; a resizable or growable store never moves below it. JavaScript that runs during
        // the callback is an interlude's (see `interlude`), whose program has shared memory: that is
        // never detached.
        Ok(unsafe { Memory::new(pointer, length * width) })
    }

    /// Whether an argument was given at this position.
    pub(super) fn has(&self, position: usize) -> bool {
        self.count > position
    }

    /// A part of a byte array, given as array, offset and length; the whole of it without these.
    fn window(&self, position: usize) -> std::result::Result<Result<Window<'_>>, WrongArgument> {
        let memory = self.bytes(position)?;
        if !self.has(position + 1) {
            return Ok(memory.window(0, memory.len()));
        }
        Ok(memory.window(self.size(position + 1)?, self.size(position + 2)?))
    }

    /// Flags, 0 where none are given.
    fn flags(&self, position: usize) -> std::result::Result<i32, WrongArgument> {
        if self.has(position) { self.int(position) } else { Ok(0) }
    }

    /// An `Int32Array` that no other thread touches.
    #[allow(clippy::mut_from_ref, reason = "the array is JavaScript's, not a part of the call")]
    fn ints(&self, position: usize) -> std::result::Result<&mut [i32], WrongArgument> {
        let (pointer, length, kind) = self.typed_array(position)?;
        if kind != sys::TypedarrayType::int32_array {
            return Err(WrongArgument(position));
        }
        if length == 0 {
            return Ok(&mut []);
        }
        // SAFETY: `index.js` alone passes these arrays, which it makes unshared; the engine keeps
        // the store during the callback.
        Ok(unsafe { std::slice::from_raw_parts_mut(pointer.cast(), length) })
    }

    fn typed_array(
        &self,
        position: usize,
    ) -> std::result::Result<(*mut u8, usize, i32), WrongArgument> {
        let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
        // SAFETY: env and value belong to the running callback; null asks for nothing.
        let result = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.arguments[position],
                &mut kind,
                &mut length,
                &mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if result != sys::Status::napi_ok {
            return Err(WrongArgument(position));
        }
        Ok((data.cast(), length, kind))
    }

    /// The socket named by an argument, for the time of the call.
    pub(super) fn socket(
        &self,
        position: usize,
    ) -> std::result::Result<Result<Pinned>, WrongArgument> {
        Ok(table::pin(Handle(self.int(position)?)))
    }

    pub(super) fn environment(&self) -> usize {
        self.env as usize
    }
}

/// Runs a callback's body: reads the arguments, keeps panics in, returns the number.
fn answer(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    body: impl FnOnce(&Call) -> Answer,
) -> sys::napi_value {
    let mut arguments = [ptr::null_mut(); ARGUMENTS];
    let mut count = ARGUMENTS;
    // SAFETY: env and info come from the engine; the array has room for `count` values.
    let result = unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &mut count,
            arguments.as_mut_ptr(),
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    if result != sys::Status::napi_ok {
        return ptr::null_mut();
    }
    let call = Call { env, arguments, count: count.min(ARGUMENTS) };
    let value = match catch_unwind(AssertUnwindSafe(|| body(&call))) {
        Ok(Ok(value)) => value,
        Ok(Err(WrongArgument(position))) => {
            return throw(
                env,
                c"ERR_INVALID_ARG_TYPE",
                &format!("argument {position} is of the wrong type\0"),
            );
        }
        Err(_) => {
            return throw(
                env,
                c"ERR_INTERNAL_ASSERTION",
                "hostsock: internal error (a panic was caught)\0",
            );
        }
    };
    let mut result = ptr::null_mut();
    // SAFETY: env is the running callback's.
    unsafe { sys::napi_create_int32(env, value, &mut result) };
    result
}

/// `message` ends in a zero byte.
fn throw(env: sys::napi_env, code: &CStr, message: &str) -> sys::napi_value {
    debug_assert!(message.ends_with('\0'));
    // SAFETY: both strings end in a zero byte and outlive the call.
    unsafe { sys::napi_throw_type_error(env, code.as_ptr(), message.as_ptr().cast::<c_char>()) };
    ptr::null_mut()
}

/// Declares raw callbacks: `name as "jsName" = |call| body;`
macro_rules! raw_callbacks {
    ($($(#[$condition:meta])* $name:ident as $js:literal = $body:expr;)*) => {
        $(
            $(#[$condition])*
            unsafe extern "C" fn $name(
                env: napi::sys::napi_env,
                info: napi::sys::napi_callback_info,
            ) -> napi::sys::napi_value {
                $crate::binding::hot::run(env, info, $body)
            }
        )*

        /// The callbacks of this file by their JavaScript names.
        pub(super) const CALLBACKS: &[(&str, $crate::binding::hot::RawCallback)] =
            &[$($(#[$condition])* ($js, $name)),*];
    };
}
pub(super) use raw_callbacks;

/// What the engine calls.
pub(super) type RawCallback =
    unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// Runs the body of a raw callback.
pub(super) fn run(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    body: fn(&Call) -> Answer,
) -> sys::napi_value {
    answer(env, info, body)
}

/// Goes on with a value, or answers with its error number.
macro_rules! attempt {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err($crate::errno::Errno(errno)) => return Ok(-errno),
        }
    };
}

/// `(callback)`: what this thread does while it waits. A program with threads has those of them
/// served that need something of the first one.
fn interlude(call: &Call) -> Answer {
    let env = call.env;
    let mut reference = ptr::null_mut();
    // SAFETY: env and value belong to the running callback.
    let result = unsafe { sys::napi_create_reference(env, call.arguments[0], 1, &mut reference) };
    if result != sys::Status::napi_ok {
        return Err(WrongArgument(0));
    }
    wait::set_interlude(Some(Rc::new(move || {
        let mut scope = ptr::null_mut();
        // SAFETY: `Environment::leave` ends this with the environment; waits are made inside of
        // callbacks only, on this thread.
        let result = unsafe {
            sys::napi_open_handle_scope(env, &mut scope);
            let (mut callback, mut this) = (ptr::null_mut(), ptr::null_mut());
            sys::napi_get_reference_value(env, reference, &mut callback);
            sys::napi_get_undefined(env, &mut this);
            let result =
                sys::napi_call_function(env, this, callback, 0, ptr::null(), ptr::null_mut());
            sys::napi_close_handle_scope(env, scope);
            result
        };
        // What it has thrown is pending, and thrown on when the call returns.
        if result == sys::Status::napi_ok { Ok(()) } else { Err(Errno::INTR) }
    })));
    Ok(0)
}

fn send(call: &Call) -> Answer {
    let socket = attempt!(call.socket(0)?);
    let data = attempt!(call.window(1)?);
    Ok(number(socket::send(&socket, data, call.flags(4)?).map(|sent| sent as i32)))
}

fn recv(call: &Call) -> Answer {
    let socket = attempt!(call.socket(0)?);
    let buffer = attempt!(call.window(1)?);
    Ok(number(socket::recv(&socket, buffer, call.flags(4)?).map(|received| received as i32)))
}

fn accept(call: &Call) -> Answer {
    let listener = attempt!(call.socket(0)?);
    Ok(number(socket::accept(&listener).map(|Handle(handle)| handle)))
}

/// `(handle, view, offset, length, flags, address)`; the address in Linux's layout.
fn send_to(call: &Call) -> Answer {
    let socket = attempt!(call.socket(0)?);
    let data = attempt!(call.window(1)?);
    let address = attempt!(sockaddr::read_all(call.memory(5)?));
    let flags = call.int(4)?;
    let sent = socket::send_message(&socket, &[data], Some(&address), &[], flags);
    Ok(number(sent.map(|sent| sent as i32)))
}

/// `(handle, view, offset, length, flags, address)`: the address view takes four bytes of length,
/// then 128 of the sender's address in Linux's layout, then `msg_flags`.
fn recv_from(call: &Call) -> Answer {
    let socket = attempt!(call.socket(0)?);
    let buffer = attempt!(call.window(1)?);
    let address = call.memory(5)?;
    let flags = call.int(4)?;
    let received = attempt!(socket::recv_message(&socket, &[buffer], 0, flags));
    attempt!(sockaddr::write(address, 4, 0, &received.address));
    attempt!(address.set_word(132, received.flags as u32));
    Ok(received.bytes as i32)
}

/// Bytes of one entry of a batch's addresses: length, address in Linux's layout, `msg_flags`.
const SENDER: usize = 136;

/// The datagrams of a batch: `(handle, data, size, lengths, addresses, count, flags)`. Datagram `i`
/// lies at `i * size` of the data; `lengths` and `addresses` have an entry for each.
fn batch<'a>(
    call: &'a Call,
    sending: bool,
) -> std::result::Result<Result<Vec<Datagram<'a>>>, WrongArgument> {
    let (data, size) = (call.memory(1)?, call.size(2)?);
    let (lengths, addresses) = (call.memory(3)?, call.memory(4)?);
    let count = call.size(5)?.min(socket::MOST_DATAGRAMS);
    let datagram = |index: usize| {
        let length = if sending { lengths.word(4 * index)? as usize } else { size };
        if length > size {
            return Err(Errno::INVAL);
        }
        let at = SENDER * index;
        let address = match if sending { addresses.word(at)? as i32 } else { 0 } {
            0 => no_address(),
            length => sockaddr::read(addresses, at + 4, length)?,
        };
        let data = data.window(index.checked_mul(size).ok_or(Errno::FAULT)?, length)?;
        Ok(Datagram { data, address, length: 0, flags: 0 })
    };
    Ok((0..count).map(datagram).collect())
}

fn send_many(call: &Call) -> Answer {
    let socket = attempt!(call.socket(0)?);
    let mut batch = attempt!(batch(call, true)?);
    let sent = socket::send_many(&socket, &mut batch, call.int(6)?);
    Ok(number(sent.map(|sent| sent as i32)))
}

fn recv_many(call: &Call) -> Answer {
    let socket = attempt!(call.socket(0)?);
    let (lengths, addresses) = (call.memory(3)?, call.memory(4)?);
    let mut batch = attempt!(batch(call, false)?);
    attempt!(lengths.window(0, 4 * batch.len()));
    attempt!(addresses.window(0, SENDER * batch.len()));
    let received = attempt!(socket::recv_many(&socket, &mut batch, call.int(6)?));
    for (index, datagram) in batch.iter().take(received).enumerate() {
        let at = SENDER * index;
        attempt!(lengths.set_word(4 * index, datagram.length as u32));
        attempt!(addresses.set_word(at, 128));
        attempt!(sockaddr::write(addresses, at + 4, at, &datagram.address));
        attempt!(addresses.set_word(at + 132, datagram.flags as u32));
    }
    Ok(received as i32)
}

/// `(entries: Int32Array of [handle, events, revents]…, count, milliseconds)` → ready entries.
fn poll(call: &Call) -> Answer {
    let entries = call.ints(0)?;
    let count = call.size(1)?;
    let milliseconds = call.double(2)?;
    let Some(entries) = entries.get_mut(..count.saturating_mul(3)) else {
        return Ok(-Errno::FAULT.0);
    };
    // Held until the wait is over, so that no descriptor is freed under it.
    let sockets: Vec<_> =
        entries.chunks_exact(3).map(|entry| table::pin(Handle(entry[0])).ok()).collect();
    let polled: Vec<_> = sockets
        .iter()
        .zip(entries.chunks_exact(3))
        .map(|(socket, entry)| socket.as_ref().map(|socket| (socket, entry[1] as i16)))
        .collect();
    // A handle that is not open is news by itself, as a bad descriptor is to poll(2); handle 0
    // stands for an entry to pass over.
    let stale = |socket: &Option<Pinned>, handle: i32| socket.is_none() && handle != 0;
    let any_stale =
        sockets.iter().zip(entries.chunks_exact(3)).any(|(socket, entry)| stale(socket, entry[0]));
    let deadline = wait::deadline(if any_stale { 0.0 } else { milliseconds });
    let revents = attempt!(wait::poll_sockets(&polled, &[], deadline));
    let mut reported = 0;
    for ((entry, socket), revents) in entries.chunks_exact_mut(3).zip(&sockets).zip(revents) {
        let revents = if stale(socket, entry[0]) { ready::NVAL } else { revents };
        entry[2] = i32::from(revents);
        reported += i32::from(revents != 0);
    }
    Ok(reported)
}

raw_callbacks! {
    raw_interlude as "guestInterlude" = interlude;
    raw_send as "send" = send;
    raw_recv as "recv" = recv;
    raw_accept as "accept" = accept;
    raw_send_to as "sendTo" = send_to;
    raw_recv_from as "recvFrom" = recv_from;
    raw_send_many as "sendMany" = send_many;
    raw_recv_many as "recvMany" = recv_many;
    raw_close as "close" = |call| Ok(status(table::close(Handle(call.int(0)?))));
    raw_poll as "poll" = poll;
    raw_watch as "watch" = |call| {
        let socket = attempt!(call.socket(0)?);
        let events = call.int(1)? as i16;
        let environment = Environment::current(call.environment());
        let Some(reactor) = environment.and_then(|environment| environment.reactor()) else {
            return Ok(-Errno::INVAL.0);
        };
        Ok(status(reactor.watch(&socket, events)))
    };
    raw_collect as "collect" = |call| {
        let reports = call.ints(0)?;
        let count = Environment::current(call.environment()).map(|it| it.collect(reports));
        Ok(count.unwrap_or(0) as i32)
    };
    raw_settle as "settle" = |call| {
        if let Some(environment) = Environment::current(call.environment()) {
            environment.settle();
        }
        Ok(0)
    };
    raw_start as "startReadiness" = |call| Ok(status(start_readiness(call)));
    raw_keep_alive as "keepAlive" = |call| {
        let alive = call.int(0)? != 0;
        let environment = Environment::current(call.environment());
        if let Some(environment) = environment {
            match &*environment.readiness.borrow() {
                #[cfg(unix)]
                Some((_, Backend::Uv(backend))) => backend.keep_alive(alive),
                Some((_, Backend::Thread(_, waker))) => waker.keep_alive(call.env, alive),
                None => {}
            }
        }
        Ok(0)
    };
}

/// Adds every raw callback to the addon's exports and prepares the environment's end.
#[napi_derive::napi(module_exports)]
pub fn register(exports: Object, env: napi::Env) -> napi::Result<()> {
    super::policy::start(&env);
    let raw = env.raw();
    for (name, callback) in CALLBACKS.iter().chain(super::emscripten::CALLBACKS) {
        let mut function = ptr::null_mut();
        // SAFETY: the name is valid for its length, the callback for the life of the library.
        let result = unsafe {
            sys::napi_create_function(
                raw,
                name.as_ptr().cast(),
                name.len() as isize,
                Some(*callback),
                ptr::null_mut(),
                &mut function,
            )
        };
        napi::check_status!(result)?;
        let mut property = ptr::null_mut();
        // SAFETY: as above.
        napi::check_status!(unsafe {
            sys::napi_create_string_utf8(
                raw,
                name.as_ptr().cast(),
                name.len() as isize,
                &mut property,
            )
        })?;
        // SAFETY: the values were made in this scope.
        napi::check_status!(unsafe {
            sys::napi_set_property(raw, exports.raw(), property, function)
        })?;
    }
    let key = raw as usize;
    if Environment::current(key).is_none() {
        Environment::enter(key);
        env.add_env_cleanup_hook(key, Environment::leave)?;
    }
    Ok(())
}

/// `(dispatch: function, thread: 0 | 1)`: `dispatch()` is called once per wake-up.
fn start_readiness(call: &Call) -> Result<()> {
    let thread = call.int(1).map_err(|_| Errno::INVAL)? != 0;
    let environment = Environment::current(call.environment()).ok_or(Errno::INVAL)?;
    if environment.readiness.borrow().is_some() {
        return Ok(());
    }
    let dispatch = call.arguments[0];
    let started =
        if thread { start_thread(call.env, dispatch)? } else { start_uv(call.env, dispatch)? };
    environment.readiness.replace(Some(started));
    Ok(())
}

type Started = (std::sync::Arc<crate::readiness::Reactor>, Backend);

#[cfg(not(unix))]
fn start_uv(_: sys::napi_env, _: sys::napi_value) -> Result<Started> {
    Err(Errno::OPNOTSUPP)
}

#[cfg(unix)]
fn start_uv(env: sys::napi_env, dispatch: sys::napi_value) -> Result<Started> {
    let (mut event_loop, mut function) = (ptr::null_mut(), ptr::null_mut());
    let (mut name, mut context) = (ptr::null_mut(), ptr::null_mut());
    let label = "hostsock";
    // SAFETY: plain N-API calls with values of the running callback.
    unsafe {
        good(sys::napi_get_uv_event_loop(env, &mut event_loop))?;
        good(sys::napi_create_reference(env, dispatch, 1, &mut function))?;
        good(sys::napi_create_string_utf8(
            env,
            label.as_ptr().cast(),
            label.len() as isize,
            &mut name,
        ))?;
        good(sys::napi_async_init(env, ptr::null_mut(), name, &mut context))?;
    }
    let wake = Box::new(move || {
        // What has come meanwhile needs no other turn of the loop, which costs two system calls more;
        // but timers and others get their turn after a while.
        for _ in 0..ROUNDS {
            let news = Environment::current(env as usize).is_some_and(|it| it.take());
            if !news || !call_dispatch(env, function, context) {
                return;
            }
            if !Environment::current(env as usize).is_some_and(|it| it.only_news()) {
                return;
            }
        }
    });
    // SAFETY: the loop is the one of this environment, which waits for the hook below.
    let (reactor, backend) = unsafe { UvBackend::start(event_loop.cast(), wake) }?;
    // SAFETY: the hook runs once, on this thread.
    good(unsafe {
        sys::napi_add_async_cleanup_hook(env, Some(end_uv), env.cast(), ptr::null_mut())
    })?;
    Ok((reactor, Backend::Uv(backend)))
}

/// The environment is ending: let go of libuv, then say so.
#[cfg(unix)]
unsafe extern "C" fn end_uv(hook: sys::napi_async_cleanup_hook_handle, env: *mut c_void) {
    let environment = Environment::current(env as usize);
    let readiness = environment.and_then(|environment| environment.readiness.take());
    let done = move || {
        // SAFETY: the handle that this hook was given, removed once.
        unsafe { sys::napi_remove_async_cleanup_hook(hook) };
    };
    match readiness {
        Some((_, Backend::Uv(backend))) => backend.close(done),
        _ => done(),
    }
}

/// How often at most the dispatcher is called in one turn of the loop.
#[cfg(unix)]
const ROUNDS: usize = 8;

/// Calls the dispatcher in a callback scope, so that promises and `nextTick` run after it. Whether
/// JavaScript goes on as it should.
#[cfg(unix)]
fn call_dispatch(
    env: sys::napi_env,
    function: sys::napi_ref,
    context: sys::napi_async_context,
) -> bool {
    let mut went_well = false;
    let (mut scope, mut dispatch, mut global) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: on the environment's thread, from its loop, before its end.
    unsafe {
        if sys::napi_open_handle_scope(env, &mut scope) != sys::Status::napi_ok {
            return false;
        }
        if sys::napi_get_reference_value(env, function, &mut dispatch) == sys::Status::napi_ok
            && sys::napi_get_global(env, &mut global) == sys::Status::napi_ok
        {
            let result = sys::napi_make_callback(
                env,
                context,
                global,
                dispatch,
                0,
                ptr::null(),
                ptr::null_mut(),
            );
            went_well = result == sys::Status::napi_ok;
            if result == sys::Status::napi_pending_exception {
                // Thrown by a listener (the dispatcher hands it on by nextTick) or by a task that ran
                // after it: an uncaught exception, unless the environment is being torn down.
                let mut exception = ptr::null_mut();
                let taken = sys::napi_get_and_clear_last_exception(env, &mut exception);
                if taken == sys::Status::napi_ok {
                    sys::napi_fatal_exception(env, exception);
                }
            }
        }
        sys::napi_close_handle_scope(env, scope);
    }
    went_well
}

fn start_thread(env: sys::napi_env, dispatch: sys::napi_value) -> Result<Started> {
    let mut name = ptr::null_mut();
    let mut function = ptr::null_mut();
    let label = "hostsock";
    napi::bindgen_prelude::retain_current_module_for_unload_safety();
    // SAFETY: plain N-API calls with values of the running callback; without a callback of its own
    // the function is called with no argument.
    unsafe {
        good(sys::napi_create_string_utf8(
            env,
            label.as_ptr().cast(),
            label.len() as isize,
            &mut name,
        ))?;
        good(sys::napi_create_threadsafe_function(
            env,
            dispatch,
            ptr::null_mut(),
            name,
            0,
            1,
            ptr::null_mut(),
            None,
            ptr::null_mut(),
            None,
            &mut function,
        ))?;
        good(sys::napi_unref_threadsafe_function(env, function))?;
    }
    let waker = Waker(function);
    let (reactor, backend) = ThreadBackend::start(move || waker.wake())?;
    // SAFETY: the hook runs once, on this thread, before the function's own end (last in, first out).
    good(unsafe { sys::napi_add_env_cleanup_hook(env, Some(end_thread), env.cast()) })?;
    Ok((reactor, Backend::Thread(backend, waker)))
}

unsafe extern "C" fn end_thread(env: *mut c_void) {
    let _ = catch_unwind(|| {
        let environment = Environment::current(env as usize);
        let readiness = environment.and_then(|environment| environment.readiness.take());
        if let Some((_, Backend::Thread(mut backend, waker))) = readiness {
            backend.stop();
            // SAFETY: the thread, its only other user, has ended.
            unsafe {
                sys::napi_release_threadsafe_function(
                    waker.0,
                    sys::ThreadsafeFunctionReleaseMode::abort,
                )
            };
        }
    });
}

/// Calls the dispatcher from any thread.
#[derive(Clone, Copy)]
pub(super) struct Waker(sys::napi_threadsafe_function);

// SAFETY: a thread-safe function may be called from any thread until it is released, and the thread
// that calls it is joined before that.
unsafe impl Send for Waker {}

impl Waker {
    /// Asks for one call of the dispatcher.
    pub(super) fn wake(self) {
        // SAFETY: see `Send`.
        unsafe {
            sys::napi_call_threadsafe_function(
                self.0,
                ptr::null_mut(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            )
        };
    }

    fn keep_alive(self, env: sys::napi_env, alive: bool) {
        // SAFETY: on the environment's thread, before its end.
        unsafe {
            if alive {
                sys::napi_ref_threadsafe_function(env, self.0);
            } else {
                sys::napi_unref_threadsafe_function(env, self.0);
            }
        }
    }
}

fn good(result: sys::napi_status) -> Result<()> {
    if result == sys::Status::napi_ok { Ok(()) } else { Err(Errno::INVAL) }
}
