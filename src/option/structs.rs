//! The C structures that options carry, as [`Layout`]s.

use super::layout::{Field, Kind, Layout};

/// Declares layouts: the C name, its alignment, and its fields in order.
macro_rules! layouts {
    ($($(#[$doc:meta])* $id:ident = $name:literal, align $align:expr;
       { $($field:literal $kind:ident $(($($argument:expr),+))?,)* })*) => { $(
        $(#[$doc])*
        pub(super) static $id: Layout = Layout {
            name: $name,
            align: $align,
            fields: &[$(Field { name: $field, kind: kind!($kind $(($($argument),+))?) },)*],
        };
    )* };
}

/// A bit-field is written `Bits(unit, width)`.
macro_rules! kind {
    (Bits($unit:expr, $width:expr)) => {
        Kind::Bits { unit: $unit, width: $width }
    };
    ($kind:ident $(($argument:expr))?) => {
        Kind::$kind $(($argument))?
    };
}

/// Alignment of a `sockaddr_storage`.
const STORAGE: usize = align_of::<usize>();

layouts! {
    /// FreeBSD's `struct accept_filter_arg` (`sys/socket.h`).
    ACCEPT_FILTER_ARG = "accept_filter_arg", align 1;
    {
        "af_name" Text(16),
        "af_arg" Text(240),
    }

    /// The descriptor-range of `SO_DEVMEM_DONTNEED` (`linux/uio.h`).
    DMABUF_TOKEN = "dmabuf_token", align 4;
    {
        "token_start" U32,
        "token_count" U32,
    }

    /// `linux/in6.h`
    IN6_FLOWLABEL_REQ = "in6_flowlabel_req", align 4;
    {
        "flr_dst" In6,
        "flr_label" Be32,
        "flr_action" U8,
        "flr_share" U8,
        "flr_flags" U16,
        "flr_expires" U16,
        "flr_linger" U16,
        "" Pad(4),
    }

    /// `netinet/in.h`, RFC 3542.
    IN6_PKTINFO = "in6_pktinfo", align 4;
    {
        "ipi6_addr" In6,
        "ipi6_ifindex" U32,
    }

    /// `netinet/in.h`, RFC 3542.
    IP6_MTUINFO = "ip6_mtuinfo", align 4;
    {
        "ip6m_addr" Sockaddr(28),
        "ip6m_mtu" U32,
    }

    /// The counters of `SO_MEMINFO`, in the order of `SK_MEMINFO_*` (`linux/sock_diag.h`).
    MEMINFO = "sk_meminfo", align 4;
    {
        "rmem_alloc" U32,
        "rcvbuf" U32,
        "wmem_alloc" U32,
        "sndbuf" U32,
        "fwd_alloc" U32,
        "wmem_queued" U32,
        "optmem" U32,
        "backlog" U32,
        "drops" U32,
    }

    /// macOS's `struct so_np_extensions` (`sys/socket.h`).
    SO_NP_EXTENSIONS = "so_np_extensions", align 4;
    {
        "npx_flags" U32,
        "npx_mask" U32,
    }

    /// `linux/net_tstamp.h`
    SOCK_TXTIME = "sock_txtime", align 4;
    {
        "clockid" I32,
        "flags" U32,
    }

    /// `linux/tcp.h`
    TCP_AO_ADD = "tcp_ao_add", align 8;
    {
        "addr" Sockaddr(128),
        "alg_name" Text(64),
        "ifindex" I32,
        "set_current" Bits(4, 1),
        "set_rnext" Bits(4, 1),
        "reserved" Bits(4, 30),
        "reserved2" U16,
        "prefix" U8,
        "sndid" U8,
        "rcvid" U8,
        "maclen" U8,
        "keyflags" U8,
        "keylen" U8,
        "key" Bytes(80),
    }

    /// `linux/tcp.h`
    TCP_AO_DEL = "tcp_ao_del", align 8;
    {
        "addr" Sockaddr(128),
        "ifindex" I32,
        "set_current" Bits(4, 1),
        "set_rnext" Bits(4, 1),
        "del_async" Bits(4, 1),
        "reserved" Bits(4, 29),
        "reserved2" U16,
        "prefix" U8,
        "sndid" U8,
        "rcvid" U8,
        "current_key" U8,
        "rnext" U8,
        "keyflags" U8,
    }

    /// `linux/tcp.h`
    TCP_AO_GETSOCKOPT = "tcp_ao_getsockopt", align 8;
    {
        "addr" Sockaddr(128),
        "alg_name" Text(64),
        "key" Bytes(80),
        "nkeys" U32,
        "is_current" Bits(2, 1),
        "is_rnext" Bits(2, 1),
        "get_all" Bits(2, 1),
        "reserved" Bits(2, 13),
        "sndid" U8,
        "rcvid" U8,
        "prefix" U8,
        "maclen" U8,
        "keyflags" U8,
        "keylen" U8,
        "ifindex" I32,
        "pkt_good" U64,
        "pkt_bad" U64,
    }

    /// `linux/tcp.h`
    TCP_AO_INFO_OPT = "tcp_ao_info_opt", align 8;
    {
        "set_current" Bits(4, 1),
        "set_rnext" Bits(4, 1),
        "ao_required" Bits(4, 1),
        "set_counters" Bits(4, 1),
        "accept_icmps" Bits(4, 1),
        "reserved" Bits(4, 27),
        "reserved2" U16,
        "current_key" U8,
        "rnext" U8,
        "pkt_good" U64,
        "pkt_bad" U64,
        "pkt_key_not_found" U64,
        "pkt_ao_required" U64,
        "pkt_dropped_icmp" U64,
    }

    /// `linux/tcp.h`
    TCP_AO_REPAIR = "tcp_ao_repair", align 8;
    {
        "snt_isn" Be32,
        "rcv_isn" Be32,
        "snd_sne" U32,
        "rcv_sne" U32,
    }

    /// What `TCP_CC_INFO` gives under BBR (`linux/inet_diag.h`).
    TCP_BBR_INFO = "tcp_bbr_info", align 4;
    {
        "bbr_bw_lo" U32,
        "bbr_bw_hi" U32,
        "bbr_min_rtt" U32,
        "bbr_pacing_gain" U32,
        "bbr_cwnd_gain" U32,
    }

    /// What `TCP_CC_INFO` gives under DCTCP (`linux/inet_diag.h`).
    TCP_DCTCP_INFO = "tcp_dctcp_info", align 4;
    {
        "dctcp_enabled" U16,
        "dctcp_ce_state" U16,
        "dctcp_alpha" U32,
        "dctcp_ab_ecn" U32,
        "dctcp_ab_tot" U32,
    }

    /// What `TCP_CC_INFO` gives under Vegas and its relatives (`linux/inet_diag.h`).
    TCP_VEGAS_INFO = "tcpvegas_info", align 4;
    {
        "tcpv_enabled" U32,
        "tcpv_rttcnt" U32,
        "tcpv_rtt" U32,
        "tcpv_minrtt" U32,
    }

    /// macOS's `struct tcp_connection_info` (`netinet/tcp.h`).
    TCP_CONNECTION_INFO = "tcp_connection_info", align 8;
    {
        "tcpi_state" U8,
        "tcpi_snd_wscale" U8,
        "tcpi_rcv_wscale" U8,
        "" Pad(1),
        "tcpi_options" U32,
        "tcpi_flags" U32,
        "tcpi_rto" U32,
        "tcpi_maxseg" U32,
        "tcpi_snd_ssthresh" U32,
        "tcpi_snd_cwnd" U32,
        "tcpi_snd_wnd" U32,
        "tcpi_snd_sbbytes" U32,
        "tcpi_rcv_wnd" U32,
        "tcpi_rttcur" U32,
        "tcpi_srtt" U32,
        "tcpi_rttvar" U32,
        "tcpi_tfo_cookie_req" Bits(4, 1),
        "tcpi_tfo_cookie_rcv" Bits(4, 1),
        "tcpi_tfo_syn_loss" Bits(4, 1),
        "tcpi_tfo_syn_data_sent" Bits(4, 1),
        "tcpi_tfo_syn_data_acked" Bits(4, 1),
        "tcpi_tfo_syn_data_rcv" Bits(4, 1),
        "tcpi_tfo_cookie_req_rcv" Bits(4, 1),
        "tcpi_tfo_cookie_sent" Bits(4, 1),
        "tcpi_tfo_cookie_invalid" Bits(4, 1),
        "tcpi_tfo_cookie_wrong" Bits(4, 1),
        "tcpi_tfo_no_cookie_rcv" Bits(4, 1),
        "tcpi_tfo_heuristics_disable" Bits(4, 1),
        "tcpi_tfo_send_blackhole" Bits(4, 1),
        "tcpi_tfo_recv_blackhole" Bits(4, 1),
        "tcpi_tfo_onebyte_proxy" Bits(4, 1),
        "tcpi_txpackets" U64,
        "tcpi_txbytes" U64,
        "tcpi_txretransmitbytes" U64,
        "tcpi_rxpackets" U64,
        "tcpi_rxbytes" U64,
        "tcpi_rxoutoforderbytes" U64,
        "tcpi_txretransmitpackets" U64,
    }

    /// FreeBSD's `struct tcp_function_set` (`netinet/tcp.h`).
    TCP_FUNCTION_SET = "tcp_function_set", align 4;
    {
        "function_set_name" Text(32),
        "pcbcnt" U32,
    }

    /// Linux's `struct tcp_info` (`linux/tcp.h`), which has grown at its end with most versions.
    TCP_INFO = "tcp_info", align 8;
    {
        "tcpi_state" U8,
        "tcpi_ca_state" U8,
        "tcpi_retransmits" U8,
        "tcpi_probes" U8,
        "tcpi_backoff" U8,
        "tcpi_options" U8,
        "tcpi_snd_wscale" Bits(1, 4),
        "tcpi_rcv_wscale" Bits(1, 4),
        "tcpi_delivery_rate_app_limited" Bits(1, 1),
        "tcpi_fastopen_client_fail" Bits(1, 2),
        "tcpi_rto" U32,
        "tcpi_ato" U32,
        "tcpi_snd_mss" U32,
        "tcpi_rcv_mss" U32,
        "tcpi_unacked" U32,
        "tcpi_sacked" U32,
        "tcpi_lost" U32,
        "tcpi_retrans" U32,
        "tcpi_fackets" U32,
        "tcpi_last_data_sent" U32,
        "tcpi_last_ack_sent" U32,
        "tcpi_last_data_recv" U32,
        "tcpi_last_ack_recv" U32,
        "tcpi_pmtu" U32,
        "tcpi_rcv_ssthresh" U32,
        "tcpi_rtt" U32,
        "tcpi_rttvar" U32,
        "tcpi_snd_ssthresh" U32,
        "tcpi_snd_cwnd" U32,
        "tcpi_advmss" U32,
        "tcpi_reordering" U32,
        "tcpi_rcv_rtt" U32,
        "tcpi_rcv_space" U32,
        "tcpi_total_retrans" U32,
        "tcpi_pacing_rate" U64,
        "tcpi_max_pacing_rate" U64,
        "tcpi_bytes_acked" U64,
        "tcpi_bytes_received" U64,
        "tcpi_segs_out" U32,
        "tcpi_segs_in" U32,
        "tcpi_notsent_bytes" U32,
        "tcpi_min_rtt" U32,
        "tcpi_data_segs_in" U32,
        "tcpi_data_segs_out" U32,
        "tcpi_delivery_rate" U64,
        "tcpi_busy_time" U64,
        "tcpi_rwnd_limited" U64,
        "tcpi_sndbuf_limited" U64,
        "tcpi_delivered" U32,
        "tcpi_delivered_ce" U32,
        "tcpi_bytes_sent" U64,
        "tcpi_bytes_retrans" U64,
        "tcpi_dsack_dups" U32,
        "tcpi_reord_seen" U32,
        "tcpi_rcv_ooopack" U32,
        "tcpi_snd_wnd" U32,
        "tcpi_rcv_wnd" U32,
        "tcpi_rehash" U32,
        "tcpi_total_rto" U16,
        "tcpi_total_rto_recoveries" U16,
        "tcpi_total_rto_time" U32,
        "tcpi_received_ce" U32,
        "tcpi_delivered_e1_bytes" U32,
        "tcpi_delivered_e0_bytes" U32,
        "tcpi_delivered_ce_bytes" U32,
        "tcpi_received_e1_bytes" U32,
        "tcpi_received_e0_bytes" U32,
        "tcpi_received_ce_bytes" U32,
        "tcpi_ecn_mode" Bits(4, 2),
        "tcpi_accecn_opt_seen" Bits(4, 2),
        "tcpi_accecn_fail_mode" Bits(4, 4),
        "tcpi_options2" Bits(4, 24),
    }

    /// FreeBSD's `struct tcp_info` (`netinet/tcp.h`), as far as FreeBSD 13 to 15 agree on it.
    TCP_INFO_FREEBSD = "tcp_info", align 4;
    {
        "tcpi_state" U8,
        "__tcpi_ca_state" U8,
        "__tcpi_retransmits" U8,
        "__tcpi_probes" U8,
        "__tcpi_backoff" U8,
        "tcpi_options" U8,
        "tcpi_snd_wscale" Bits(1, 4),
        "tcpi_rcv_wscale" Bits(1, 4),
        "tcpi_rto" U32,
        "__tcpi_ato" U32,
        "tcpi_snd_mss" U32,
        "tcpi_rcv_mss" U32,
        "__tcpi_unacked" U32,
        "__tcpi_sacked" U32,
        "__tcpi_lost" U32,
        "__tcpi_retrans" U32,
        "__tcpi_fackets" U32,
        "__tcpi_last_data_sent" U32,
        "__tcpi_last_ack_sent" U32,
        "tcpi_last_data_recv" U32,
        "__tcpi_last_ack_recv" U32,
        "__tcpi_pmtu" U32,
        "__tcpi_rcv_ssthresh" U32,
        "tcpi_rtt" U32,
        "tcpi_rttvar" U32,
        "tcpi_snd_ssthresh" U32,
        "tcpi_snd_cwnd" U32,
        "__tcpi_advmss" U32,
        "__tcpi_reordering" U32,
        "__tcpi_rcv_rtt" U32,
        "tcpi_rcv_space" U32,
        "tcpi_snd_wnd" U32,
        "tcpi_snd_bwnd" U32,
        "tcpi_snd_nxt" U32,
        "tcpi_rcv_nxt" U32,
        "tcpi_toe_tid" U32,
        "tcpi_snd_rexmitpack" U32,
        "tcpi_rcv_ooopack" U32,
        "tcpi_snd_zerowin" U32,
    }

    /// `linux/tcp.h`
    TCP_MD5SIG = "tcp_md5sig", align STORAGE;
    {
        "tcpm_addr" Sockaddr(128),
        "tcpm_flags" U8,
        "tcpm_prefixlen" U8,
        "tcpm_keylen" U16,
        "tcpm_ifindex" I32,
        "tcpm_key" Bytes(80),
    }

    /// `linux/tcp.h`
    TCP_REPAIR_OPT = "tcp_repair_opt", align 4;
    {
        "opt_code" U32,
        "opt_val" U32,
    }

    /// `linux/tcp.h`
    TCP_REPAIR_WINDOW = "tcp_repair_window", align 4;
    {
        "snd_wl1" U32,
        "snd_wnd" U32,
        "max_window" U32,
        "rcv_wnd" U32,
        "rcv_wup" U32,
    }

    /// `linux/socket.h`
    UCRED = "ucred", align 4;
    {
        "pid" I32,
        "uid" U32,
        "gid" U32,
    }

    /// `struct xucred` of macOS and FreeBSD (`sys/ucred.h`), as far as both agree on it.
    XUCRED = "xucred", align 4;
    {
        "cr_version" U32,
        "cr_uid" U32,
        "cr_ngroups" U16,
        "cr_groups" Words(16),
    }
}
