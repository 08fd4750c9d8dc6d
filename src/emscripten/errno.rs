//! Emscripten's error numbers: those of WASI, with numbers from 100 for what WASI lacks.
//!
//! The same in every version (`system/lib/libc/musl/arch/emscripten/bits/errno.h`).

use std::sync::OnceLock;

use crate::errno::Errno;

macro_rules! numbers {
    ($($name:ident $number:literal,)*) => { &[$((stringify!($name), $number),)*] };
}

/// C name and Emscripten number, by name.
#[rustfmt::skip]
pub const NUMBERS: &[(&str, i32)] = numbers! {
    E2BIG 1, EACCES 2, EADDRINUSE 3, EADDRNOTAVAIL 4, EADV 122, EAFNOSUPPORT 5, EAGAIN 6,
    EALREADY 7, EBADE 113, EBADF 8, EBADFD 127, EBADMSG 9, EBADR 114, EBADRQC 103, EBADSLT 102,
    EBFONT 101, EBUSY 10, ECANCELED 11, ECHILD 12, ECHRNG 106, ECOMM 124, ECONNABORTED 13,
    ECONNREFUSED 14, ECONNRESET 15, EDEADLK 16, EDESTADDRREQ 17, EDOM 18, EDOTDOT 125, EDQUOT 19,
    EEXIST 20, EFAULT 21, EFBIG 22, EHOSTDOWN 142, EHOSTUNREACH 23, EHWPOISON 155, EIDRM 24,
    EILSEQ 25, EINPROGRESS 26, EINTR 27, EINVAL 28, EIO 29, EISCONN 30, EISDIR 31, EISNAM 146,
    EKEYEXPIRED 151, EKEYREJECTED 153, EKEYREVOKED 152, EL2HLT 112, EL2NSYNC 156, EL3HLT 107,
    EL3RST 108, ELIBACC 129, ELIBBAD 130, ELIBEXEC 133, ELIBMAX 132, ELIBSCN 131, ELNRNG 109,
    ELOOP 32, EMEDIUMTYPE 149, EMFILE 33, EMLINK 34, EMSGSIZE 35, EMULTIHOP 36, ENAMETOOLONG 37,
    ENAVAIL 145, ENETDOWN 38, ENETRESET 39, ENETUNREACH 40, ENFILE 41, ENOANO 104, ENOBUFS 42,
    ENOCSI 111, ENODATA 116, ENODEV 43, ENOENT 44, ENOEXEC 45, ENOKEY 150, ENOLCK 46, ENOLINK 47,
    ENOMEDIUM 148, ENOMEM 48, ENOMSG 49, ENONET 119, ENOPKG 120, ENOPROTOOPT 50, ENOSPC 51,
    ENOSR 118, ENOSTR 100, ENOSYS 52, ENOTBLK 105, ENOTCONN 53, ENOTDIR 54, ENOTEMPTY 55,
    ENOTNAM 144, ENOTRECOVERABLE 56, ENOTSOCK 57, ENOTTY 59, ENOTUNIQ 126, ENXIO 60,
    EOPNOTSUPP 138, EOVERFLOW 61, EOWNERDEAD 62, EPERM 63, EPFNOSUPPORT 139, EPIPE 64, EPROTO 65,
    EPROTONOSUPPORT 66, EPROTOTYPE 67, ERANGE 68, EREMCHG 128, EREMOTE 121, EREMOTEIO 147,
    ERESTART 134, ERFKILL 154, EROFS 69, ESHUTDOWN 140, ESOCKTNOSUPPORT 137, ESPIPE 70, ESRCH 71,
    ESRMNT 123, ESTALE 72, ESTRPIPE 135, ETIME 117, ETIMEDOUT 73, ETOOMANYREFS 141, ETXTBSY 74,
    EUCLEAN 143, EUNATCH 110, EUSERS 136, EXDEV 75, EXFULL 115,
};

/// What a guest is told for an error that Emscripten has no number for.
const EIO: i32 = 29;

/// The guest's number of a host error.
pub fn to_guest(errno: Errno) -> i32 {
    static SMALL: OnceLock<[u8; 256]> = OnceLock::new();
    let table =
        SMALL.get_or_init(|| std::array::from_fn(|number| look_up(Errno(number as i32)) as u8));
    match usize::try_from(errno.0) {
        Ok(number) if number < table.len() => i32::from(table[number]),
        _ => look_up(errno),
    }
}

fn look_up(errno: Errno) -> i32 {
    let name = errno.name().unwrap_or_default();
    NUMBERS.binary_search_by_key(&name, |(known, _)| known).map_or(EIO, |found| NUMBERS[found].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree() {
        assert!(NUMBERS.is_sorted());
        for (errno, guest) in [
            (Errno::AGAIN, 6),
            (Errno::CONNREFUSED, 14),
            (Errno::NOPROTOOPT, 50),
            (Errno::OPNOTSUPP, 138),
            (Errno::INPROGRESS, 26),
            (Errno(12_345), EIO),
        ] {
            assert_eq!(to_guest(errno), guest, "{errno:?}");
        }
    }
}
