//! The multicast options of RFC 3678, which exist at `IPPROTO_IP` and, for IPv6 groups, at
//! `IPPROTO_IPV6`. Linux: `linux/in.h`; macOS, FreeBSD: `netinet/in.h`; Windows: `ws2ipdef.h`.

use super::options;

options! {
    Multicast;

    MCAST_BLOCK_SOURCE (43, 84, 84, 43) GroupSourceReq Set "" "RFC 3678"
        "Drop what one source sends to a group."
    MCAST_JOIN_GROUP (42, 80, 80, 41) GroupReq Set "" "RFC 3678"
        "Join a group, on an interface given by index."
    MCAST_JOIN_SOURCE_GROUP (46, 82, 82, 45) GroupSourceReq Set "" "RFC 3678"
        "Join a group, for one source only."
    MCAST_LEAVE_GROUP (45, 81, 81, 42) GroupReq Set "" "RFC 3678"
        "Leave a group."
    MCAST_LEAVE_SOURCE_GROUP (47, 83, 83, 46) GroupSourceReq Set "" "RFC 3678"
        "Leave a group, for one source."
    MCAST_MSFILTER (48, _, _, _) GroupFilter Both "" "RFC 3678"
        "The whole source filter of a group."
    MCAST_UNBLOCK_SOURCE (44, 85, 85, 44) GroupSourceReq Set "" "RFC 3678"
        "Undo MCAST_BLOCK_SOURCE."
}
