// Names and numbers: what the host's resolver says, and the resolver's own errors.
// peer: echo
#include "common.h"

static const char *gai_name(int code) {
  switch (code) {
    case 0: return "ok";
    case EAI_AGAIN: return "EAI_AGAIN";
    case EAI_BADFLAGS: return "EAI_BADFLAGS";
    case EAI_FAIL: return "EAI_FAIL";
    case EAI_FAMILY: return "EAI_FAMILY";
    case EAI_MEMORY: return "EAI_MEMORY";
    case EAI_NONAME: return "EAI_NONAME";
    case EAI_OVERFLOW: return "EAI_OVERFLOW";
    case EAI_SERVICE: return "EAI_SERVICE";
    case EAI_SOCKTYPE: return "EAI_SOCKTYPE";
    case EAI_SYSTEM: return "EAI_SYSTEM";
    default: return "another error";
  }
}

static const char *address_text(const struct sockaddr *address) {
  static char text[INET6_ADDRSTRLEN + 32];
  char host[INET6_ADDRSTRLEN] = "?";
  int port = -1;
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)address;
    inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
    port = ntohs(in->sin_port);
  } else if (address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
    inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
    port = ntohs(in6->sin6_port);
  }
  snprintf(text, sizeof text, "%s port %d", host, port);
  return text;
}

// One line: the first result, or the error.
static void look(const char *name, const char *host, const char *service, int family, int flags) {
  struct addrinfo hints, *list = NULL;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  int code = getaddrinfo(host, service, &hints, &list);
  if (code) {
    say(name, "%s", gai_name(code));
    return;
  }
  say(name, "%s, %s, %s, %s, length %u", address_text(list->ai_addr), list->ai_family == AF_INET ? "AF_INET" : list->ai_family == AF_INET6 ? "AF_INET6" : "another family",
      list->ai_socktype == SOCK_STREAM ? "SOCK_STREAM" : "another type", list->ai_protocol == IPPROTO_TCP ? "IPPROTO_TCP" : "another protocol", (unsigned)list->ai_addrlen);
  freeaddrinfo(list);
}

int main(int argc, char **argv) {
  begin();
  char port[16];
  snprintf(port, sizeof port, "%d", peer_port(argc, argv));

  look("IPv4 address", "192.0.2.33", "80", AF_UNSPEC, 0);
  look("IPv6 address", "2001:db8::33", "443", AF_UNSPEC, 0);
  look("IPv6 address in long form", "2001:0db8:0000:0000:0000:0000:0000:0033", "443", AF_UNSPEC, 0);
  look("address without a service", "192.0.2.33", NULL, AF_UNSPEC, 0);
  look("localhost, IPv4", "localhost", "7", AF_INET, 0);
  look("LOCALHOST in capitals", "LOCALHOST", "7", AF_INET, 0);
  look("AI_NUMERICHOST on an address", "127.0.0.9", "80", AF_UNSPEC, AI_NUMERICHOST);
  look("AI_NUMERICHOST on a name", "localhost", "80", AF_UNSPEC, AI_NUMERICHOST);
  look("AI_NUMERICSERV on a name", "127.0.0.1", "http", AF_UNSPEC, AI_NUMERICSERV);
  look("no host", NULL, "80", AF_INET, 0);
  look("no host, AI_PASSIVE", NULL, "80", AF_INET, AI_PASSIVE);
  look("no host, IPv6", NULL, "80", AF_INET6, 0);
  look("no host, IPv6, AI_PASSIVE", NULL, "80", AF_INET6, AI_PASSIVE);
  look("neither host nor service", NULL, NULL, AF_UNSPEC, 0);
  look("unknown service", "127.0.0.1", "no-such-service", AF_UNSPEC, 0);
  look("unknown family", "127.0.0.1", "80", 99, 0);
  look("unknown flags", "127.0.0.1", "80", AF_UNSPEC, 0x4000000);

  struct addrinfo hints, *list = NULL;
  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  int code = getaddrinfo("invalid.invalid", "80", &hints, &list);
  say_yes("a name that does not exist fails", code != 0);
  code = getaddrinfo("256.256.256.256.invalid", "80", &hints, &list);
  say_yes("so does what looks like an address and is none", code != 0);

  hints.ai_flags = AI_CANONNAME;
  code = getaddrinfo("192.0.2.33", "80", &hints, &list);
  say("AI_CANONNAME", "%s", code ? gai_name(code) : list->ai_canonname ? list->ai_canonname : "none");
  if (!code) freeaddrinfo(list);

  // Resolve, connect, talk.
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  code = getaddrinfo("localhost", port, &hints, &list);
  say("localhost and the peer's port", "%s", gai_name(code));
  int fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
  say_ok("connect to the first result", connect(fd, list->ai_addr, list->ai_addrlen));
  freeaddrinfo(list);
  send_text(fd, "by name");
  char buffer[64];
  long count = read_exactly(fd, buffer, 7);
  say("echo", "%.*s", (int)(count < 0 ? 0 : count), buffer);
  close(fd);

  struct hostent *host = gethostbyname("localhost");
  say("gethostbyname localhost", "%s", host ? inet_ntoa(*(struct in_addr *)host->h_addr_list[0]) : "none");
  host = gethostbyname("198.51.100.7");
  say("gethostbyname of an address", "%s", host ? inet_ntoa(*(struct in_addr *)host->h_addr_list[0]) : "none");

  char name[256], service[32];
  struct sockaddr_in in = ipv4("192.0.2.44", 8080);
  code = getnameinfo((struct sockaddr *)&in, sizeof in, name, sizeof name, service, sizeof service, NI_NUMERICHOST | NI_NUMERICSERV);
  say("getnameinfo IPv4", "%s", code ? gai_name(code) : name);
  say("its service", "%s", code ? gai_name(code) : service);
  struct sockaddr_in6 in6 = ipv6("2001:db8::44", 8443);
  code = getnameinfo((struct sockaddr *)&in6, sizeof in6, name, sizeof name, service, sizeof service, NI_NUMERICHOST | NI_NUMERICSERV);
  say("getnameinfo IPv6", "%s", code ? gai_name(code) : name);
  say("its service", "%s", code ? gai_name(code) : service);
  return 0;
}
