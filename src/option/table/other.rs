//! Raw and unix sockets.

/// Linux: `linux/icmp.h`.
pub(super) mod raw {
    use super::super::options;

    options! {
        Raw;

        ICMP_FILTER (1, _, _, _) U32 Both "bits" "raw(7)"
            "Which ICMP messages not to receive, one bit for each type."
    }
}

/// Linux: `linux/icmpv6.h`, `netinet/icmp6.h`; macOS, FreeBSD: `netinet6/in6.h`.
pub(super) mod icmpv6 {
    use super::super::options;

    options! {
        Icmpv6;

        ICMP6_FILTER (1, 18, 18, _) Words Both "bits" "icmp6(4)"
            "Eight words with one bit for each ICMPv6 type: on Linux not to be received, else to be."
        ICMPV6_FILTER = ICMP6_FILTER (1, _, _, _) Words Both "bits" "linux/icmpv6.h"
            "ICMP6_FILTER, under its name in the kernel."
    }
}

/// macOS, FreeBSD: `sys/un.h`.
pub(super) mod local {
    use super::super::options;

    options! {
        Local;

        LOCAL_CONNWAIT (_, _, 4, _) Bool Both "" "unix(4)"
            "connect waits until the peer has accepted."
        LOCAL_CREDS (_, _, 2, _) Bool Both "" "unix(4)"
            "Pass the sender's credentials with the first message."
        LOCAL_CREDS_PERSISTENT (_, _, 3, _) Bool Both "" "unix(4)"
            "Pass the sender's credentials with every message."
        LOCAL_PEERCRED (_, 1, 1, _) [Struct XUCRED] Get "" "unix(4)"
            "User and groups of the peer when it connected."
        LOCAL_PEEREPID (_, 3, _, _) Int Get "" "sys/un.h"
            "Process that the peer acts for."
        LOCAL_PEEREUUID (_, 5, _, _) Bytes Get "" "sys/un.h"
            "UUID of the process that the peer acts for."
        LOCAL_PEERPID (_, 2, _, _) Int Get "" "sys/un.h"
            "Process of the peer."
        LOCAL_PEERTOKEN (_, 6, _, _) Words Get "" "sys/un.h"
            "Audit token of the peer."
        LOCAL_PEERUUID (_, 4, _, _) Bytes Get "" "sys/un.h"
            "UUID of the peer's process."
    }
}
