//! Kernel error numbers, as the kernel gave them.

use std::fmt;
use std::io;

/// A positive error number of this host (`errno(3)`; on Windows a `WSA*` code).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Errno(pub i32);

/// Declares the error numbers this crate names, with the host constant of each.
macro_rules! errnos {
    ($($name:ident = $unix:ident, $windows:ident;)*) => {
        impl Errno {
            $(
                #[cfg(unix)]
                #[doc = concat!("`", stringify!($unix), "`")]
                pub const $name: Errno = Errno(libc::$unix);
                #[cfg(windows)]
                #[doc = concat!("`", stringify!($windows), "`")]
                pub const $name: Errno = Errno(windows_sys::Win32::Networking::WinSock::$windows);
            )*
        }

        /// The names that both families of systems have, by number.
        const COMMON: &[(Errno, &str)] = &[$((Errno::$name, stringify!($unix)),)*];
    };
}

errnos! {
    ACCES = EACCES, WSAEACCES;
    ADDRINUSE = EADDRINUSE, WSAEADDRINUSE;
    ADDRNOTAVAIL = EADDRNOTAVAIL, WSAEADDRNOTAVAIL;
    AFNOSUPPORT = EAFNOSUPPORT, WSAEAFNOSUPPORT;
    AGAIN = EAGAIN, WSAEWOULDBLOCK;
    ALREADY = EALREADY, WSAEALREADY;
    BADF = EBADF, WSAEBADF;
    CANCELED = ECANCELED, WSA_OPERATION_ABORTED;
    CONNABORTED = ECONNABORTED, WSAECONNABORTED;
    CONNREFUSED = ECONNREFUSED, WSAECONNREFUSED;
    CONNRESET = ECONNRESET, WSAECONNRESET;
    DESTADDRREQ = EDESTADDRREQ, WSAEDESTADDRREQ;
    DQUOT = EDQUOT, WSAEDQUOT;
    FAULT = EFAULT, WSAEFAULT;
    HOSTDOWN = EHOSTDOWN, WSAEHOSTDOWN;
    HOSTUNREACH = EHOSTUNREACH, WSAEHOSTUNREACH;
    INPROGRESS = EINPROGRESS, WSAEINPROGRESS;
    INTR = EINTR, WSAEINTR;
    INVAL = EINVAL, WSAEINVAL;
    ISCONN = EISCONN, WSAEISCONN;
    LOOP = ELOOP, WSAELOOP;
    MFILE = EMFILE, WSAEMFILE;
    MSGSIZE = EMSGSIZE, WSAEMSGSIZE;
    NAMETOOLONG = ENAMETOOLONG, WSAENAMETOOLONG;
    NETDOWN = ENETDOWN, WSAENETDOWN;
    NETRESET = ENETRESET, WSAENETRESET;
    NETUNREACH = ENETUNREACH, WSAENETUNREACH;
    NOBUFS = ENOBUFS, WSAENOBUFS;
    NOMEM = ENOMEM, WSA_NOT_ENOUGH_MEMORY;
    NOPROTOOPT = ENOPROTOOPT, WSAENOPROTOOPT;
    NOTCONN = ENOTCONN, WSAENOTCONN;
    NOTSOCK = ENOTSOCK, WSAENOTSOCK;
    OPNOTSUPP = EOPNOTSUPP, WSAEOPNOTSUPP;
    PFNOSUPPORT = EPFNOSUPPORT, WSAEPFNOSUPPORT;
    PROTONOSUPPORT = EPROTONOSUPPORT, WSAEPROTONOSUPPORT;
    PROTOTYPE = EPROTOTYPE, WSAEPROTOTYPE;
    SHUTDOWN = ESHUTDOWN, WSAESHUTDOWN;
    SOCKTNOSUPPORT = ESOCKTNOSUPPORT, WSAESOCKTNOSUPPORT;
    TIMEDOUT = ETIMEDOUT, WSAETIMEDOUT;
    TOOMANYREFS = ETOOMANYREFS, WSAETOOMANYREFS;
    USERS = EUSERS, WSAEUSERS;
}

#[cfg(unix)]
macro_rules! unix_errnos {
    ($($name:ident)*) => { &[$((Errno(libc::$name), stringify!($name)),)*] };
}

/// What only Unix has; socket calls can give any of these.
#[cfg(unix)]
const UNIX: &[(Errno, &str)] = unix_errnos! {
    EPERM ENOENT EIO ENXIO E2BIG ECHILD EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR ENFILE ENOTTY
    EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENOLCK ENOSYS ENOTEMPTY EIDRM
    ENOMSG EPROTO EOVERFLOW EILSEQ EBADMSG ESTALE ENOTBLK ETXTBSY ESRCH ENOEXEC EMULTIHOP
};

#[cfg(any(target_os = "linux", target_os = "android"))]
const PLATFORM: &[(Errno, &str)] = unix_errnos! {
    ECHRNG ENONET ENOLINK ECOMM ENOTUNIQ EBADFD EREMCHG EISNAM EREMOTEIO ENOMEDIUM ENOKEY
    EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON ESTRPIPE
    ENOPKG EADV ESRMNT ENOSTR ENODATA ETIME ENOSR
};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PLATFORM: &[(Errno, &str)] = &[];
#[cfg(windows)]
const UNIX: &[(Errno, &str)] = &[(Errno(10101), "EPIPE")];

impl Errno {
    /// A write on a connection whose sending side is shut (`EPIPE`; `WSAESHUTDOWN` on Windows).
    #[cfg(unix)]
    pub const PIPE: Errno = Errno(libc::EPIPE);

    /// Not a request that the descriptor has (`ENOTTY`).
    #[cfg(unix)]
    pub const NOTTY: Errno = Errno(libc::ENOTTY);
    /// Not a request that the socket has (`WSAEINVAL`).
    #[cfg(windows)]
    pub const NOTTY: Errno = Errno::INVAL;

    /// The calling thread's last error.
    pub fn last() -> Errno {
        Errno(io::Error::last_os_error().raw_os_error().unwrap_or(0))
    }

    /// The C name (`"ECONNREFUSED"`), or `None` for a number this crate does not know.
    pub fn name(self) -> Option<&'static str> {
        [COMMON, UNIX, PLATFORM]
            .into_iter()
            .flatten()
            .find(|(number, _)| *number == self)
            .map(|(_, name)| *name)
    }

    /// Whether the call would have had to wait.
    pub fn would_block(self) -> bool {
        self == Errno::AGAIN
    }
}

impl From<io::Error> for Errno {
    /// Keeps the kernel's number; an error that carries none becomes `EINVAL`.
    fn from(error: io::Error) -> Errno {
        error.raw_os_error().map_or(Errno::INVAL, Errno)
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Errno({})", self.0),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = io::Error::from_raw_os_error(self.0).to_string();
        // The number is said by the name already.
        f.write_str(text.split(" (os error").next().unwrap_or_default())
    }
}

impl std::error::Error for Errno {}

/// What a socket call gives.
pub type Result<T> = std::result::Result<T, Errno>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_hosts() {
        assert_eq!(Errno::CONNREFUSED.name(), Some("ECONNREFUSED"));
        assert_eq!(Errno(123_456).name(), None);
        #[cfg(target_os = "linux")]
        assert_eq!(Errno(111).name(), Some("ECONNREFUSED"));
    }
}
