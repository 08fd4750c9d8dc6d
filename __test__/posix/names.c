// getnameinfo, gethostbyname and its kin, services, interfaces.
#include "common.h"
#include <net/if.h>

static const char *eai(int code) {
  switch (code) {
    case 0: return "ok";
    case EAI_NONAME: return "EAI_NONAME";
    case EAI_FAMILY: return "EAI_FAMILY";
    case EAI_OVERFLOW: return "EAI_OVERFLOW";
    case EAI_BADFLAGS: return "EAI_BADFLAGS";
    case EAI_AGAIN: return "EAI_AGAIN";
    default: return "another";
  }
}

static void back(const char *name, const void *address, socklen_t length, int room, int service_room, int flags) {
  char host[256] = "", service[64] = "";
  int code = getnameinfo(address, length, room ? host : NULL, (socklen_t)room, service_room ? service : NULL,
                         (socklen_t)service_room, flags);
  say(name, "%s [%s] [%s]", eai(code), code ? "" : host, code ? "" : service);
}

static void host(const char *name) {
  struct hostent *found = gethostbyname(name);
  if (!found) {
    say(name, "%s", h_errno == HOST_NOT_FOUND ? "HOST_NOT_FOUND" : h_errno == NO_DATA ? "NO_DATA" : h_errno == TRY_AGAIN ? "TRY_AGAIN" : "another error");
    return;
  }
  char text[64];
  inet_ntop(found->h_addrtype, found->h_addr_list[0], text, sizeof text);
  say(name, "%s, type %d, length %d, %s", text, found->h_addrtype, found->h_length, found->h_name);
}

int main(void) {
  begin();
  struct sockaddr_in in = ipv4("127.0.0.1", 80);
  struct sockaddr_in6 in6 = ipv6("::1", 443);
  back("numbers", &in, sizeof in, 256, 64, NI_NUMERICHOST | NI_NUMERICSERV);
  back("IPv6", &in6, sizeof in6, 256, 64, NI_NUMERICHOST | NI_NUMERICSERV);
  back("a service's name", &in, sizeof in, 256, 64, NI_NUMERICHOST);
  back("a host's name", &in, sizeof in, 256, 64, NI_NUMERICSERV);
  back("host alone", &in, sizeof in, 256, 0, NI_NUMERICHOST);
  back("service alone", &in, sizeof in, 0, 64, NI_NUMERICSERV);
  back("little room", &in, sizeof in, 4, 64, NI_NUMERICHOST);
  back("little room for the service", &in, sizeof in, 256, 2, NI_NUMERICHOST | NI_NUMERICSERV);
  back("too short an address", &in, 4, 256, 64, NI_NUMERICHOST);
  struct sockaddr_in odd = in;
  odd.sin_family = 77;
  back("another family", &odd, sizeof odd, 256, 64, NI_NUMERICHOST);
  in = ipv4("127.9.8.7", 9);
  back("datagram service", &in, sizeof in, 256, 64, NI_NUMERICHOST | NI_DGRAM);

  host("127.0.0.1");
  host("localhost");
  host("no-such-host.invalid");
  struct hostent *found = gethostbyname2("::1", AF_INET6);
  say_count("gethostbyname2", found ? found->h_length : -1);
  struct hostent space, *result;
  char buffer[1024];
  int error = 0;
  say_count("gethostbyname_r", gethostbyname_r("127.0.0.1", &space, buffer, sizeof buffer, &result, &error));
  say_yes("it found it", result && !strcmp(inet_ntoa(*(struct in_addr *)result->h_addr_list[0]), "127.0.0.1"));
  say_yes("no second address", result && !result->h_addr_list[1]);

  unsigned index = if_nametoindex("lo");
  say_yes("if_nametoindex", index > 0);
  char name[IF_NAMESIZE];
  say("if_indextoname", "%s", if_indextoname(index, name) ? name : "none");
  errno = 0;
  say_count("no such interface", if_nametoindex("no-such") ? 0 : -1);
  say_yes("no such index", !if_indextoname(987654, name));

  struct servent *service = getservbyname("http", "tcp");
  say_count("getservbyname", service ? ntohs((uint16_t)service->s_port) : -1);
  return 0;
}
