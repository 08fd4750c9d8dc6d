//! Messages with addresses, several buffers and control data.

use napi::Env;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use super::environment::Environment;
use super::error::{Outcome, number, outcome};
use super::socket::{SocketAddress, pin};
use crate::message::{Control, Layout};
use crate::socket;
use crate::sys::{self, Window};
use crate::table::{self, Handle};

/// Room for control messages in the host's layout: `CMSG_SPACE` of some data.
#[napi(catch_unwind)]
pub fn control_space(data: u32) -> u32 {
    Layout::HOST.space(data as usize) as u32
}

/// One control message. `type` is this host's number; where the kernel has descriptors
/// (`SCM_RIGHTS`, a received `SCM_PIDFD`) the data are handles.
#[napi(object)]
pub struct ControlMessage {
    pub level: i32,
    #[napi(js_name = "type")]
    pub kind: i32,
    pub data: Buffer,
}

/// `sendmsg(2)`: bytes sent, or `-errno`.
#[napi(catch_unwind)]
pub fn send_message(
    handle: i32,
    mut buffers: Vec<Buffer>,
    address: Option<SocketAddress>,
    control: Vec<ControlMessage>,
    flags: i32,
) -> i32 {
    let sent = pin(handle).and_then(|socket| {
        let address = address.map(|address| address.to_kernel()).transpose()?;
        let mut pinned = Vec::new();
        let mut messages = Vec::new();
        for message in control {
            let mut data = Vec::from(message.data);
            if (message.level, message.kind) == sys::RIGHTS {
                for handle in data.as_chunks_mut::<4>().0 {
                    let socket = pin(i32::from_ne_bytes(*handle))?;
                    *handle = (socket.socket() as i32).to_ne_bytes();
                    pinned.push(socket);
                }
            }
            messages.push(Control { level: message.level, kind: message.kind, data });
        }
        let pieces: Vec<Window<'_>> =
            buffers.iter_mut().map(|buffer| Window::from(&mut **buffer)).collect();
        socket::send_message(&socket, &pieces, address.as_ref(), &messages, flags)
    });
    number(sent.map(|sent| sent as i32))
}

/// What `recvmsg(2)` gives.
#[napi(object)]
pub struct ReceivedMessage {
    pub bytes: u32,
    pub address: Option<SocketAddress>,
    pub flags: i32,
    pub control: Vec<ControlMessage>,
}

/// `recvmsg(2)`, with room for `control_length` bytes of control messages. Descriptors in them have
/// become handles of this environment.
#[napi(catch_unwind)]
pub fn recv_message(
    env: Env,
    handle: i32,
    mut buffers: Vec<Buffer>,
    control_length: u32,
    flags: i32,
) -> Outcome<ReceivedMessage> {
    let owner = Environment::id(env.raw() as usize);
    let received = pin(handle).and_then(|socket| {
        let pieces: Vec<Window<'_>> =
            buffers.iter_mut().map(|buffer| Window::from(&mut **buffer)).collect();
        let received = socket::recv_message(&socket, &pieces, control_length as usize, flags)?;
        let control = received.control.into_iter().map(|mut message| {
            if message.brings_descriptors() {
                for descriptor in message.data.as_chunks_mut::<4>().0 {
                    let host = i32::from_ne_bytes(*descriptor) as sys::RawSocket;
                    let handle = socket::receive(owner, host).map_or(0, |Handle(handle)| handle);
                    *descriptor = handle.to_ne_bytes();
                }
            }
            ControlMessage { level: message.level, kind: message.kind, data: message.data.into() }
        });
        let address = &received.address;
        Ok(ReceivedMessage {
            bytes: received.bytes as u32,
            address: (address.len() > 0).then(|| SocketAddress::from_kernel(address)),
            flags: received.flags,
            control: control.collect(),
        })
    });
    outcome(received)
}

/// `socketpair(2)`: two handles, or `-errno`.
#[napi(catch_unwind)]
pub fn pair(env: Env, family: i32, kind: i32, protocol: i32) -> Outcome<Vec<i32>> {
    let owner = Environment::id(env.raw() as usize);
    let pair = socket::pair(owner, family, kind, protocol);
    outcome(pair.map(|handles| handles.map(|Handle(handle)| handle).to_vec()))
}

/// Whether a handle is no socket but a pipe or a file that came in a control message.
#[napi(catch_unwind)]
pub fn is_file(handle: i32) -> bool {
    table::pin(Handle(handle)).is_ok_and(|socket| socket.traits().pipe)
}
