// Generated from the table in src/option/table/; do not edit.

/** An IP address with its port, or a unix path. */
export type SocketAddressValue =
  | { address: string; port: number; family: 'IPv4' | 'IPv6'; flowInfo?: number; scopeId?: number }
  | { path: string | Uint8Array };

/** The members of a multicast group: all sources but these, or only these. */
export interface SourceFilter {
  group: string;
  interface?: string | number;
  mode?: 'include' | 'exclude';
  sources?: string[];
}

/** An instruction of a classic BPF program. */
export interface FilterInstruction {
  code: number;
  jt?: number;
  jf?: number;
  k?: number;
}

/** struct accept_filter_arg */
export interface AcceptFilterArg {
  af_name?: string;
  af_arg?: string;
}

/** struct dmabuf_token */
export interface DmabufToken {
  token_start?: number;
  token_count?: number;
}

/** struct in6_flowlabel_req */
export interface In6FlowlabelReq {
  flr_dst?: string;
  flr_label?: number;
  flr_action?: number;
  flr_share?: number;
  flr_flags?: number;
  flr_expires?: number;
  flr_linger?: number;
}

/** struct in6_pktinfo */
export interface In6Pktinfo {
  ipi6_addr?: string;
  ipi6_ifindex?: number;
}

/** struct ip6_mtuinfo */
export interface Ip6Mtuinfo {
  ip6m_addr?: SocketAddressValue | string;
  ip6m_mtu?: number;
}

/** struct sk_meminfo */
export interface SkMeminfo {
  rmem_alloc?: number;
  rcvbuf?: number;
  wmem_alloc?: number;
  sndbuf?: number;
  fwd_alloc?: number;
  wmem_queued?: number;
  optmem?: number;
  backlog?: number;
  drops?: number;
}

/** struct so_np_extensions */
export interface SoNpExtensions {
  npx_flags?: number;
  npx_mask?: number;
}

/** struct sock_txtime */
export interface SockTxtime {
  clockid?: number;
  flags?: number;
}

/** struct tcp_ao_add */
export interface TcpAoAdd {
  addr?: SocketAddressValue | string;
  alg_name?: string;
  ifindex?: number;
  set_current?: number;
  set_rnext?: number;
  reserved?: number;
  reserved2?: number;
  prefix?: number;
  sndid?: number;
  rcvid?: number;
  maclen?: number;
  keyflags?: number;
  keylen?: number;
  key?: Uint8Array;
}

/** struct tcp_ao_del */
export interface TcpAoDel {
  addr?: SocketAddressValue | string;
  ifindex?: number;
  set_current?: number;
  set_rnext?: number;
  del_async?: number;
  reserved?: number;
  reserved2?: number;
  prefix?: number;
  sndid?: number;
  rcvid?: number;
  current_key?: number;
  rnext?: number;
  keyflags?: number;
}

/** struct tcp_ao_getsockopt */
export interface TcpAoGetsockopt {
  addr?: SocketAddressValue | string;
  alg_name?: string;
  key?: Uint8Array;
  nkeys?: number;
  is_current?: number;
  is_rnext?: number;
  get_all?: number;
  reserved?: number;
  sndid?: number;
  rcvid?: number;
  prefix?: number;
  maclen?: number;
  keyflags?: number;
  keylen?: number;
  ifindex?: number;
  pkt_good?: number | bigint;
  pkt_bad?: number | bigint;
}

/** struct tcp_ao_info_opt */
export interface TcpAoInfoOpt {
  set_current?: number;
  set_rnext?: number;
  ao_required?: number;
  set_counters?: number;
  accept_icmps?: number;
  reserved?: number;
  reserved2?: number;
  current_key?: number;
  rnext?: number;
  pkt_good?: number | bigint;
  pkt_bad?: number | bigint;
  pkt_key_not_found?: number | bigint;
  pkt_ao_required?: number | bigint;
  pkt_dropped_icmp?: number | bigint;
}

/** struct tcp_ao_repair */
export interface TcpAoRepair {
  snt_isn?: number;
  rcv_isn?: number;
  snd_sne?: number;
  rcv_sne?: number;
}

/** struct tcp_connection_info */
export interface TcpConnectionInfo {
  tcpi_state?: number;
  tcpi_snd_wscale?: number;
  tcpi_rcv_wscale?: number;
  tcpi_options?: number;
  tcpi_flags?: number;
  tcpi_rto?: number;
  tcpi_maxseg?: number;
  tcpi_snd_ssthresh?: number;
  tcpi_snd_cwnd?: number;
  tcpi_snd_wnd?: number;
  tcpi_snd_sbbytes?: number;
  tcpi_rcv_wnd?: number;
  tcpi_rttcur?: number;
  tcpi_srtt?: number;
  tcpi_rttvar?: number;
  tcpi_tfo_cookie_req?: number;
  tcpi_tfo_cookie_rcv?: number;
  tcpi_tfo_syn_loss?: number;
  tcpi_tfo_syn_data_sent?: number;
  tcpi_tfo_syn_data_acked?: number;
  tcpi_tfo_syn_data_rcv?: number;
  tcpi_tfo_cookie_req_rcv?: number;
  tcpi_tfo_cookie_sent?: number;
  tcpi_tfo_cookie_invalid?: number;
  tcpi_tfo_cookie_wrong?: number;
  tcpi_tfo_no_cookie_rcv?: number;
  tcpi_tfo_heuristics_disable?: number;
  tcpi_tfo_send_blackhole?: number;
  tcpi_tfo_recv_blackhole?: number;
  tcpi_tfo_onebyte_proxy?: number;
  tcpi_txpackets?: number | bigint;
  tcpi_txbytes?: number | bigint;
  tcpi_txretransmitbytes?: number | bigint;
  tcpi_rxpackets?: number | bigint;
  tcpi_rxbytes?: number | bigint;
  tcpi_rxoutoforderbytes?: number | bigint;
  tcpi_txretransmitpackets?: number | bigint;
}

/** struct tcp_function_set */
export interface TcpFunctionSet {
  function_set_name?: string;
  pcbcnt?: number;
}

/** struct tcp_info */
export interface TcpInfo {
  tcpi_state?: number;
  tcpi_ca_state?: number;
  tcpi_retransmits?: number;
  tcpi_probes?: number;
  tcpi_backoff?: number;
  tcpi_options?: number;
  tcpi_snd_wscale?: number;
  tcpi_rcv_wscale?: number;
  tcpi_delivery_rate_app_limited?: number;
  tcpi_fastopen_client_fail?: number;
  tcpi_rto?: number;
  tcpi_ato?: number;
  tcpi_snd_mss?: number;
  tcpi_rcv_mss?: number;
  tcpi_unacked?: number;
  tcpi_sacked?: number;
  tcpi_lost?: number;
  tcpi_retrans?: number;
  tcpi_fackets?: number;
  tcpi_last_data_sent?: number;
  tcpi_last_ack_sent?: number;
  tcpi_last_data_recv?: number;
  tcpi_last_ack_recv?: number;
  tcpi_pmtu?: number;
  tcpi_rcv_ssthresh?: number;
  tcpi_rtt?: number;
  tcpi_rttvar?: number;
  tcpi_snd_ssthresh?: number;
  tcpi_snd_cwnd?: number;
  tcpi_advmss?: number;
  tcpi_reordering?: number;
  tcpi_rcv_rtt?: number;
  tcpi_rcv_space?: number;
  tcpi_total_retrans?: number;
  tcpi_pacing_rate?: number | bigint;
  tcpi_max_pacing_rate?: number | bigint;
  tcpi_bytes_acked?: number | bigint;
  tcpi_bytes_received?: number | bigint;
  tcpi_segs_out?: number;
  tcpi_segs_in?: number;
  tcpi_notsent_bytes?: number;
  tcpi_min_rtt?: number;
  tcpi_data_segs_in?: number;
  tcpi_data_segs_out?: number;
  tcpi_delivery_rate?: number | bigint;
  tcpi_busy_time?: number | bigint;
  tcpi_rwnd_limited?: number | bigint;
  tcpi_sndbuf_limited?: number | bigint;
  tcpi_delivered?: number;
  tcpi_delivered_ce?: number;
  tcpi_bytes_sent?: number | bigint;
  tcpi_bytes_retrans?: number | bigint;
  tcpi_dsack_dups?: number;
  tcpi_reord_seen?: number;
  tcpi_rcv_ooopack?: number;
  tcpi_snd_wnd?: number;
  tcpi_rcv_wnd?: number;
  tcpi_rehash?: number;
  tcpi_total_rto?: number;
  tcpi_total_rto_recoveries?: number;
  tcpi_total_rto_time?: number;
  tcpi_received_ce?: number;
  tcpi_delivered_e1_bytes?: number;
  tcpi_delivered_e0_bytes?: number;
  tcpi_delivered_ce_bytes?: number;
  tcpi_received_e1_bytes?: number;
  tcpi_received_e0_bytes?: number;
  tcpi_received_ce_bytes?: number;
  tcpi_ecn_mode?: number;
  tcpi_accecn_opt_seen?: number;
  tcpi_accecn_fail_mode?: number;
  tcpi_options2?: number;
}

/** struct tcp_md5sig */
export interface TcpMd5sig {
  tcpm_addr?: SocketAddressValue | string;
  tcpm_flags?: number;
  tcpm_prefixlen?: number;
  tcpm_keylen?: number;
  tcpm_ifindex?: number;
  tcpm_key?: Uint8Array;
}

/** struct tcp_repair_opt */
export interface TcpRepairOpt {
  opt_code?: number;
  opt_val?: number;
}

/** struct tcp_repair_window */
export interface TcpRepairWindow {
  snd_wl1?: number;
  snd_wnd?: number;
  max_window?: number;
  rcv_wnd?: number;
  rcv_wup?: number;
}

/** struct ucred */
export interface Ucred {
  pid?: number;
  uid?: number;
  gid?: number;
}

/** struct xucred */
export interface Xucred {
  cr_version?: number;
  cr_uid?: number;
  cr_ngroups?: number;
  cr_groups?: number[];
}

