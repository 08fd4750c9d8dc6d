//! `IPPROTO_UDP`. Linux: `linux/udp.h`; macOS, FreeBSD: `netinet/udp.h`; Windows: `ws2ipdef.h`.

use super::options;

options! {
    Udp;

    UDP_CHECKSUM_COVERAGE (_, _, _, 20) U32 Both "bytes" "ws2ipdef.h"
        "How much of a datagram the checksum covers; 0: all."
    UDP_CORK (1, _, _, _) Bool Both "" "udp(7)"
        "Gather what is sent into one datagram, until it is switched off."
    UDP_ENCAP (100, _, 1, _) Int Both "" "udp(7)"
        "Take arriving datagrams for encapsulated packets, UDP_ENCAP_*."
    UDP_GRO (104, _, _, _) Bool Both "" "udp(7)"
        "Receive several datagrams at once, with their size in a control message."
    UDP_NOCHECKSUM (_, _, _, 1) Bool Both "" "ws2ipdef.h"
        "Send without checksums."
    UDP_NOCKSUM (_, 0x1, _, _) Bool Both "" "netinet/udp.h"
        "Send without checksums."
    UDP_NO_CHECK6_RX (102, _, _, _) Bool Both "" "linux/udp.h"
        "Accept IPv6 datagrams without checksums."
    UDP_NO_CHECK6_TX (101, _, _, _) Bool Both "" "linux/udp.h"
        "Send IPv6 datagrams without checksums."
    UDP_RECV_MAX_COALESCED_SIZE (_, _, _, 3) U32 Both "bytes" "ws2ipdef.h"
        "Receive several datagrams at once, up to this size; 0: off."
    UDP_SEGMENT (103, _, _, _) Int Both "bytes" "udp(7)"
        "Size of the datagrams that one send is cut into; 0: off."
    UDP_SEND_MSG_SIZE (_, _, _, 2) U32 Both "bytes" "ws2ipdef.h"
        "Size of the datagrams that one send is cut into; 0: off."
}
