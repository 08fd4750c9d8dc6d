// getifaddrs: the loopback interface has its addresses.
#include "common.h"
#include <ifaddrs.h>
#include <net/if.h>

int main(void) {
  begin();
  struct ifaddrs *list = NULL;
  say_ok("getifaddrs", getifaddrs(&list));
  int ipv4_found = 0, named = 1, all = 0;
  for (struct ifaddrs *at = list; at; at = at->ifa_next) {
    all++;
    named &= at->ifa_name && if_nametoindex(at->ifa_name) > 0;
    if (strcmp(at->ifa_name, "lo") || !at->ifa_addr || at->ifa_addr->sa_family != AF_INET) continue;
    struct sockaddr_in *address = (struct sockaddr_in *)at->ifa_addr, *mask = (struct sockaddr_in *)at->ifa_netmask;
    if (ipv4_found++) continue;
    say("lo", "%s", inet_ntoa(address->sin_addr));
    say("its mask", "%s", mask ? inet_ntoa(mask->sin_addr) : "none");
    say("its flags", "%s%s%s", at->ifa_flags & IFF_UP ? "up " : "", at->ifa_flags & IFF_LOOPBACK ? "loopback " : "",
        at->ifa_flags & IFF_RUNNING ? "running" : "");
  }
  say_yes("found", ipv4_found > 0);
  say_yes("all have names", named && all > 0);
  freeifaddrs(list);
  return 0;
}