/** What reading an option gives. */
export interface SocketOptions {
  /** Whether the socket is listening. */
  SO_ACCEPTCONN: boolean;
  /** Kernel filter that holds connections back from accept, such as httpready. */
  SO_ACCEPTFILTER: AcceptFilterArg;
  /** Attach a classic BPF program as the socket's filter; reading gives the one attached. */
  SO_ATTACH_FILTER: FilterInstruction[];
  /** Send and receive only through this interface, given by name; an empty name lifts it. */
  SO_BINDTODEVICE: string;
  /** Send and receive only through this interface, given by index; 0 lifts it. (interface index) */
  SO_BINDTOIFINDEX: number;
  /** Pass a struct bintime with each datagram. */
  SO_BINTIME: boolean;
  /** How many BPF extensions the kernel knows. */
  SO_BPF_EXTENSIONS: number;
  /** Allow sending to broadcast addresses. */
  SO_BROADCAST: boolean;
  /** Obsolete: no effect. */
  SO_BSDCOMPAT: boolean;
  /** Local and remote address, type and protocol: a CSADDR_INFO. */
  SO_BSP_STATE: Uint8Array;
  /** Which buffer sizes the kernel must not tune by itself: 1 send, 2 receive. (bits) */
  SO_BUF_LOCK: number;
  /** How long a blocking receive polls the device when there is no data. (µs) */
  SO_BUSY_POLL: number;
  /** Network compartment of the socket. */
  SO_COMPARTMENT_ID: number;
  /** Connections are acknowledged only once the program accepts them. */
  SO_CONDITIONAL_ACCEPT: boolean;
  /** How long the socket has been connected; 4294967295 if it is not. (s) */
  SO_CONNECT_TIME: number;
  /** Number of this socket, unique while the system runs. */
  SO_COOKIE: number | bigint;
  /** Record debugging information. */
  SO_DEBUG: boolean;
  /** Type of a control message about data in device memory; not readable as an option. */
  SO_DEVMEM_DMABUF: Uint8Array;
  /** Type of a control message about data in ordinary memory; not readable as an option. */
  SO_DEVMEM_LINEAR: Uint8Array;
  /** Address family of the socket, AF_*. */
  SO_DOMAIN: number;
  /** The reverse of SO_LINGER: closing does not wait for unsent data. */
  SO_DONTLINGER: boolean;
  /** Send only to hosts on a directly connected network. */
  SO_DONTROUTE: boolean;
  /** Keep the rest of a datagram that was read only in part. */
  SO_DONTTRUNC: boolean;
  /** The pending error, which reading clears. (errno) */
  SO_ERROR: number;
  /** Nobody else may bind to the same address and port, not even with SO_REUSEADDR. */
  SO_EXCLUSIVEADDRUSE: boolean;
  /** Routing table of the socket, under its newer name. */
  SO_FIB: number;
  /** The classic BPF program attached to the socket. */
  SO_GET_FILTER: FilterInstruction[];
  /** Reserved. */
  SO_GROUP_ID: number;
  /** Reserved. */
  SO_GROUP_PRIORITY: number;
  /** CPU that handled the last packet; setting it prefers a SO_REUSEPORT socket for that CPU. (CPU) */
  SO_INCOMING_CPU: number;
  /** Receive queue of the device that the last packet came through. */
  SO_INCOMING_NAPI_ID: number;
  /** Probe an idle connection, to notice that the peer is gone. */
  SO_KEEPALIVE: boolean;
  /** Security label of the socket. */
  SO_LABEL: Uint8Array;
  /** How long close waits for unsent data; false: in the background, 0: the data is dropped. (s) */
  SO_LINGER: false | number;
  /** SO_LINGER, under the name for which macOS counts seconds. (s) */
  SO_LINGER_SEC: false | number;
  /** Connections being set up on a listening socket. (connections) */
  SO_LISTENINCQLEN: number;
  /** Connections waiting to be accepted. (connections) */
  SO_LISTENQLEN: number;
  /** Backlog of a listening socket. (connections) */
  SO_LISTENQLIMIT: number;
  /** Forbid to change the socket's filter; it cannot be undone. */
  SO_LOCK_FILTER: boolean;
  /** Mark on every packet sent, for routing and filtering. */
  SO_MARK: number;
  /** Largest datagram that can be sent. (bytes) */
  SO_MAX_MSG_SIZE: number;
  /** Fastest rate at which data is sent; the largest number means no limit. (bytes/s) */
  SO_MAX_PACING_RATE: number | bigint;
  /** Memory that the socket uses, and its limits. (bytes) */
  SO_MEMINFO: SkMeminfo;
  /** Number of the socket's network namespace, unique while the system runs. */
  SO_NETNS_COOKIE: number | bigint;
  /** Quality-of-service marking in effect. */
  SO_NETSVC_MARKING_LEVEL: number;
  /** Kind of traffic, NET_SERVICE_TYPE_*. */
  SO_NET_SERVICE_TYPE: number;
  /** Fail with EADDRNOTAVAIL once the source address is gone. */
  SO_NOADDRERR: boolean;
  /** The last 4 bytes of each packet are the frame check sequence (packet sockets). */
  SO_NOFCS: boolean;
  /** Do not raise SIGPIPE when the peer is gone. */
  SO_NOSIGPIPE: boolean;
  /** Send UDP over IPv4 without checksums. */
  SO_NO_CHECK: boolean;
  /** Do not let the device place data directly. */
  SO_NO_DDP: boolean;
  /** Do not offload the connection to a device. */
  SO_NO_OFFLOAD: boolean;
  /** Deviations from POSIX; 1: options may be set after shutdown. */
  SO_NP_EXTENSIONS: SoNpExtensions;
  /** Bytes that can be read, for datagrams of the first one. (bytes) */
  SO_NREAD: number;
  /** Datagrams in the receive buffer. (packets) */
  SO_NUMRCVPKT: number;
  /** Bytes in the send buffer. (bytes) */
  SO_NWRITE: number;
  /** Receive urgent data in line with the rest. */
  SO_OOBINLINE: boolean;
  /** Pass the sender's process, user and group with each message (unix sockets). */
  SO_PASSCRED: boolean;
  /** Pass a descriptor of the sender's process with each message (unix sockets). */
  SO_PASSPIDFD: boolean;
  /** Accept descriptors from the peer (unix sockets). */
  SO_PASSRIGHTS: boolean;
  /** Pass the sender's security label with each message (unix sockets). */
  SO_PASSSEC: boolean;
  /** Reset new connections while it is on. */
  SO_PAUSE_ACCEPT: boolean;
  /** Where the next peek begins; a negative number makes every peek begin at the front. (bytes) */
  SO_PEEK_OFF: number;
  /** Process, user and group of the peer when it connected (unix sockets). */
  SO_PEERCRED: Ucred;
  /** Supplementary groups of the peer when it connected (unix sockets). (group) */
  SO_PEERGROUPS: number[];
  /** Security label of the peer. */
  SO_PEERLABEL: Uint8Array;
  /** Address of the peer, as from getpeername. */
  SO_PEERNAME: SocketAddressValue;
  /** A new descriptor of the peer's process, which is yours to close (unix sockets). (descriptor) */
  SO_PEERPIDFD: number;
  /** Security label of the peer. */
  SO_PEERSEC: string;
  /** Wildcard binds may share a local port with other local addresses. */
  SO_PORT_SCALABILITY: boolean;
  /** Prefer busy polling to interrupts. */
  SO_PREFER_BUSY_POLL: boolean;
  /** Queueing priority of what is sent. */
  SO_PRIORITY: number;
  /** Protocol of the socket, IPPROTO_*. */
  SO_PROTOCOL: number;
  /** The provider, as a WSAPROTOCOL_INFOW. */
  SO_PROTOCOL_INFO: Uint8Array;
  /** The provider, as a WSAPROTOCOL_INFOA. */
  SO_PROTOCOL_INFOA: Uint8Array;
  /** The provider, as a WSAPROTOCOL_INFOW. */
  SO_PROTOCOL_INFOW: Uint8Array;
  /** Protocol of the socket, under its SunOS name. */
  SO_PROTOTYPE: number;
  /** Choose local ports at random. */
  SO_RANDOMIZE_PORT: boolean;
  /** Choose local ports at random. */
  SO_RANDOMPORT: boolean;
  /** Receive buffer. Linux doubles what is set, for its own records, and gives the double. (bytes) */
  SO_RCVBUF: number;
  /** How much must have arrived before the socket counts as readable. (bytes) */
  SO_RCVLOWAT: number;
  /** Pass the mark of each packet received. */
  SO_RCVMARK: boolean;
  /** Pass the priority of each packet received. */
  SO_RCVPRIORITY: boolean;
  /** How long a blocking receive or accept waits; 0 means for ever. (ms) */
  SO_RCVTIMEO: number;
  /** SO_RCVTIMEO, in its variant with 64-bit times. (ms) */
  SO_RCVTIMEO_NEW: number;
  /** SO_RCVTIMEO, in its variant with times as long as a pointer. (ms) */
  SO_RCVTIMEO_OLD: number;
  /** Report receive buffers that overflow as an error. */
  SO_RERROR: boolean;
  /** Memory reserved for the socket. (bytes) */
  SO_RESERVE_MEM: number;
  /** Signed data from the system's resolver. */
  SO_RESOLVER_SIGNATURE: Uint8Array;
  /** Bind to an address still in use by old connections. Windows: by anyone, see SO_EXCLUSIVEADDRUSE. */
  SO_REUSEADDR: boolean;
  /** Several sockets bind to one address and port; Linux shares what arrives among them. */
  SO_REUSEPORT: boolean;
  /** SO_REUSEPORT, with what arrives shared among the sockets. */
  SO_REUSEPORT_LB: boolean;
  /** Sockets of different users may share a port. */
  SO_REUSESHAREUID: boolean;
  /** Several sockets bind to one multicast port. */
  SO_REUSE_MULTICASTPORT: boolean;
  /** Choose the local port when connecting, from a pool that may be reused. */
  SO_REUSE_UNICASTPORT: boolean;
  /** Pass the number of packets dropped so far with each message. */
  SO_RXQ_OVFL: boolean;
  /** Reserved: no kernel implements it. */
  SO_SECURITY_AUTHENTICATION: number;
  /** Reserved: no kernel implements it. */
  SO_SECURITY_ENCRYPTION_NETWORK: number;
  /** Reserved: no kernel implements it. */
  SO_SECURITY_ENCRYPTION_TRANSPORT: number;
  /** Report errors in the error queue to poll as POLLPRI. */
  SO_SELECT_ERR_QUEUE: boolean;
  /** Routing table of the socket. */
  SO_SETFIB: number;
  /** Send buffer. Linux doubles what is set, for its own records, and gives the double. (bytes) */
  SO_SNDBUF: number;
  /** How much room there must be before the socket counts as writable; fixed at 1 on Linux. (bytes) */
  SO_SNDLOWAT: number;
  /** How long a blocking send or connect waits; 0 means for ever. (ms) */
  SO_SNDTIMEO: number;
  /** SO_SNDTIMEO, in its variant with 64-bit times. (ms) */
  SO_SNDTIMEO_NEW: number;
  /** SO_SNDTIMEO, in its variant with times as long as a pointer. (ms) */
  SO_SNDTIMEO_OLD: number;
  /** Forward all that arrives to another connection: a struct splice; gives the bytes so far. */
  SO_SPLICE: Uint8Array;
  /** Pass the time of arrival with each message, in microseconds. */
  SO_TIMESTAMP: boolean;
  /** Which timestamps to make and pass: SOF_TIMESTAMPING_*. (bits) */
  SO_TIMESTAMPING: number;
  /** SO_TIMESTAMPING, with 64-bit times in the messages. (bits) */
  SO_TIMESTAMPING_NEW: number;
  /** SO_TIMESTAMPING, with times as long as a pointer in the messages. (bits) */
  SO_TIMESTAMPING_OLD: number;
  /** Pass the time of arrival with each message, in nanoseconds. */
  SO_TIMESTAMPNS: boolean;
  /** SO_TIMESTAMPNS, with 64-bit times in the messages. */
  SO_TIMESTAMPNS_NEW: boolean;
  /** SO_TIMESTAMPNS, with times as long as a pointer in the messages. */
  SO_TIMESTAMPNS_OLD: boolean;
  /** Pass the monotonic time of arrival with each datagram. */
  SO_TIMESTAMP_MONOTONIC: boolean;
  /** SO_TIMESTAMP, with 64-bit times in the messages. */
  SO_TIMESTAMP_NEW: boolean;
  /** SO_TIMESTAMP, with times as long as a pointer in the messages. */
  SO_TIMESTAMP_OLD: boolean;
  /** Clock that SO_TIMESTAMP reads, SO_TS_*. */
  SO_TS_CLOCK: number;
  /** 1: choose another path when data is lost, 0: do not, -1: as the system is set. */
  SO_TXREHASH: number;
  /** Messages carry the time at which they are to be sent, on this clock. */
  SO_TXTIME: SockTxtime;
  /** Type of the socket, SOCK_*. */
  SO_TYPE: number;
  /** Bypass the hardware where possible. */
  SO_USELOOPBACK: boolean;
  /** Number that firewall rules can refer to. */
  SO_USER_COOKIE: number;
  /** Hint on receive that more data is ready. */
  SO_WANTMORE: boolean;
  /** Mark urgent data in the flags of a received message. */
  SO_WANTOOBFLAG: boolean;
  /** Report whether wireless frames were acknowledged. */
  SO_WIFI_STATUS: boolean;
  /** Allow MSG_ZEROCOPY. */
  SO_ZEROCOPY: boolean;
  /** Bind to addresses that are not local. */
  IP_BINDANY: boolean;
  /** Binding to port 0 leaves the choice of a port to connect, so that ports can be shared. */
  IP_BIND_ADDRESS_NO_PORT: boolean;
  /** Send and receive only through this interface. (interface index) */
  IP_BOUND_IF: number;
  /** Pass the checksum of each packet received. */
  IP_CHECKSUM: boolean;
  /** Set the don't-fragment bit. */
  IP_DONTFRAG: boolean;
  /** Set the don't-fragment bit. */
  IP_DONTFRAGMENT: boolean;
  /** Flow identifier of the connection. */
  IP_FLOWID: number;
  /** How the flow identifier was computed. */
  IP_FLOWTYPE: number;
  /** Bind to addresses that are not local, or do not exist yet. */
  IP_FREEBIND: boolean;
  /** The list of IP_IFLIST. (interface index) */
  IP_GET_IFLIST: Uint8Array;
  /** The program supplies the IP header (raw sockets). */
  IP_HDRINCL: boolean;
  /** Pass the time to live of each packet received. */
  IP_HOPLIMIT: boolean;
  /** Receive only through the interfaces that were listed. */
  IP_IFLIST: boolean;
  /** IPsec policy of the socket; on Linux only to be set. */
  IP_IPSEC_POLICY: Uint8Array;
  /** Range to choose a local port from; 0 stands for the system's bound. (port) */
  IP_LOCAL_PORT_RANGE: { low: number; high: number };
  /** Drop packets with a smaller time to live. (hops) */
  IP_MINTTL: number;
  /** The whole source filter of a multicast group. */
  IP_MSFILTER: SourceFilter;
  /** Path MTU of the connection. (bytes) */
  IP_MTU: number;
  /** Path MTU discovery, IP_PMTUDISC_*; the numbers differ between Linux and Windows. */
  IP_MTU_DISCOVER: number;
  /** Receive from all groups joined on the system, not only from this socket's. */
  IP_MULTICAST_ALL: boolean;
  /** Interface to send multicast through, by address, or when set also by index. */
  IP_MULTICAST_IF: string;
  /** Interface to send multicast through. (interface index) */
  IP_MULTICAST_IFINDEX: number;
  /** Multicast that is sent comes back to local sockets. */
  IP_MULTICAST_LOOP: boolean;
  /** Time to live of multicast; -1 is the default. (hops) */
  IP_MULTICAST_TTL: number;
  /** Virtual interface to send multicast through. */
  IP_MULTICAST_VIF: number;
  /** Do not reassemble outgoing packets (raw sockets). */
  IP_NODEFRAG: boolean;
  /** Non-routable interface. (interface index) */
  IP_NRT_INTERFACE: number;
  /** Send broadcasts to 255.255.255.255. */
  IP_ONESBCAST: boolean;
  /** IP options of every packet sent. */
  IP_OPTIONS: Uint8Array;
  /** Pass the original destination of each datagram. */
  IP_ORIGDSTADDR: boolean;
  /** Pass the interface on which each packet arrived first. */
  IP_ORIGINAL_ARRIVAL_IF: boolean;
  /** Pass the security label of each datagram. */
  IP_PASSSEC: boolean;
  /** Pass the interface and the destination of each datagram. */
  IP_PKTINFO: boolean;
  /** Pass the interface, destination and protocol of each datagram. */
  IP_PKTINFO_EX: boolean;
  /** The control messages that datagrams would carry, for a connection. */
  IP_PKTOPTIONS: Uint8Array;
  /** Range to choose a local port from: 0 default, 1 high, 2 low. */
  IP_PORTRANGE: number;
  /** Whom to accept connections from, PROTECTION_LEVEL_*. */
  IP_PROTECTION_LEVEL: number;
  /** Protocol of the socket (raw sockets). */
  IP_PROTOCOL: number;
  /** Receive broadcasts. */
  IP_RECEIVE_BROADCAST: boolean;
  /** Pass the destination of each datagram. */
  IP_RECVDSTADDR: boolean;
  /** Pass the congestion marks of each datagram. */
  IP_RECVECN: boolean;
  /** Queue errors with the packets that caused them. */
  IP_RECVERR: boolean;
  /** Queue errors with their RFC 4884 extensions. */
  IP_RECVERR_RFC4884: boolean;
  /** Pass the flow identifier of each datagram. */
  IP_RECVFLOWID: boolean;
  /** Pass the size of the largest fragment of each datagram. */
  IP_RECVFRAGSIZE: boolean;
  /** Pass the interface on which each datagram arrived. */
  IP_RECVIF: boolean;
  /** Pass the IP options of each datagram. */
  IP_RECVOPTS: boolean;
  /** Pass the original destination of each datagram. */
  IP_RECVORIGDSTADDR: boolean;
  /** Pass the interface and the destination of each datagram. */
  IP_RECVPKTINFO: boolean;
  /** Pass the IP options of each datagram, unprocessed. */
  IP_RECVRETOPTS: boolean;
  /** Pass the receive queue of each datagram. */
  IP_RECVRSSBUCKETID: boolean;
  /** Pass the type of service of each datagram. */
  IP_RECVTCLASS: boolean;
  /** Pass the type of service of each datagram. */
  IP_RECVTOS: boolean;
  /** Pass the time to live of each datagram. */
  IP_RECVTTL: boolean;
  /** Linux: pass the IP options of each datagram, unprocessed. BSD: IP options to send. */
  IP_RETOPTS: boolean;
  /** Receive forwarded packets with the router alert option (raw sockets). */
  IP_ROUTER_ALERT: boolean;
  /** Receive queue of the connection. */
  IP_RSSBUCKETID: number;
  /** Receive without the IP header (raw sockets). */
  IP_STRIPHDR: boolean;
  /** Type of service, that is DSCP and congestion marks, of every packet sent. */
  IP_TOS: number;
  /** Background traffic. (bits) */
  IP_TRAFFIC_MGT_BACKGROUND: number;
  /** Accept connections to, and bind to, addresses of others (transparent proxies). */
  IP_TRANSPARENT: boolean;
  /** Time to live of every packet sent; -1 is the default. (hops) */
  IP_TTL: number;
  /** Interface to send through, unless routing says otherwise. (interface index) */
  IP_UNICAST_IF: number;
  /** Upper limit of the path MTU. (bytes) */
  IP_USER_MTU: number;
  /** VLAN priority of every packet sent; -1 is the interface's. */
  IP_VLAN_PCP: number;
  /** What a filtering driver that redirected the connection left for the proxy. */
  IP_WFP_REDIRECT_CONTEXT: Uint8Array;
  /** Records of the connection's redirections. */
  IP_WFP_REDIRECT_RECORDS: Uint8Array;
  /** Report packets that arrive on the wrong interface. */
  MRT_ASSERT: boolean;
  /** Route for protocol-independent multicast. */
  MRT_PIM: boolean;
  /** Version of multicast routing. */
  MRT_VERSION: number;
  /** Where a redirected connection was meant to go. */
  SO_ORIGINAL_DST: SocketAddressValue;
  /** Where a redirected connection was meant to go. */
  IP6T_SO_ORIGINAL_DST: SocketAddressValue;
  /** IPV6_RECVDSTOPTS of RFC 2292. */
  IPV6_2292DSTOPTS: boolean;
  /** IPV6_RECVHOPLIMIT of RFC 2292. */
  IPV6_2292HOPLIMIT: boolean;
  /** IPV6_RECVHOPOPTS of RFC 2292. */
  IPV6_2292HOPOPTS: boolean;
  /** IPV6_NEXTHOP of RFC 2292. */
  IPV6_2292NEXTHOP: Uint8Array;
  /** IPV6_RECVPKTINFO of RFC 2292. */
  IPV6_2292PKTINFO: boolean;
  /** Control messages for every packet sent; gives those that datagrams would carry. */
  IPV6_2292PKTOPTIONS: Uint8Array;
  /** IPV6_RECVRTHDR of RFC 2292. */
  IPV6_2292RTHDR: boolean;
  /** Address family; setting it to AF_INET makes the socket an IPv4 one. */
  IPV6_ADDRFORM: number;
  /** Which source addresses to prefer, IPV6_PREFER_SRC_* (RFC 5014). (bits) */
  IPV6_ADDR_PREFERENCES: number;
  /** Give each flow a label. */
  IPV6_AUTOFLOWLABEL: boolean;
  /** Bind to addresses that are not local. */
  IPV6_BINDANY: boolean;
  /** IPV6_V6ONLY, under its old name. */
  IPV6_BINDV6ONLY: boolean;
  /** Send and receive only through this interface. (interface index) */
  IPV6_BOUND_IF: number;
  /** Where the kernel puts the checksum (raw sockets); -1: it puts none. (bytes) */
  IPV6_CHECKSUM: number;
  /** Do not fragment packets; those that are too long fail with EMSGSIZE. */
  IPV6_DONTFRAG: boolean;
  /** Destination options of every packet sent. */
  IPV6_DSTOPTS: Uint8Array;
  /** Flow identifier of the connection. */
  IPV6_FLOWID: number;
  /** Pass the flow label of each datagram. */
  IPV6_FLOWINFO: boolean;
  /** Send with the flow label in the destination address. */
  IPV6_FLOWINFO_SEND: boolean;
  /** Request, renew or release a flow label. */
  IPV6_FLOWLABEL_MGR: In6FlowlabelReq;
  /** How the flow identifier was computed. */
  IPV6_FLOWTYPE: number;
  /** Bind to addresses that are not local, or do not exist yet. */
  IPV6_FREEBIND: boolean;
  /** The list of IPV6_IFLIST. (interface index) */
  IPV6_GET_IFLIST: Uint8Array;
  /** The program supplies the IPv6 header (raw sockets). */
  IPV6_HDRINCL: boolean;
  /** Hop limit of every packet sent; on Linux only in control messages. Windows: IPV6_RECVHOPLIMIT. (hops) */
  IPV6_HOPLIMIT: number;
  /** Hop-by-hop options of every packet sent. Windows: whether to pass those received. */
  IPV6_HOPOPTS: Uint8Array;
  /** Receive only through the interfaces that were listed. */
  IPV6_IFLIST: boolean;
  /** IPsec policy of the socket; on Linux only to be set. */
  IPV6_IPSEC_POLICY: Uint8Array;
  /** Drop packets with a smaller hop limit. (hops) */
  IPV6_MINHOPCOUNT: number;
  /** Path MTU of the connection; setting it lowers the MTU of this socket. (bytes) */
  IPV6_MTU: number;
  /** Path MTU discovery, IPV6_PMTUDISC_*; the numbers differ between Linux and Windows. */
  IPV6_MTU_DISCOVER: number;
  /** Receive from all groups joined on the system, not only from this socket's. */
  IPV6_MULTICAST_ALL: boolean;
  /** Hop limit of multicast; -1 is the default. (hops) */
  IPV6_MULTICAST_HOPS: number;
  /** Interface to send multicast through. (interface index) */
  IPV6_MULTICAST_IF: number;
  /** Multicast that is sent comes back to local sockets. */
  IPV6_MULTICAST_LOOP: boolean;
  /** Router to send through, as a sockaddr; on Linux only in control messages. */
  IPV6_NEXTHOP: Uint8Array;
  /** Non-routable interface. (interface index) */
  IPV6_NRT_INTERFACE: number;
  /** Pass the original destination of each datagram. */
  IPV6_ORIGDSTADDR: boolean;
  /** Path MTU of the connection, with its destination. */
  IPV6_PATHMTU: Ip6Mtuinfo;
  /** Source of every packet sent; on Linux only to be set. Windows: IPV6_RECVPKTINFO. */
  IPV6_PKTINFO: In6Pktinfo;
  /** Pass the interface, destination and protocol of each datagram. */
  IPV6_PKTINFO_EX: boolean;
  /** Range to choose a local port from: 0 default, 1 high, 2 low. */
  IPV6_PORTRANGE: number;
  /** Prefer temporary source addresses: 1 yes, 0 no, -1 as the system is set. */
  IPV6_PREFER_TEMPADDR: number;
  /** Whom to accept connections from, PROTECTION_LEVEL_*. */
  IPV6_PROTECTION_LEVEL: number;
  /** Pass the destination of each datagram. */
  IPV6_RECVDSTADDR: boolean;
  /** Pass the destination options of each datagram. */
  IPV6_RECVDSTOPTS: boolean;
  /** Pass the congestion marks of each datagram. */
  IPV6_RECVECN: boolean;
  /** Queue errors with the packets that caused them. */
  IPV6_RECVERR: boolean;
  /** Queue errors with their RFC 4884 extensions. */
  IPV6_RECVERR_RFC4884: boolean;
  /** Pass the flow identifier of each datagram. */
  IPV6_RECVFLOWID: boolean;
  /** Pass the size of the largest fragment of each datagram. */
  IPV6_RECVFRAGSIZE: boolean;
  /** Pass the hop limit of each datagram. */
  IPV6_RECVHOPLIMIT: boolean;
  /** Pass the hop-by-hop options of each datagram. */
  IPV6_RECVHOPOPTS: boolean;
  /** Pass the interface on which each datagram arrived. */
  IPV6_RECVIF: boolean;
  /** Pass the original destination of each datagram. */
  IPV6_RECVORIGDSTADDR: boolean;
  /** Pass changes of the path MTU. */
  IPV6_RECVPATHMTU: boolean;
  /** Pass the interface and the destination of each datagram. */
  IPV6_RECVPKTINFO: boolean;
  /** Pass the receive queue of each datagram. */
  IPV6_RECVRSSBUCKETID: boolean;
  /** Pass the routing header of each datagram. */
  IPV6_RECVRTHDR: boolean;
  /** Pass the traffic class of each datagram. */
  IPV6_RECVTCLASS: boolean;
  /** Receive forwarded packets with this router alert value (raw sockets); -1: none. */
  IPV6_ROUTER_ALERT: number;
  /** Router alerts only from the socket's own network namespace. */
  IPV6_ROUTER_ALERT_ISOLATE: boolean;
  /** Receive queue of the connection. */
  IPV6_RSSBUCKETID: number;
  /** Routing header of every packet sent. Windows: whether to pass those received. */
  IPV6_RTHDR: Uint8Array;
  /** Destination options before the routing header. */
  IPV6_RTHDRDSTOPTS: Uint8Array;
  /** Traffic class of every packet sent; -1 is the default. */
  IPV6_TCLASS: number;
  /** Accept connections to, and bind to, addresses of others (transparent proxies). */
  IPV6_TRANSPARENT: boolean;
  /** Hop limit of every packet sent; -1 is the default. (hops) */
  IPV6_UNICAST_HOPS: number;
  /** Interface to send through, unless routing says otherwise. (interface index) */
  IPV6_UNICAST_IF: number;
  /** Upper limit of the path MTU. (bytes) */
  IPV6_USER_MTU: number;
  /** Send with the least MTU: 1 always, 0 never, -1 for multicast only. */
  IPV6_USE_MIN_MTU: number;
  /** No IPv4 through this socket. */
  IPV6_V6ONLY: boolean;
  /** VLAN priority of every packet sent; -1 is the interface's. */
  IPV6_VLAN_PCP: number;
  /** What a filtering driver that redirected the connection left for the proxy. */
  IPV6_WFP_REDIRECT_CONTEXT: Uint8Array;
  /** Records of the connection's redirections. */
  IPV6_WFP_REDIRECT_RECORDS: Uint8Array;
  /** Report packets that arrive on the wrong interface. */
  MRT6_ASSERT: boolean;
  /** Route for protocol-independent multicast. */
  MRT6_PIM: boolean;
  /** Version of multicast routing. */
  MRT6_VERSION: number;
  /** The whole source filter of a group. */
  MCAST_MSFILTER: SourceFilter;
  /** How long a connection may stay without a window to send into. (s) */
  PERSIST_TIMEOUT: number;
  /** Keys of the authentication option; the buffer says which. */
  TCP_AO_GET_KEYS: TcpAoGetsockopt;
  /** Settings and counters of the authentication option. */
  TCP_AO_INFO: TcpAoInfoOpt;
  /** Sequence numbers of the authentication option, under TCP_REPAIR. */
  TCP_AO_REPAIR: TcpAoRepair;
  /** Whether the next byte is the urgent one. */
  TCP_ATMARK: boolean;
  /** Urgent data as BSD has it. */
  TCP_BSDURGENT: boolean;
  /** Parameters of the congestion control algorithm. */
  TCP_CCALGOOPT: Uint8Array;
  /** State of the congestion control algorithm; null if it tells none. */
  TCP_CC_INFO: Record<string, number> | Uint8Array | null;
  /** TCP_INQ, under the name of its control message. */
  TCP_CM_INQ: boolean;
  /** Congestion control algorithm. */
  TCP_CONGESTION: string;
  /** Congestion control algorithm, by number. */
  TCP_CONGESTION_ALGORITHM: number;
  /** How long connect tries. (s) */
  TCP_CONNECTIONTIMEOUT: number;
  /** State and counters of the connection. */
  TCP_CONNECTION_INFO: TcpConnectionInfo;
  /** Removed in Linux 3.10. */
  TCP_COOKIE_TRANSACTIONS: Uint8Array;
  /** Send only full segments, until it is switched off or 200 ms have passed. */
  TCP_CORK: boolean;
  /** A connection is accepted only once data has arrived, for at most so long. (s) */
  TCP_DEFER_ACCEPT: number;
  /** Delay acknowledgements. */
  TCP_DELACK: boolean;
  /** Longest delay of an acknowledgement. (µs) */
  TCP_DELACK_MAX_US: number;
  /** Delay the acknowledgement of the peer's end. */
  TCP_DELAY_FIN_ACK: boolean;
  /** Use explicit congestion notification. */
  TCP_ENABLE_ECN: boolean;
  /** Urgent data as RFC 1122 has it. */
  TCP_EXPEDITED_1122: boolean;
  /** An ICMP error ends an attempt to connect. */
  TCP_FAIL_CONNECT_ON_ICMP_ERROR: boolean;
  /** Data in the first packet. Linux: most such connections pending on a listener; else 0 or 1. (connections) */
  TCP_FASTOPEN: number;
  /** connect only prepares: the first write connects, with its data in the first packet. */
  TCP_FASTOPEN_CONNECT: boolean;
  /** Key of the cookies, 16 bytes, or 32 with a backup key. */
  TCP_FASTOPEN_KEY: Uint8Array;
  /** Fast open without cookies. */
  TCP_FASTOPEN_NO_COOKIE: boolean;
  /** Take the peer's end for a reset. */
  TCP_FIN_IS_RST: boolean;
  /** Alias of the TCP stack in use. */
  TCP_FUNCTION_ALIAS: TcpFunctionSet;
  /** TCP stack of the connection. */
  TCP_FUNCTION_BLK: TcpFunctionSet;
  /** The ICMP error that ended an attempt to connect: ICMP_ERROR_INFO. */
  TCP_ICMP_ERROR_INFO: Uint8Array;
  /** Reduce the congestion window after a pause. */
  TCP_IDLE_REDUCE: boolean;
  /** State and counters of the connection; as many fields as this kernel has. */
  TCP_INFO: TcpInfo;
  /** Pass the number of bytes left to read with each receive. */
  TCP_INQ: boolean;
  /** Whether the connection is Multipath TCP. */
  TCP_IS_MPTCP: boolean;
  /** Initial congestion window. (bytes) */
  TCP_IWND_NB: number;
  /** Initial congestion window. (segments) */
  TCP_IWND_NSEG: number;
  /** TCP_KEEPIDLE, under the name that macOS has for it. (s) */
  TCP_KEEPALIVE: number;
  /** Unanswered probes after which a connection is given up. (probes) */
  TCP_KEEPCNT: number;
  /** Idle time before the first probe of SO_KEEPALIVE. (s) */
  TCP_KEEPIDLE: number;
  /** How long connect tries. (s) */
  TCP_KEEPINIT: number;
  /** Time between probes. (s) */
  TCP_KEEPINTVL: number;
  /** How long a closed connection waits for the peer's end; -1: not at all. (s) */
  TCP_LINGER2: number;
  /** Event logging of the connection. */
  TCP_LOG: number;
  /** The logged events. */
  TCP_LOGBUF: Uint8Array;
  /** Name that related connections share. */
  TCP_LOGID: string;
  /** Connections with the same TCP_LOGID. (connections) */
  TCP_LOGID_CNT: number;
  /** Detect lost retransmissions. */
  TCP_LRD: boolean;
  /** How long unacknowledged data is sent again; -1: for ever. (s) */
  TCP_MAXRT: number;
  /** How long unacknowledged data is sent again. (ms) */
  TCP_MAXRTMS: number;
  /** Largest segment; to be set before connecting. (bytes) */
  TCP_MAXSEG: number;
  /** How long a connection lives without progress. (s) */
  TCP_MAXUNACKTIME: number;
  /** Sign segments (RFC 2385). Linux: the key for one peer, set only; FreeBSD: on or off. */
  TCP_MD5SIG: TcpMd5sig;
  /** Send small segments at once (no Nagle algorithm). */
  TCP_NODELAY: boolean;
  /** Send no TCP options. */
  TCP_NOOPT: boolean;
  /** Hold a partial segment back, as TCP_CORK does on Linux. */
  TCP_NOPUSH: boolean;
  /** connect tries only once. */
  TCP_NOSYNRETRIES: boolean;
  /** The socket counts as writable while less than this waits unsent. (bytes) */
  TCP_NOTSENT_LOWAT: number;
  /** No urgent data. */
  TCP_NOURG: boolean;
  /** Whether a device may take the connection over: 0 either, 1 no, 2 yes. */
  TCP_OFFLOAD_PREFERENCE: number;
  /** Received packets to keep for debugging. (packets) */
  TCP_PCAP_IN: number;
  /** Sent packets to keep for debugging. (packets) */
  TCP_PCAP_OUT: number;
  /** Sequence number of the queue chosen by TCP_REPAIR_QUEUE. */
  TCP_QUEUE_SEQ: number;
  /** Acknowledge at once; the kernel may leave this mode again. */
  TCP_QUICKACK: boolean;
  /** Port for TCP inside UDP; 0: none. (port) */
  TCP_REMOTE_UDP_ENCAPS_PORT: number;
  /** State can be read and written, for a connection to move; -1 leaves without probing. */
  TCP_REPAIR: boolean;
  /** Queue under repair: 0 none, 1 receive, 2 send. */
  TCP_REPAIR_QUEUE: number;
  /** Windows of a connection under repair. */
  TCP_REPAIR_WINDOW: TcpRepairWindow;
  /** NUMA domain of a listener with SO_REUSEPORT_LB. */
  TCP_REUSPORT_LB_NUMA: number;
  /** Longest retransmission timeout. (ms) */
  TCP_RTO_MAX_MS: number;
  /** Shortest retransmission timeout. (µs) */
  TCP_RTO_MIN_US: number;
  /** How long unacknowledged data is sent again. (s) */
  TCP_RXT_CONNDROPTIME: number;
  /** Give the connection up after its end was sent three times. */
  TCP_RXT_FINDROP: boolean;
  /** Headers of the packet that began the connection; reading frees them. */
  TCP_SAVED_SYN: Uint8Array;
  /** A listener saves the headers that begin connections: 1 IP and TCP, 2 all. */
  TCP_SAVE_SYN: number;
  /** Acknowledge every other segment. */
  TCP_SENDMOREACKS: boolean;
  /** Statistics of the connection. */
  TCP_STATS: Uint8Array;
  /** Urgent data as RFC 1122 has it. */
  TCP_STDURG: boolean;
  /** How often connect tries again. (retries) */
  TCP_SYNCNT: number;
  /** Removed in Linux 4.16: retransmit thin streams early; has no effect. */
  TCP_THIN_DUPACK: boolean;
  /** Retransmit thin streams without longer and longer pauses. */
  TCP_THIN_LINEAR_TIMEOUTS: boolean;
  /** Timestamp clock of the connection, under TCP_REPAIR. */
  TCP_TIMESTAMP: number;
  /** Use TCP timestamps. */
  TCP_TIMESTAMPS: boolean;
  /** Delay everything sent, to test with. (µs) */
  TCP_TX_DELAY: number;
  /** Protocol above TCP, such as tls; it cannot be taken away again. */
  TCP_ULP: string;
  /** How long data may stay unacknowledged before the connection ends; 0 is the default. (ms) */
  TCP_USER_TIMEOUT: number;
  /** Upper bound of the window. (bytes) */
  TCP_WINDOW_CLAMP: number;
  /** Map received data; the buffer holds pointers, so this needs raw access. */
  TCP_ZEROCOPY_RECEIVE: Uint8Array;
  /** How much of a datagram the checksum covers; 0: all. (bytes) */
  UDP_CHECKSUM_COVERAGE: number;
  /** Gather what is sent into one datagram, until it is switched off. */
  UDP_CORK: boolean;
  /** Take arriving datagrams for encapsulated packets, UDP_ENCAP_*. */
  UDP_ENCAP: number;
  /** Receive several datagrams at once, with their size in a control message. */
  UDP_GRO: boolean;
  /** Send without checksums. */
  UDP_NOCHECKSUM: boolean;
  /** Send without checksums. */
  UDP_NOCKSUM: boolean;
  /** Accept IPv6 datagrams without checksums. */
  UDP_NO_CHECK6_RX: boolean;
  /** Send IPv6 datagrams without checksums. */
  UDP_NO_CHECK6_TX: boolean;
  /** Receive several datagrams at once, up to this size; 0: off. (bytes) */
  UDP_RECV_MAX_COALESCED_SIZE: number;
  /** Size of the datagrams that one send is cut into; 0: off. (bytes) */
  UDP_SEGMENT: number;
  /** Size of the datagrams that one send is cut into; 0: off. (bytes) */
  UDP_SEND_MSG_SIZE: number;
  /** Which ICMP messages not to receive, one bit for each type. (bits) */
  ICMP_FILTER: number;
  /** Eight words with one bit for each ICMPv6 type: on Linux not to be received, else to be. (bits) */
  ICMP6_FILTER: number[];
  /** ICMP6_FILTER, under its name in the kernel. (bits) */
  ICMPV6_FILTER: number[];
  /** connect waits until the peer has accepted. */
  LOCAL_CONNWAIT: boolean;
  /** Pass the sender's credentials with the first message. */
  LOCAL_CREDS: boolean;
  /** Pass the sender's credentials with every message. */
  LOCAL_CREDS_PERSISTENT: boolean;
  /** User and groups of the peer when it connected. */
  LOCAL_PEERCRED: Xucred;
  /** Process that the peer acts for. */
  LOCAL_PEEREPID: number;
  /** UUID of the process that the peer acts for. */
  LOCAL_PEEREUUID: Uint8Array;
  /** Process of the peer. */
  LOCAL_PEERPID: number;
  /** Audit token of the peer. */
  LOCAL_PEERTOKEN: number[];
  /** UUID of the peer's process. */
  LOCAL_PEERUUID: Uint8Array;
}

