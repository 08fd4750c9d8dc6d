// Does natively what the tests of the option table do: see engine.h for the commands. One more of its own:
//
//   layout NAME   the structure as the kernel's headers have it: its size, then FIELD:OFFSET:SIZE or, for a bit-field,
//                 FIELD:UNIT_OFFSET:UNIT_SIZE:SHIFT:WIDTH
#include "engine.h"

#include <linux/in6.h>
#include <linux/inet_diag.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

static void field(const char *name, size_t offset, size_t size) {
  printf(" %s:%zu:%zu", name, offset, size);
}

// Where the only bits of a structure lie.
static void bits(const char *name, const unsigned char *bytes, size_t size, size_t unit) {
  size_t first = size * 8, last = 0;
  for (size_t bit = 0; bit < size * 8; bit++) {
    if (!(bytes[bit / 8] >> bit % 8 & 1)) continue;
    if (bit < first) first = bit;
    last = bit;
  }
  size_t start = first / 8 / unit * unit;
  printf(" %s:%zu:%zu:%zu:%zu", name, start, unit, first - 8 * start, last - first + 1);
}

#define BEGIN(type) if (strcmp(name, #type) == 0) { typedef struct type it; printf("%zu", sizeof(it));
#define F(member) field(#member, offsetof(it, member), sizeof(((it *)0)->member));
#define B(member, unit) { it value; memset(&value, 0, sizeof value); value.member = -1; bits(#member, (unsigned char *)&value, sizeof value, unit); }
#define END putchar('\n'); return; }

#pragma GCC diagnostic ignored "-Woverflow"

static void layout(const char *name) {
  BEGIN(ucred) F(pid) F(uid) F(gid) END
  BEGIN(linger) F(l_onoff) F(l_linger) END
  BEGIN(sock_txtime) F(clockid) F(flags) END
  BEGIN(tcp_repair_opt) F(opt_code) F(opt_val) END
  BEGIN(tcp_repair_window) F(snd_wl1) F(snd_wnd) F(max_window) F(rcv_wnd) F(rcv_wup) END
  BEGIN(tcp_bbr_info) F(bbr_bw_lo) F(bbr_bw_hi) F(bbr_min_rtt) F(bbr_pacing_gain) F(bbr_cwnd_gain) END
  BEGIN(tcp_md5sig) F(tcpm_addr) F(tcpm_flags) F(tcpm_prefixlen) F(tcpm_keylen) F(tcpm_ifindex) F(tcpm_key) END
  BEGIN(in6_flowlabel_req)
    F(flr_dst) F(flr_label) F(flr_action) F(flr_share) F(flr_flags) F(flr_expires) F(flr_linger)
  END
  BEGIN(ip6_mtuinfo) F(ip6m_addr) F(ip6m_mtu) END
  BEGIN(in6_pktinfo) F(ipi6_addr) F(ipi6_ifindex) END
  if (strcmp(name, "sk_meminfo") == 0) {
    printf("%zu", 4 * (size_t)SK_MEMINFO_VARS);
    field("rmem_alloc", 4 * SK_MEMINFO_RMEM_ALLOC, 4);
    field("rcvbuf", 4 * SK_MEMINFO_RCVBUF, 4);
    field("wmem_alloc", 4 * SK_MEMINFO_WMEM_ALLOC, 4);
    field("sndbuf", 4 * SK_MEMINFO_SNDBUF, 4);
    field("fwd_alloc", 4 * SK_MEMINFO_FWD_ALLOC, 4);
    field("wmem_queued", 4 * SK_MEMINFO_WMEM_QUEUED, 4);
    field("optmem", 4 * SK_MEMINFO_OPTMEM, 4);
    field("backlog", 4 * SK_MEMINFO_BACKLOG, 4);
    field("drops", 4 * SK_MEMINFO_DROPS, 4);
    END
  // As far as the headers of Linux 6.1 know it; later kernels have put more behind it.
  BEGIN(tcp_info)
    F(tcpi_state) F(tcpi_ca_state) F(tcpi_retransmits) F(tcpi_probes) F(tcpi_backoff) F(tcpi_options)
    B(tcpi_snd_wscale, 1) B(tcpi_rcv_wscale, 1) B(tcpi_delivery_rate_app_limited, 1) B(tcpi_fastopen_client_fail, 1)
    F(tcpi_rto) F(tcpi_ato) F(tcpi_snd_mss) F(tcpi_rcv_mss) F(tcpi_unacked) F(tcpi_sacked) F(tcpi_lost) F(tcpi_retrans)
    F(tcpi_fackets) F(tcpi_last_data_sent) F(tcpi_last_ack_sent) F(tcpi_last_data_recv) F(tcpi_last_ack_recv)
    F(tcpi_pmtu) F(tcpi_rcv_ssthresh) F(tcpi_rtt) F(tcpi_rttvar) F(tcpi_snd_ssthresh) F(tcpi_snd_cwnd) F(tcpi_advmss)
    F(tcpi_reordering) F(tcpi_rcv_rtt) F(tcpi_rcv_space) F(tcpi_total_retrans) F(tcpi_pacing_rate)
    F(tcpi_max_pacing_rate) F(tcpi_bytes_acked) F(tcpi_bytes_received) F(tcpi_segs_out) F(tcpi_segs_in)
    F(tcpi_notsent_bytes) F(tcpi_min_rtt) F(tcpi_data_segs_in) F(tcpi_data_segs_out) F(tcpi_delivery_rate)
    F(tcpi_busy_time) F(tcpi_rwnd_limited) F(tcpi_sndbuf_limited) F(tcpi_delivered) F(tcpi_delivered_ce)
    F(tcpi_bytes_sent) F(tcpi_bytes_retrans) F(tcpi_dsack_dups) F(tcpi_reord_seen) F(tcpi_rcv_ooopack) F(tcpi_snd_wnd)
  END
  puts("UNKNOWN");
}

static int own_command(const struct command *command) {
  if (strcmp(word(command, 0), "layout") != 0) return 0;
  layout(word(command, 1));
  return 1;
}

int main(void) {
  return run_commands(own_command);
}
