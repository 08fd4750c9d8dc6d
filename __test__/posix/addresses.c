// getaddrinfo: hints, lists, canonical names, errors.
#include "common.h"

static const char *eai(int code) {
  switch (code) {
    case 0: return "ok";
#define NAME(x) case x: return #x;
    NAME(EAI_BADFLAGS) NAME(EAI_NONAME) NAME(EAI_AGAIN) NAME(EAI_FAIL) NAME(EAI_FAMILY) NAME(EAI_SOCKTYPE)
    NAME(EAI_SERVICE) NAME(EAI_MEMORY) NAME(EAI_SYSTEM) NAME(EAI_OVERFLOW)
#undef NAME
    default: return "another";
  }
}

static void ask(const char *node, const char *service, int flags, int family, int type, int protocol) {
  struct addrinfo hints = {.ai_flags = flags, .ai_family = family, .ai_socktype = type, .ai_protocol = protocol}, *list = NULL;
  int code = getaddrinfo(node, service, &hints, &list);
  printf("%s %s %x %d %d %d: %s", node ? node : "-", service ? service : "-", (unsigned)flags, family, type, protocol, eai(code));
  for (struct addrinfo *at = code ? NULL : list; at; at = at->ai_next) {
    char text[64] = "?";
    int port = 0;
    if (at->ai_family == AF_INET) {
      struct sockaddr_in *in = (struct sockaddr_in *)at->ai_addr;
      inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
      port = ntohs(in->sin_port);
    } else {
      struct sockaddr_in6 *in = (struct sockaddr_in6 *)at->ai_addr;
      inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
      port = ntohs(in->sin6_port);
    }
    printf(" [%d/%d/%d len %d %s port %d%s%s]", at->ai_family, at->ai_socktype, at->ai_protocol, (int)at->ai_addrlen, text, port,
           at->ai_canonname ? " name " : "", at->ai_canonname ? at->ai_canonname : "");
  }
  printf("\n");
  fflush(stdout);
  if (!code) freeaddrinfo(list);
}

int main(void) {
  begin();
  ask("127.0.0.1", "80", 0, 0, SOCK_STREAM, 0);
  ask("127.0.0.1", "http", 0, 0, SOCK_STREAM, 0);
  ask("127.0.0.1", NULL, 0, 0, 0, 0);
  ask("127.0.0.1", "80", 0, AF_INET, SOCK_DGRAM, 0);
  ask("127.0.0.1", "80", 0, AF_INET, 0, IPPROTO_TCP);
  ask("127.0.0.1", "80", AI_CANONNAME, AF_INET, SOCK_STREAM, 0);
  ask("::1", "443", 0, 0, SOCK_STREAM, 0);
  ask("::1", "443", AI_NUMERICHOST | AI_NUMERICSERV, AF_INET6, SOCK_STREAM, 0);
  ask("::1", NULL, 0, AF_INET, SOCK_STREAM, 0);
  ask("127.0.0.1", NULL, 0, AF_INET6, SOCK_STREAM, 0);
  ask("127.0.0.1", NULL, AI_V4MAPPED, AF_INET6, SOCK_STREAM, 0);
  ask(NULL, "8080", AI_PASSIVE, AF_INET, SOCK_STREAM, 0);
  ask(NULL, "8080", 0, AF_INET, SOCK_STREAM, 0);
  ask(NULL, "8080", AI_PASSIVE, AF_INET6, SOCK_STREAM, 0);
  ask(NULL, NULL, 0, 0, 0, 0);
  ask("localhost", "80", 0, AF_INET, SOCK_STREAM, 0);
  ask("localhost", "80", AI_CANONNAME, AF_INET, SOCK_STREAM, 0);
  ask("localhost", NULL, AI_NUMERICHOST, 0, SOCK_STREAM, 0);
  ask("127.0.0.1", "no-such-service", 0, 0, SOCK_STREAM, 0);
  ask("127.0.0.1", "http", AI_NUMERICSERV, 0, SOCK_STREAM, 0);
  ask("127.0.0.1", "70000", 0, 0, SOCK_STREAM, 0);
  ask("127.0.0.1", "80", 0, 77, SOCK_STREAM, 0);
  ask("127.0.0.1", "80", 0, AF_INET, 77, 0);
  ask("127.0.0.1", "80", 0, AF_INET, SOCK_STREAM, IPPROTO_UDP);
  ask("127.0.0.1", "80", 0x100000, AF_INET, SOCK_STREAM, 0);
  ask(NULL, "80", AI_CANONNAME, AF_INET, SOCK_STREAM, 0);
  ask("256.1.1.1", NULL, AI_NUMERICHOST, AF_INET, SOCK_STREAM, 0);
  ask("127.1", NULL, 0, AF_INET, SOCK_STREAM, 0);
  ask("", NULL, AI_NUMERICHOST, AF_INET, SOCK_STREAM, 0);
  ask("fe80::1%lo", NULL, 0, AF_INET6, SOCK_STREAM, 0);
  struct addrinfo *list = NULL;
  say("no hints", "%s", eai(getaddrinfo("127.0.0.1", "53", NULL, &list)));
  int count = 0;
  for (struct addrinfo *at = list; at; at = at->ai_next) count++;
  say_count("entries", count);
  freeaddrinfo(list);
  say_yes("a message for an error", gai_strerror(EAI_NONAME)[0] != 0);
  return 0;
}