/** What setting an option takes. */
export interface SettableSocketOptions {
  /** Kernel filter that holds connections back from accept, such as httpready. */
  SO_ACCEPTFILTER: AcceptFilterArg;
  /** Attach an extended BPF program, by its descriptor, as the socket's filter. (descriptor) */
  SO_ATTACH_BPF: number;
  /** Attach a classic BPF program as the socket's filter; reading gives the one attached. */
  SO_ATTACH_FILTER: FilterInstruction[];
  /** Classic BPF program that picks the socket in a SO_REUSEPORT group. */
  SO_ATTACH_REUSEPORT_CBPF: FilterInstruction[];
  /** Extended BPF program, by its descriptor, that picks the socket in a SO_REUSEPORT group. (descriptor) */
  SO_ATTACH_REUSEPORT_EBPF: number;
  /** Send and receive only through this interface, given by name; an empty name lifts it. */
  SO_BINDTODEVICE: string;
  /** Send and receive only through this interface, given by index; 0 lifts it. (interface index) */
  SO_BINDTOIFINDEX: number;
  /** Pass a struct bintime with each datagram. */
  SO_BINTIME: boolean | number;
  /** Allow sending to broadcast addresses. */
  SO_BROADCAST: boolean | number;
  /** Obsolete: no effect. */
  SO_BSDCOMPAT: boolean | number;
  /** Which buffer sizes the kernel must not tune by itself: 1 send, 2 receive. (bits) */
  SO_BUF_LOCK: number;
  /** How long a blocking receive polls the device when there is no data. (µs) */
  SO_BUSY_POLL: number;
  /** How many packets one busy poll may take. (packets) */
  SO_BUSY_POLL_BUDGET: number;
  /** 1 tells the kernel that this connection's path is bad, so that it looks for another. */
  SO_CNX_ADVICE: number;
  /** Network compartment of the socket. */
  SO_COMPARTMENT_ID: number;
  /** Connections are acknowledged only once the program accepts them. */
  SO_CONDITIONAL_ACCEPT: boolean | number;
  /** Record debugging information. */
  SO_DEBUG: boolean | number;
  /** Remove the socket's filter. */
  SO_DETACH_BPF: null;
  /** Remove the socket's filter. */
  SO_DETACH_FILTER: null;
  /** Remove the program of a SO_REUSEPORT group. */
  SO_DETACH_REUSEPORT_BPF: null;
  /** Give received device memory back, by its tokens. */
  SO_DEVMEM_DONTNEED: DmabufToken[];
  /** The reverse of SO_LINGER: closing does not wait for unsent data. */
  SO_DONTLINGER: boolean | number;
  /** Send only to hosts on a directly connected network. */
  SO_DONTROUTE: boolean | number;
  /** Keep the rest of a datagram that was read only in part. */
  SO_DONTTRUNC: boolean | number;
  /** Nobody else may bind to the same address and port, not even with SO_REUSEADDR. */
  SO_EXCLUSIVEADDRUSE: boolean | number;
  /** Routing table of the socket, under its newer name. */
  SO_FIB: number;
  /** Reserved. */
  SO_GROUP_PRIORITY: number;
  /** CPU that handled the last packet; setting it prefers a SO_REUSEPORT socket for that CPU. (CPU) */
  SO_INCOMING_CPU: number;
  /** Pass the number of bytes left to read with each message (unix sockets). */
  SO_INQ: boolean | number;
  /** Probe an idle connection, to notice that the peer is gone. */
  SO_KEEPALIVE: boolean | number;
  /** Security label of the socket. */
  SO_LABEL: Uint8Array;
  /** How long close waits for unsent data; false: in the background, 0: the data is dropped. (s) */
  SO_LINGER: false | number;
  /** SO_LINGER, under the name for which macOS counts seconds. (s) */
  SO_LINGER_SEC: false | number;
  /** Forbid to change the socket's filter; it cannot be undone. */
  SO_LOCK_FILTER: boolean | number;
  /** Mark on every packet sent, for routing and filtering. */
  SO_MARK: number;
  /** Fastest rate at which data is sent; the largest number means no limit. (bytes/s) */
  SO_MAX_PACING_RATE: number | bigint;
  /** Kind of traffic, NET_SERVICE_TYPE_*. */
  SO_NET_SERVICE_TYPE: number;
  /** Obsolete: install a network kernel extension. */
  SO_NKE: Uint8Array;
  /** Fail with EADDRNOTAVAIL once the source address is gone. */
  SO_NOADDRERR: boolean | number;
  /** The last 4 bytes of each packet are the frame check sequence (packet sockets). */
  SO_NOFCS: boolean | number;
  /** Do not raise SIGPIPE when the peer is gone. */
  SO_NOSIGPIPE: boolean | number;
  /** Send UDP over IPv4 without checksums. */
  SO_NO_CHECK: boolean | number;
  /** Do not let the device place data directly. */
  SO_NO_DDP: boolean | number;
  /** Do not offload the connection to a device. */
  SO_NO_OFFLOAD: boolean | number;
  /** Deviations from POSIX; 1: options may be set after shutdown. */
  SO_NP_EXTENSIONS: SoNpExtensions;
  /** Receive urgent data in line with the rest. */
  SO_OOBINLINE: boolean | number;
  /** Pass the sender's process, user and group with each message (unix sockets). */
  SO_PASSCRED: boolean | number;
  /** Pass a descriptor of the sender's process with each message (unix sockets). */
  SO_PASSPIDFD: boolean | number;
  /** Accept descriptors from the peer (unix sockets). */
  SO_PASSRIGHTS: boolean | number;
  /** Pass the sender's security label with each message (unix sockets). */
  SO_PASSSEC: boolean | number;
  /** Reset new connections while it is on. */
  SO_PAUSE_ACCEPT: boolean | number;
  /** Where the next peek begins; a negative number makes every peek begin at the front. (bytes) */
  SO_PEEK_OFF: number;
  /** Wildcard binds may share a local port with other local addresses. */
  SO_PORT_SCALABILITY: boolean | number;
  /** Prefer busy polling to interrupts. */
  SO_PREFER_BUSY_POLL: boolean | number;
  /** Queueing priority of what is sent. */
  SO_PRIORITY: number;
  /** Choose local ports at random. */
  SO_RANDOMIZE_PORT: boolean | number;
  /** Choose local ports at random. */
  SO_RANDOMPORT: boolean | number;
  /** Receive buffer. Linux doubles what is set, for its own records, and gives the double. (bytes) */
  SO_RCVBUF: number;
  /** SO_RCVBUF beyond the system's limit, for the privileged. (bytes) */
  SO_RCVBUFFORCE: number;
  /** How much must have arrived before the socket counts as readable. (bytes) */
  SO_RCVLOWAT: number;
  /** Pass the mark of each packet received. */
  SO_RCVMARK: boolean | number;
  /** Pass the priority of each packet received. */
  SO_RCVPRIORITY: boolean | number;
  /** How long a blocking receive or accept waits; 0 means for ever. (ms) */
  SO_RCVTIMEO: number;
  /** SO_RCVTIMEO, in its variant with 64-bit times. (ms) */
  SO_RCVTIMEO_NEW: number;
  /** SO_RCVTIMEO, in its variant with times as long as a pointer. (ms) */
  SO_RCVTIMEO_OLD: number;
  /** Report receive buffers that overflow as an error. */
  SO_RERROR: boolean | number;
  /** Memory reserved for the socket. (bytes) */
  SO_RESERVE_MEM: number;
  /** Signed data from the system's resolver. */
  SO_RESOLVER_SIGNATURE: Uint8Array;
  /** Bind to an address still in use by old connections. Windows: by anyone, see SO_EXCLUSIVEADDRUSE. */
  SO_REUSEADDR: boolean | number;
  /** Several sockets bind to one address and port; Linux shares what arrives among them. */
  SO_REUSEPORT: boolean | number;
  /** SO_REUSEPORT, with what arrives shared among the sockets. */
  SO_REUSEPORT_LB: boolean | number;
  /** Sockets of different users may share a port. */
  SO_REUSESHAREUID: boolean | number;
  /** Several sockets bind to one multicast port. */
  SO_REUSE_MULTICASTPORT: boolean | number;
  /** Choose the local port when connecting, from a pool that may be reused. */
  SO_REUSE_UNICASTPORT: boolean | number;
  /** Pass the number of packets dropped so far with each message. */
  SO_RXQ_OVFL: boolean | number;
  /** Reserved: no kernel implements it. */
  SO_SECURITY_AUTHENTICATION: number;
  /** Reserved: no kernel implements it. */
  SO_SECURITY_ENCRYPTION_NETWORK: number;
  /** Reserved: no kernel implements it. */
  SO_SECURITY_ENCRYPTION_TRANSPORT: number;
  /** Report errors in the error queue to poll as POLLPRI. */
  SO_SELECT_ERR_QUEUE: boolean | number;
  /** Routing table of the socket. */
  SO_SETFIB: number;
  /** Send buffer. Linux doubles what is set, for its own records, and gives the double. (bytes) */
  SO_SNDBUF: number;
  /** SO_SNDBUF beyond the system's limit, for the privileged. (bytes) */
  SO_SNDBUFFORCE: number;
  /** How much room there must be before the socket counts as writable; fixed at 1 on Linux. (bytes) */
  SO_SNDLOWAT: number;
  /** How long a blocking send or connect waits; 0 means for ever. (ms) */
  SO_SNDTIMEO: number;
  /** SO_SNDTIMEO, in its variant with 64-bit times. (ms) */
  SO_SNDTIMEO_NEW: number;
  /** SO_SNDTIMEO, in its variant with times as long as a pointer. (ms) */
  SO_SNDTIMEO_OLD: number;
  /** Forward all that arrives to another connection: a struct splice; gives the bytes so far. */
  SO_SPLICE: Uint8Array;
  /** Pass the time of arrival with each message, in microseconds. */
  SO_TIMESTAMP: boolean | number;
  /** Which timestamps to make and pass: SOF_TIMESTAMPING_*. (bits) */
  SO_TIMESTAMPING: number;
  /** SO_TIMESTAMPING, with 64-bit times in the messages. (bits) */
  SO_TIMESTAMPING_NEW: number;
  /** SO_TIMESTAMPING, with times as long as a pointer in the messages. (bits) */
  SO_TIMESTAMPING_OLD: number;
  /** Pass the time of arrival with each message, in nanoseconds. */
  SO_TIMESTAMPNS: boolean | number;
  /** SO_TIMESTAMPNS, with 64-bit times in the messages. */
  SO_TIMESTAMPNS_NEW: boolean | number;
  /** SO_TIMESTAMPNS, with times as long as a pointer in the messages. */
  SO_TIMESTAMPNS_OLD: boolean | number;
  /** Pass the monotonic time of arrival with each datagram. */
  SO_TIMESTAMP_MONOTONIC: boolean | number;
  /** SO_TIMESTAMP, with 64-bit times in the messages. */
  SO_TIMESTAMP_NEW: boolean | number;
  /** SO_TIMESTAMP, with times as long as a pointer in the messages. */
  SO_TIMESTAMP_OLD: boolean | number;
  /** Clock that SO_TIMESTAMP reads, SO_TS_*. */
  SO_TS_CLOCK: number;
  /** 1: choose another path when data is lost, 0: do not, -1: as the system is set. */
  SO_TXREHASH: number;
  /** Messages carry the time at which they are to be sent, on this clock. */
  SO_TXTIME: SockTxtime;
  /** Give a socket from AcceptEx the properties of the listening one, whose handle this is. */
  SO_UPDATE_ACCEPT_CONTEXT: Uint8Array;
  /** Make a socket from ConnectEx a connected one in every respect. */
  SO_UPDATE_CONNECT_CONTEXT: null;
  /** Bypass the hardware where possible. */
  SO_USELOOPBACK: boolean | number;
  /** Number that firewall rules can refer to. */
  SO_USER_COOKIE: number;
  /** Hint on receive that more data is ready. */
  SO_WANTMORE: boolean | number;
  /** Mark urgent data in the flags of a received message. */
  SO_WANTOOBFLAG: boolean | number;
  /** Report whether wireless frames were acknowledged. */
  SO_WIFI_STATUS: boolean | number;
  /** Allow MSG_ZEROCOPY. */
  SO_ZEROCOPY: boolean | number;
  /** Add an interface to the list of IP_IFLIST. (interface index) */
  IP_ADD_IFLIST: number;
  /** Join a multicast group, on an interface given by address or index. */
  IP_ADD_MEMBERSHIP: string | { group: string; interface?: string | number };
  /** Join a multicast group, for one source only. */
  IP_ADD_SOURCE_MEMBERSHIP: { group: string; source: string; interface?: string };
  /** Bind to addresses that are not local. */
  IP_BINDANY: boolean | number;
  /** Binding to port 0 leaves the choice of a port to connect, so that ports can be shared. */
  IP_BIND_ADDRESS_NO_PORT: boolean | number;
  /** Drop what one source sends to a multicast group. */
  IP_BLOCK_SOURCE: { group: string; source: string; interface?: string };
  /** Send and receive only through this interface. (interface index) */
  IP_BOUND_IF: number;
  /** Pass the checksum of each packet received. */
  IP_CHECKSUM: boolean | number;
  /** Remove an interface from the list of IP_IFLIST. (interface index) */
  IP_DEL_IFLIST: number;
  /** Set the don't-fragment bit. */
  IP_DONTFRAG: boolean | number;
  /** Set the don't-fragment bit. */
  IP_DONTFRAGMENT: boolean | number;
  /** Leave a multicast group. */
  IP_DROP_MEMBERSHIP: string | { group: string; interface?: string | number };
  /** Leave a multicast group, for one source. */
  IP_DROP_SOURCE_MEMBERSHIP: { group: string; source: string; interface?: string };
  /** Bind to addresses that are not local, or do not exist yet. */
  IP_FREEBIND: boolean | number;
  /** The program supplies the IP header (raw sockets). */
  IP_HDRINCL: boolean | number;
  /** Pass the time to live of each packet received. */
  IP_HOPLIMIT: boolean | number;
  /** Receive only through the interfaces that were listed. */
  IP_IFLIST: boolean | number;
  /** IPsec policy of the socket; on Linux only to be set. */
  IP_IPSEC_POLICY: Uint8Array;
  /** Range to choose a local port from; 0 stands for the system's bound. (port) */
  IP_LOCAL_PORT_RANGE: { low: number; high: number };
  /** Drop packets with a smaller time to live. (hops) */
  IP_MINTTL: number;
  /** The whole source filter of a multicast group. */
  IP_MSFILTER: SourceFilter;
  /** Path MTU discovery, IP_PMTUDISC_*; the numbers differ between Linux and Windows. */
  IP_MTU_DISCOVER: number;
  /** Receive from all groups joined on the system, not only from this socket's. */
  IP_MULTICAST_ALL: boolean | number;
  /** Interface to send multicast through, by address, or when set also by index. */
  IP_MULTICAST_IF: string | number;
  /** Interface to send multicast through. (interface index) */
  IP_MULTICAST_IFINDEX: number;
  /** Multicast that is sent comes back to local sockets. */
  IP_MULTICAST_LOOP: boolean | number;
  /** Time to live of multicast; -1 is the default. (hops) */
  IP_MULTICAST_TTL: number;
  /** Virtual interface to send multicast through. */
  IP_MULTICAST_VIF: number;
  /** Do not reassemble outgoing packets (raw sockets). */
  IP_NODEFRAG: boolean | number;
  /** Non-routable interface. (interface index) */
  IP_NRT_INTERFACE: number;
  /** Send broadcasts to 255.255.255.255. */
  IP_ONESBCAST: boolean | number;
  /** IP options of every packet sent. */
  IP_OPTIONS: Uint8Array;
  /** Pass the original destination of each datagram. */
  IP_ORIGDSTADDR: boolean | number;
  /** Pass the interface on which each packet arrived first. */
  IP_ORIGINAL_ARRIVAL_IF: boolean | number;
  /** Pass the security label of each datagram. */
  IP_PASSSEC: boolean | number;
  /** Pass the interface and the destination of each datagram. */
  IP_PKTINFO: boolean | number;
  /** Pass the interface, destination and protocol of each datagram. */
  IP_PKTINFO_EX: boolean | number;
  /** Range to choose a local port from: 0 default, 1 high, 2 low. */
  IP_PORTRANGE: number;
  /** Whom to accept connections from, PROTECTION_LEVEL_*. */
  IP_PROTECTION_LEVEL: number;
  /** Receive broadcasts. */
  IP_RECEIVE_BROADCAST: boolean | number;
  /** Pass the destination of each datagram. */
  IP_RECVDSTADDR: boolean | number;
  /** Pass the congestion marks of each datagram. */
  IP_RECVECN: boolean | number;
  /** Queue errors with the packets that caused them. */
  IP_RECVERR: boolean | number;
  /** Queue errors with their RFC 4884 extensions. */
  IP_RECVERR_RFC4884: boolean | number;
  /** Pass the flow identifier of each datagram. */
  IP_RECVFLOWID: boolean | number;
  /** Pass the size of the largest fragment of each datagram. */
  IP_RECVFRAGSIZE: boolean | number;
  /** Pass the interface on which each datagram arrived. */
  IP_RECVIF: boolean | number;
  /** Pass the IP options of each datagram. */
  IP_RECVOPTS: boolean | number;
  /** Pass the original destination of each datagram. */
  IP_RECVORIGDSTADDR: boolean | number;
  /** Pass the interface and the destination of each datagram. */
  IP_RECVPKTINFO: boolean | number;
  /** Pass the IP options of each datagram, unprocessed. */
  IP_RECVRETOPTS: boolean | number;
  /** Pass the receive queue of each datagram. */
  IP_RECVRSSBUCKETID: boolean | number;
  /** Pass the type of service of each datagram. */
  IP_RECVTCLASS: boolean | number;
  /** Pass the type of service of each datagram. */
  IP_RECVTOS: boolean | number;
  /** Pass the time to live of each datagram. */
  IP_RECVTTL: boolean | number;
  /** Linux: pass the IP options of each datagram, unprocessed. BSD: IP options to send. */
  IP_RETOPTS: boolean | number;
  /** Receive forwarded packets with the router alert option (raw sockets). */
  IP_ROUTER_ALERT: boolean | number;
  /** Stop receiving RSVP (raw sockets). */
  IP_RSVP_OFF: null;
  /** Receive RSVP (raw sockets). */
  IP_RSVP_ON: null;
  /** Stop receiving RSVP from a virtual interface. */
  IP_RSVP_VIF_OFF: number;
  /** Receive RSVP from a virtual interface. */
  IP_RSVP_VIF_ON: number;
  /** Receive without the IP header (raw sockets). */
  IP_STRIPHDR: boolean | number;
  /** Type of service, that is DSCP and congestion marks, of every packet sent. */
  IP_TOS: number;
  /** Background traffic. (bits) */
  IP_TRAFFIC_MGT_BACKGROUND: number;
  /** Accept connections to, and bind to, addresses of others (transparent proxies). */
  IP_TRANSPARENT: boolean | number;
  /** Time to live of every packet sent; -1 is the default. (hops) */
  IP_TTL: number;
  /** Undo IP_BLOCK_SOURCE. */
  IP_UNBLOCK_SOURCE: { group: string; source: string; interface?: string };
  /** Interface to send through, unless routing says otherwise. (interface index) */
  IP_UNICAST_IF: number;
  /** Upper limit of the path MTU. (bytes) */
  IP_USER_MTU: number;
  /** VLAN priority of every packet sent; -1 is the interface's. */
  IP_VLAN_PCP: number;
  /** Records of the connection's redirections. */
  IP_WFP_REDIRECT_RECORDS: Uint8Array;
  /** IPsec policy of the socket. */
  IP_XFRM_POLICY: Uint8Array;
  /** Add a multicast route: struct mfcctl. */
  MRT_ADD_MFC: Uint8Array;
  /** Add a multicast route with wildcards: struct mfcctl. */
  MRT_ADD_MFC_PROXY: Uint8Array;
  /** Add a virtual interface: struct vifctl. */
  MRT_ADD_VIF: Uint8Array;
  /** Report packets that arrive on the wrong interface. */
  MRT_ASSERT: boolean | number;
  /** Remove a multicast route: struct mfcctl. */
  MRT_DEL_MFC: Uint8Array;
  /** Remove a multicast route with wildcards: struct mfcctl. */
  MRT_DEL_MFC_PROXY: Uint8Array;
  /** Remove a virtual interface: struct vifctl. */
  MRT_DEL_VIF: Uint8Array;
  /** Stop multicast routing. */
  MRT_DONE: null;
  /** Remove multicast routes and virtual interfaces, MRT_FLUSH_*. (bits) */
  MRT_FLUSH: number;
  /** Make this raw IGMP socket the multicast router's; the value is 1. */
  MRT_INIT: number;
  /** Route for protocol-independent multicast. */
  MRT_PIM: boolean | number;
  /** Number of the multicast routing table. */
  MRT_TABLE: number;
  /** IPV6_RECVDSTOPTS of RFC 2292. */
  IPV6_2292DSTOPTS: boolean | number;
  /** IPV6_RECVHOPLIMIT of RFC 2292. */
  IPV6_2292HOPLIMIT: boolean | number;
  /** IPV6_RECVHOPOPTS of RFC 2292. */
  IPV6_2292HOPOPTS: boolean | number;
  /** IPV6_NEXTHOP of RFC 2292. */
  IPV6_2292NEXTHOP: Uint8Array;
  /** IPV6_RECVPKTINFO of RFC 2292. */
  IPV6_2292PKTINFO: boolean | number;
  /** Control messages for every packet sent; gives those that datagrams would carry. */
  IPV6_2292PKTOPTIONS: Uint8Array;
  /** IPV6_RECVRTHDR of RFC 2292. */
  IPV6_2292RTHDR: boolean | number;
  /** Address family; setting it to AF_INET makes the socket an IPv4 one. */
  IPV6_ADDRFORM: number;
  /** Which source addresses to prefer, IPV6_PREFER_SRC_* (RFC 5014). (bits) */
  IPV6_ADDR_PREFERENCES: number;
  /** Add an interface to the list of IPV6_IFLIST. (interface index) */
  IPV6_ADD_IFLIST: number;
  /** Join a multicast group. */
  IPV6_ADD_MEMBERSHIP: string | { group: string; interface?: number };
  /** Obsolete: authentication header. */
  IPV6_AUTHHDR: Uint8Array;
  /** Give each flow a label. */
  IPV6_AUTOFLOWLABEL: boolean | number;
  /** Bind to addresses that are not local. */
  IPV6_BINDANY: boolean | number;
  /** IPV6_V6ONLY, under its old name. */
  IPV6_BINDV6ONLY: boolean | number;
  /** Send and receive only through this interface. (interface index) */
  IPV6_BOUND_IF: number;
  /** Where the kernel puts the checksum (raw sockets); -1: it puts none. (bytes) */
  IPV6_CHECKSUM: number;
  /** Remove an interface from the list of IPV6_IFLIST. (interface index) */
  IPV6_DEL_IFLIST: number;
  /** Do not fragment packets; those that are too long fail with EMSGSIZE. */
  IPV6_DONTFRAG: boolean | number;
  /** Leave a multicast group. */
  IPV6_DROP_MEMBERSHIP: string | { group: string; interface?: number };
  /** Destination options of every packet sent. */
  IPV6_DSTOPTS: Uint8Array;
  /** Pass the flow label of each datagram. */
  IPV6_FLOWINFO: boolean | number;
  /** Send with the flow label in the destination address. */
  IPV6_FLOWINFO_SEND: boolean | number;
  /** Request, renew or release a flow label. */
  IPV6_FLOWLABEL_MGR: In6FlowlabelReq;
  /** Bind to addresses that are not local, or do not exist yet. */
  IPV6_FREEBIND: boolean | number;
  /** The program supplies the IPv6 header (raw sockets). */
  IPV6_HDRINCL: boolean | number;
  /** Hop limit of every packet sent; on Linux only in control messages. Windows: IPV6_RECVHOPLIMIT. (hops) */
  IPV6_HOPLIMIT: number;
  /** Hop-by-hop options of every packet sent. Windows: whether to pass those received. */
  IPV6_HOPOPTS: Uint8Array;
  /** Receive only through the interfaces that were listed. */
  IPV6_IFLIST: boolean | number;
  /** IPsec policy of the socket; on Linux only to be set. */
  IPV6_IPSEC_POLICY: Uint8Array;
  /** Join an anycast group. */
  IPV6_JOIN_ANYCAST: string | { group: string; interface?: number };
  /** Join a multicast group, on an interface given by index. */
  IPV6_JOIN_GROUP: string | { group: string; interface?: number };
  /** Leave an anycast group. */
  IPV6_LEAVE_ANYCAST: string | { group: string; interface?: number };
  /** Leave a multicast group. */
  IPV6_LEAVE_GROUP: string | { group: string; interface?: number };
  /** Drop packets with a smaller hop limit. (hops) */
  IPV6_MINHOPCOUNT: number;
  /** Path MTU of the connection; setting it lowers the MTU of this socket. (bytes) */
  IPV6_MTU: number;
  /** Path MTU discovery, IPV6_PMTUDISC_*; the numbers differ between Linux and Windows. */
  IPV6_MTU_DISCOVER: number;
  /** Receive from all groups joined on the system, not only from this socket's. */
  IPV6_MULTICAST_ALL: boolean | number;
  /** Hop limit of multicast; -1 is the default. (hops) */
  IPV6_MULTICAST_HOPS: number;
  /** Interface to send multicast through. (interface index) */
  IPV6_MULTICAST_IF: number;
  /** Multicast that is sent comes back to local sockets. */
  IPV6_MULTICAST_LOOP: boolean | number;
  /** Router to send through, as a sockaddr; on Linux only in control messages. */
  IPV6_NEXTHOP: Uint8Array;
  /** Non-routable interface. (interface index) */
  IPV6_NRT_INTERFACE: number;
  /** Pass the original destination of each datagram. */
  IPV6_ORIGDSTADDR: boolean | number;
  /** Source of every packet sent; on Linux only to be set. Windows: IPV6_RECVPKTINFO. */
  IPV6_PKTINFO: In6Pktinfo;
  /** Pass the interface, destination and protocol of each datagram. */
  IPV6_PKTINFO_EX: boolean | number;
  /** Range to choose a local port from: 0 default, 1 high, 2 low. */
  IPV6_PORTRANGE: number;
  /** Prefer temporary source addresses: 1 yes, 0 no, -1 as the system is set. */
  IPV6_PREFER_TEMPADDR: number;
  /** Whom to accept connections from, PROTECTION_LEVEL_*. */
  IPV6_PROTECTION_LEVEL: number;
  /** Pass the destination of each datagram. */
  IPV6_RECVDSTADDR: boolean | number;
  /** Pass the destination options of each datagram. */
  IPV6_RECVDSTOPTS: boolean | number;
  /** Pass the congestion marks of each datagram. */
  IPV6_RECVECN: boolean | number;
  /** Queue errors with the packets that caused them. */
  IPV6_RECVERR: boolean | number;
  /** Queue errors with their RFC 4884 extensions. */
  IPV6_RECVERR_RFC4884: boolean | number;
  /** Pass the flow identifier of each datagram. */
  IPV6_RECVFLOWID: boolean | number;
  /** Pass the size of the largest fragment of each datagram. */
  IPV6_RECVFRAGSIZE: boolean | number;
  /** Pass the hop limit of each datagram. */
  IPV6_RECVHOPLIMIT: boolean | number;
  /** Pass the hop-by-hop options of each datagram. */
  IPV6_RECVHOPOPTS: boolean | number;
  /** Pass the interface on which each datagram arrived. */
  IPV6_RECVIF: boolean | number;
  /** Pass the original destination of each datagram. */
  IPV6_RECVORIGDSTADDR: boolean | number;
  /** Pass changes of the path MTU. */
  IPV6_RECVPATHMTU: boolean | number;
  /** Pass the interface and the destination of each datagram. */
  IPV6_RECVPKTINFO: boolean | number;
  /** Pass the receive queue of each datagram. */
  IPV6_RECVRSSBUCKETID: boolean | number;
  /** Pass the routing header of each datagram. */
  IPV6_RECVRTHDR: boolean | number;
  /** Pass the traffic class of each datagram. */
  IPV6_RECVTCLASS: boolean | number;
  /** Receive forwarded packets with this router alert value (raw sockets); -1: none. */
  IPV6_ROUTER_ALERT: number;
  /** Router alerts only from the socket's own network namespace. */
  IPV6_ROUTER_ALERT_ISOLATE: boolean | number;
  /** Routing header of every packet sent. Windows: whether to pass those received. */
  IPV6_RTHDR: Uint8Array;
  /** Destination options before the routing header. */
  IPV6_RTHDRDSTOPTS: Uint8Array;
  /** Traffic class of every packet sent; -1 is the default. */
  IPV6_TCLASS: number;
  /** Accept connections to, and bind to, addresses of others (transparent proxies). */
  IPV6_TRANSPARENT: boolean | number;
  /** Hop limit of every packet sent; -1 is the default. (hops) */
  IPV6_UNICAST_HOPS: number;
  /** Interface to send through, unless routing says otherwise. (interface index) */
  IPV6_UNICAST_IF: number;
  /** Upper limit of the path MTU. (bytes) */
  IPV6_USER_MTU: number;
  /** Send with the least MTU: 1 always, 0 never, -1 for multicast only. */
  IPV6_USE_MIN_MTU: number;
  /** No IPv4 through this socket. */
  IPV6_V6ONLY: boolean | number;
  /** VLAN priority of every packet sent; -1 is the interface's. */
  IPV6_VLAN_PCP: number;
  /** Records of the connection's redirections. */
  IPV6_WFP_REDIRECT_RECORDS: Uint8Array;
  /** IPsec policy of the socket. */
  IPV6_XFRM_POLICY: Uint8Array;
  /** Add a multicast route: struct mf6cctl. */
  MRT6_ADD_MFC: Uint8Array;
  /** Add a multicast route with wildcards: struct mf6cctl. */
  MRT6_ADD_MFC_PROXY: Uint8Array;
  /** Add a virtual interface: struct mif6ctl. */
  MRT6_ADD_MIF: Uint8Array;
  /** Report packets that arrive on the wrong interface. */
  MRT6_ASSERT: boolean | number;
  /** Remove a multicast route: struct mf6cctl. */
  MRT6_DEL_MFC: Uint8Array;
  /** Remove a multicast route with wildcards: struct mf6cctl. */
  MRT6_DEL_MFC_PROXY: Uint8Array;
  /** Remove a virtual interface: its number, an unsigned short. */
  MRT6_DEL_MIF: Uint8Array;
  /** Stop multicast routing. */
  MRT6_DONE: null;
  /** Remove multicast routes and virtual interfaces, MRT6_FLUSH_*. (bits) */
  MRT6_FLUSH: number;
  /** Make this raw ICMPv6 socket the multicast router's; the value is 1. */
  MRT6_INIT: number;
  /** Route for protocol-independent multicast. */
  MRT6_PIM: boolean | number;
  /** Number of the multicast routing table. */
  MRT6_TABLE: number;
  /** Drop what one source sends to a group. */
  MCAST_BLOCK_SOURCE: { group: string; source: string; interface?: number };
  /** Join a group, on an interface given by index. */
  MCAST_JOIN_GROUP: string | { group: string; interface?: number };
  /** Join a group, for one source only. */
  MCAST_JOIN_SOURCE_GROUP: { group: string; source: string; interface?: number };
  /** Leave a group. */
  MCAST_LEAVE_GROUP: string | { group: string; interface?: number };
  /** Leave a group, for one source. */
  MCAST_LEAVE_SOURCE_GROUP: { group: string; source: string; interface?: number };
  /** The whole source filter of a group. */
  MCAST_MSFILTER: SourceFilter;
  /** Undo MCAST_BLOCK_SOURCE. */
  MCAST_UNBLOCK_SOURCE: { group: string; source: string; interface?: number };
  /** How long a connection may stay without a window to send into. (s) */
  PERSIST_TIMEOUT: number;
  /** Add a key of the authentication option (RFC 5925). */
  TCP_AO_ADD_KEY: TcpAoAdd;
  /** Remove a key of the authentication option. */
  TCP_AO_DEL_KEY: TcpAoDel;
  /** Settings and counters of the authentication option. */
  TCP_AO_INFO: TcpAoInfoOpt;
  /** Sequence numbers of the authentication option, under TCP_REPAIR. */
  TCP_AO_REPAIR: TcpAoRepair;
  /** Urgent data as BSD has it. */
  TCP_BSDURGENT: boolean | number;
  /** Parameters of the congestion control algorithm. */
  TCP_CCALGOOPT: Uint8Array;
  /** TCP_INQ, under the name of its control message. */
  TCP_CM_INQ: boolean | number;
  /** Congestion control algorithm. */
  TCP_CONGESTION: string;
  /** Congestion control algorithm, by number. */
  TCP_CONGESTION_ALGORITHM: number;
  /** How long connect tries. (s) */
  TCP_CONNECTIONTIMEOUT: number;
  /** Removed in Linux 3.10. */
  TCP_COOKIE_TRANSACTIONS: Uint8Array;
  /** Send only full segments, until it is switched off or 200 ms have passed. */
  TCP_CORK: boolean | number;
  /** A connection is accepted only once data has arrived, for at most so long. (s) */
  TCP_DEFER_ACCEPT: number;
  /** Delay acknowledgements. */
  TCP_DELACK: boolean | number;
  /** Longest delay of an acknowledgement. (µs) */
  TCP_DELACK_MAX_US: number;
  /** Delay the acknowledgement of the peer's end. */
  TCP_DELAY_FIN_ACK: boolean | number;
  /** Use explicit congestion notification. */
  TCP_ENABLE_ECN: boolean | number;
  /** Urgent data as RFC 1122 has it. */
  TCP_EXPEDITED_1122: boolean | number;
  /** An ICMP error ends an attempt to connect. */
  TCP_FAIL_CONNECT_ON_ICMP_ERROR: boolean | number;
  /** Data in the first packet. Linux: most such connections pending on a listener; else 0 or 1. (connections) */
  TCP_FASTOPEN: number;
  /** connect only prepares: the first write connects, with its data in the first packet. */
  TCP_FASTOPEN_CONNECT: boolean | number;
  /** Key of the cookies, 16 bytes, or 32 with a backup key. */
  TCP_FASTOPEN_KEY: Uint8Array;
  /** Fast open without cookies. */
  TCP_FASTOPEN_NO_COOKIE: boolean | number;
  /** Take the peer's end for a reset. */
  TCP_FIN_IS_RST: boolean | number;
  /** TCP stack of the connection. */
  TCP_FUNCTION_BLK: TcpFunctionSet;
  /** Reduce the congestion window after a pause. */
  TCP_IDLE_REDUCE: boolean | number;
  /** Pass the number of bytes left to read with each receive. */
  TCP_INQ: boolean | number;
  /** Initial congestion window. (bytes) */
  TCP_IWND_NB: number;
  /** Initial congestion window. (segments) */
  TCP_IWND_NSEG: number;
  /** TCP_KEEPIDLE, under the name that macOS has for it. (s) */
  TCP_KEEPALIVE: number;
  /** Unanswered probes after which a connection is given up. (probes) */
  TCP_KEEPCNT: number;
  /** Idle time before the first probe of SO_KEEPALIVE. (s) */
  TCP_KEEPIDLE: number;
  /** How long connect tries. (s) */
  TCP_KEEPINIT: number;
  /** Time between probes. (s) */
  TCP_KEEPINTVL: number;
  /** How long a closed connection waits for the peer's end; -1: not at all. (s) */
  TCP_LINGER2: number;
  /** Event logging of the connection. */
  TCP_LOG: number;
  /** Dump the logged events, for this reason. */
  TCP_LOGDUMP: string;
  /** Dump the logged events of all connections with the same TCP_LOGID. */
  TCP_LOGDUMPID: string;
  /** Name that related connections share. */
  TCP_LOGID: string;
  /** Most records in the log. (records) */
  TCP_LOG_LIMIT: number;
  /** Detect lost retransmissions. */
  TCP_LRD: boolean | number;
  /** How long unacknowledged data is sent again; -1: for ever. (s) */
  TCP_MAXRT: number;
  /** How long unacknowledged data is sent again. (ms) */
  TCP_MAXRTMS: number;
  /** Largest segment; to be set before connecting. (bytes) */
  TCP_MAXSEG: number;
  /** How long a connection lives without progress. (s) */
  TCP_MAXUNACKTIME: number;
  /** Sign segments (RFC 2385). Linux: the key for one peer, set only; FreeBSD: on or off. */
  TCP_MD5SIG: TcpMd5sig;
  /** TCP_MD5SIG for a network of peers, or an interface. */
  TCP_MD5SIG_EXT: TcpMd5sig;
  /** Send small segments at once (no Nagle algorithm). */
  TCP_NODELAY: boolean | number;
  /** Send no TCP options. */
  TCP_NOOPT: boolean | number;
  /** Hold a partial segment back, as TCP_CORK does on Linux. */
  TCP_NOPUSH: boolean | number;
  /** connect tries only once. */
  TCP_NOSYNRETRIES: boolean | number;
  /** The socket counts as writable while less than this waits unsent. (bytes) */
  TCP_NOTSENT_LOWAT: number;
  /** No urgent data. */
  TCP_NOURG: boolean | number;
  /** Whether a device may take the connection over: 0 either, 1 no, 2 yes. */
  TCP_OFFLOAD_PREFERENCE: number;
  /** Received packets to keep for debugging. (packets) */
  TCP_PCAP_IN: number;
  /** Sent packets to keep for debugging. (packets) */
  TCP_PCAP_OUT: number;
  /** Sequence number of the queue chosen by TCP_REPAIR_QUEUE. */
  TCP_QUEUE_SEQ: number;
  /** Acknowledge at once; the kernel may leave this mode again. */
  TCP_QUICKACK: boolean | number;
  /** Port for TCP inside UDP; 0: none. (port) */
  TCP_REMOTE_UDP_ENCAPS_PORT: number;
  /** State can be read and written, for a connection to move; -1 leaves without probing. */
  TCP_REPAIR: boolean | number;
  /** TCP options of a connection under repair. */
  TCP_REPAIR_OPTIONS: TcpRepairOpt[];
  /** Queue under repair: 0 none, 1 receive, 2 send. */
  TCP_REPAIR_QUEUE: number;
  /** Windows of a connection under repair. */
  TCP_REPAIR_WINDOW: TcpRepairWindow;
  /** NUMA domain of a listener with SO_REUSEPORT_LB. */
  TCP_REUSPORT_LB_NUMA: number;
  /** Longest retransmission timeout. (ms) */
  TCP_RTO_MAX_MS: number;
  /** Shortest retransmission timeout. (µs) */
  TCP_RTO_MIN_US: number;
  /** How long unacknowledged data is sent again. (s) */
  TCP_RXT_CONNDROPTIME: number;
  /** Give the connection up after its end was sent three times. */
  TCP_RXT_FINDROP: boolean | number;
  /** A listener saves the headers that begin connections: 1 IP and TCP, 2 all. */
  TCP_SAVE_SYN: number;
  /** Acknowledge every other segment. */
  TCP_SENDMOREACKS: boolean | number;
  /** Urgent data as RFC 1122 has it. */
  TCP_STDURG: boolean | number;
  /** How often connect tries again. (retries) */
  TCP_SYNCNT: number;
  /** Removed in Linux 4.16: retransmit thin streams early; has no effect. */
  TCP_THIN_DUPACK: boolean | number;
  /** Retransmit thin streams without longer and longer pauses. */
  TCP_THIN_LINEAR_TIMEOUTS: boolean | number;
  /** Timestamp clock of the connection, under TCP_REPAIR. */
  TCP_TIMESTAMP: number;
  /** Use TCP timestamps. */
  TCP_TIMESTAMPS: boolean | number;
  /** Delay everything sent, to test with. (µs) */
  TCP_TX_DELAY: number;
  /** Protocol above TCP, such as tls; it cannot be taken away again. */
  TCP_ULP: string;
  /** How long data may stay unacknowledged before the connection ends; 0 is the default. (ms) */
  TCP_USER_TIMEOUT: number;
  /** Upper bound of the window. (bytes) */
  TCP_WINDOW_CLAMP: number;
  /** How much of a datagram the checksum covers; 0: all. (bytes) */
  UDP_CHECKSUM_COVERAGE: number;
  /** Gather what is sent into one datagram, until it is switched off. */
  UDP_CORK: boolean | number;
  /** Take arriving datagrams for encapsulated packets, UDP_ENCAP_*. */
  UDP_ENCAP: number;
  /** Receive several datagrams at once, with their size in a control message. */
  UDP_GRO: boolean | number;
  /** Send without checksums. */
  UDP_NOCHECKSUM: boolean | number;
  /** Send without checksums. */
  UDP_NOCKSUM: boolean | number;
  /** Accept IPv6 datagrams without checksums. */
  UDP_NO_CHECK6_RX: boolean | number;
  /** Send IPv6 datagrams without checksums. */
  UDP_NO_CHECK6_TX: boolean | number;
  /** Receive several datagrams at once, up to this size; 0: off. (bytes) */
  UDP_RECV_MAX_COALESCED_SIZE: number;
  /** Size of the datagrams that one send is cut into; 0: off. (bytes) */
  UDP_SEGMENT: number;
  /** Size of the datagrams that one send is cut into; 0: off. (bytes) */
  UDP_SEND_MSG_SIZE: number;
  /** Which ICMP messages not to receive, one bit for each type. (bits) */
  ICMP_FILTER: number;
  /** Eight words with one bit for each ICMPv6 type: on Linux not to be received, else to be. (bits) */
  ICMP6_FILTER: number[];
  /** ICMP6_FILTER, under its name in the kernel. (bits) */
  ICMPV6_FILTER: number[];
  /** connect waits until the peer has accepted. */
  LOCAL_CONNWAIT: boolean | number;
  /** Pass the sender's credentials with the first message. */
  LOCAL_CREDS: boolean | number;
  /** Pass the sender's credentials with every message. */
  LOCAL_CREDS_PERSISTENT: boolean | number;
}
