"""What sockets do, printed: natively and under Pyodide it must be the same. No ports, descriptors or exact times."""

import array
import errno
import http.server
import io
import os
import select
import selectors
import socket
import socketserver
import struct
import sys
import time

HOSTS = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
NAMES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}


def show(what, *values):
    print(f"{what}:", *(value if isinstance(value, str) else repr(value) for value in values))


def failing(what, call):
    """The class and the name of the error: numbers differ."""
    try:
        show(what, "no error", call())
    except OSError as error:
        named = not isinstance(error, (socket.gaierror, TimeoutError))
        show(what, type(error).__name__, errno.errorcode.get(error.errno, "-") if named else "")
    except (TypeError, ValueError, OverflowError) as error:
        show(what, type(error).__name__)


def timed(what, low, call, high=5.0):
    """How long a call waited, within bounds that a busy machine keeps."""
    began = time.monotonic()
    try:
        result = call()
    except TimeoutError as error:
        result = f"TimeoutError {error}"
    took = time.monotonic() - began
    show(what, result, "in time" if low - 0.01 <= took < high else f"after {took}")


def tcp_pair(family):
    server = socket.create_server((HOSTS[family], 0), family=family)
    client = socket.create_connection(server.getsockname()[:2], timeout=10)
    peer, address = server.accept()
    show("names agree", client.getsockname() == address == peer.getpeername(), client.getpeername() == server.getsockname())
    server.close()
    client.settimeout(None)
    return client, peer


def receive_all(sock, size):
    got = b""
    while len(got) < size:
        piece = sock.recv(65536)
        if not piece:
            break
        got += piece
    return got


def streams(family):
    show("streams", NAMES[family])
    client, peer = tcp_pair(family)
    show("kind", int(client.family), int(client.type), client.proto, client.getblocking(), client.gettimeout())
    data = os.urandom(300_000)
    client.settimeout(5)
    # Less than the buffers take: nobody reads at the same time.
    client.sendall(data)
    show("sendall", receive_all(peer, len(data)) == data)
    client.send(b"hello world")
    show("peek", peer.recv(5, socket.MSG_PEEK), peer.recv(5), peer.recv(100))
    client.send(b"in pieces")
    buffer = bytearray(4)
    show("recv_into", peer.recv_into(buffer), bytes(buffer), peer.recv_into(memoryview(buffer)[1:], 2), bytes(buffer))
    show("the rest", peer.recv(100))
    client.send(b"01234")
    show("recv_into, MSG_PEEK", peer.recv_into(buffer, 3, socket.MSG_PEEK), bytes(buffer), peer.recv(100))
    client.send(b"all or nothing")
    show("MSG_WAITALL", peer.recv(14, socket.MSG_WAITALL))
    failing("MSG_DONTWAIT", lambda: peer.recv(1, socket.MSG_DONTWAIT))
    show("sendmsg", client.sendmsg([b"one ", bytearray(b"two"), memoryview(b" three")]))
    show("recvmsg", peer.recvmsg(100))
    client.send(b"scattered data")
    parts = [bytearray(4), bytearray(20)]
    show("recvmsg_into", peer.recvmsg_into(parts), [bytes(part) for part in parts])
    failing("negative size", lambda: peer.recv(-1))

    peer.settimeout(0.1)
    timed("recv with a time-out", 0.1, lambda: peer.recv(1))
    timed("recvmsg with a time-out", 0.1, lambda: peer.recvmsg(1))
    timed("recv with flags and a time-out", 0.1, lambda: peer.recv(1, socket.MSG_PEEK))
    peer.setblocking(False)
    show("not blocking", peer.getblocking(), peer.gettimeout())
    failing("recv", lambda: peer.recv(1))
    failing("recv with flags", lambda: peer.recv(1, socket.MSG_PEEK))
    sent = 0
    try:
        while True:
            sent += peer.send(bytes(65536))
    except BlockingIOError as error:
        show("the buffers are full", sent > 65536, errno.errorcode[error.errno])
    show("select says so", select.select([], [peer], [], 0))
    receive_all(client, sent)
    show("and no more", len(select.select([], [peer], [], 5)[1]))
    peer.settimeout(None)

    client.shutdown(socket.SHUT_WR)
    show("half closed", peer.recv(10), peer.send(b"still here"), client.recv(100))
    failing("send after shutdown", lambda: client.send(b"x"))
    peer.close()
    show("end", client.recv(1))
    client.close()
    failing("closed", lambda: client.recv(1))
    failing("closed, getpeername", client.getpeername)


def waiting(family):
    show("waiting", NAMES[family])
    client, peer = tcp_pair(family)
    timed("select", 0.1, lambda: select.select([client], [], [], 0.1))
    timed("select of nothing", 0.1, lambda: select.select([], [], [], 0.1))
    poller = select.poll()
    poller.register(client, select.POLLIN)
    timed("poll", 0.1, lambda: poller.poll(100))
    poller.modify(client, select.POLLIN | select.POLLOUT)
    show("poll for both", [event for _, event in poller.poll(5000)] == [select.POLLOUT])
    peer.send(b"x")
    timed("select when there is something", 0, lambda: [len(part) for part in select.select([client], [client], [client], 5)], 4)
    show("poll when there is something", poller.poll(5000)[0][1] == select.POLLIN | select.POLLOUT)
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, "data")
        show("selectors", [(key.data, events) for key, events in selector.select(5)])
    peer.close()
    client.recv(1)
    show("end of stream is readable", len(select.select([client], [], [], 5)[0]), client.recv(1))
    client.close()
    failing("select of a closed socket", lambda: select.select([client], [], [], 0))


def connecting(family):
    show("connecting", NAMES[family])
    guard = socket.socket(family)
    guard.bind((HOSTS[family], 0))
    closed = guard.getsockname()
    failing("refused", lambda: socket.socket(family).connect(closed))
    show("refused, connect_ex", errno.errorcode[socket.socket(family).connect_ex(closed)])
    waiting = socket.socket(family)
    waiting.settimeout(5)
    failing("refused with a time-out", lambda: waiting.connect(closed))
    guard.listen()
    later = socket.socket(family)
    later.setblocking(False)
    code = later.connect_ex(closed)
    show("not blocking", errno.errorcode.get(code, code))
    show("then writable", len(select.select([], [later], [], 5)[1]), later.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    show("connected", later.getpeername() == closed)
    failing("once more", lambda: later.connect(closed))
    failing("not connected", lambda: socket.socket(family).getpeername())
    failing("send, not connected", lambda: socket.socket(family).send(b"x"))
    failing("bind twice", lambda: guard.bind((HOSTS[family], 0)))
    failing("the same port", lambda: socket.socket(family).bind(closed))
    failing("a port too high", lambda: guard.bind((HOSTS[family], 65536)))
    failing("no tuple", lambda: guard.bind("text"))
    failing("no such name", lambda: socket.socket(family).connect(("no-such-name.invalid", 1)))
    # Twice: the first in the queue would be `later`.
    peer, _ = guard.accept()
    guard.settimeout(0.1)
    timed("accept with a time-out", 0.1, guard.accept)
    guard.settimeout(None)
    show("an accepted socket blocks", peer.getblocking(), peer.gettimeout())


def options():
    show("options")
    one, two = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    SOL, TCP = socket.SOL_SOCKET, socket.IPPROTO_TCP
    for name, level, option, values in (
        ("SO_REUSEADDR", SOL, socket.SO_REUSEADDR, (1, 0)),
        ("SO_REUSEPORT", SOL, socket.SO_REUSEPORT, (1, 0)),
        ("SO_KEEPALIVE", SOL, socket.SO_KEEPALIVE, (1, True)),
        ("SO_RCVBUF", SOL, socket.SO_RCVBUF, (50_000, 1)),
        ("SO_SNDBUF", SOL, socket.SO_SNDBUF, (60_000,)),
        ("TCP_NODELAY", TCP, socket.TCP_NODELAY, (1, 0)),
        ("TCP_KEEPIDLE", TCP, socket.TCP_KEEPIDLE, (77,)),
        ("TCP_KEEPINTVL", TCP, socket.TCP_KEEPINTVL, (11,)),
        ("TCP_KEEPCNT", TCP, socket.TCP_KEEPCNT, (3,)),
        ("TCP_USER_TIMEOUT", TCP, socket.TCP_USER_TIMEOUT, (4321,)),
        ("IP_TTL", socket.IPPROTO_IP, socket.IP_TTL, (33,)),
        ("IP_TOS", socket.IPPROTO_IP, socket.IP_TOS, (16,)),
    ):
        for value in values:
            one.setsockopt(level, option, value)
            show(name, value, one.getsockopt(level, option))
    one.setsockopt(SOL, socket.SO_LINGER, struct.pack("ii", 1, 7))
    show("SO_LINGER", struct.unpack("ii", one.getsockopt(SOL, socket.SO_LINGER, 8)))
    one.setsockopt(TCP, socket.TCP_CONGESTION, b"reno")
    show("TCP_CONGESTION", one.getsockopt(TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0"))
    show("TCP_INFO", one.getsockopt(TCP, socket.TCP_INFO, 1)[0])
    show("SO_TYPE", one.getsockopt(SOL, socket.SO_TYPE), two.getsockopt(SOL, socket.SO_TYPE))
    two.setsockopt(SOL, socket.SO_BROADCAST, 1)
    show("SO_BROADCAST", two.getsockopt(SOL, socket.SO_BROADCAST))
    failing("an option that is none", lambda: one.setsockopt(SOL, 7777, 1))
    failing("the same, getsockopt", lambda: one.getsockopt(SOL, 7777))
    failing("a value that is none", lambda: one.setsockopt(TCP, socket.TCP_NODELAY, None))
    failing("too long", lambda: one.getsockopt(SOL, socket.SO_TYPE, 100_000))
    six = socket.socket(socket.AF_INET6)
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    show("IPV6_V6ONLY", six.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))


def datagrams(family):
    show("datagrams", NAMES[family])
    one, two = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
    one.bind((HOSTS[family], 0))
    two.bind((HOSTS[family], 0))
    show("sendto", two.sendto(b"hello", one.getsockname()))
    data, address = one.recvfrom(100)
    show("recvfrom", data, address == two.getsockname())
    two.sendto(b"", 0, one.getsockname())
    show("nothing", one.recvfrom(100)[0])
    two.sendto(b"longer than that", one.getsockname())
    show("cut", one.recv(6))
    two.sendto(b"longer than that", one.getsockname())
    show("MSG_TRUNC", one.recvmsg(6)[2] & socket.MSG_TRUNC == socket.MSG_TRUNC)
    two.sendto(b"kept", one.getsockname())
    show("peek", one.recvfrom(100, socket.MSG_PEEK)[0], one.recvfrom(100)[0])
    buffer = bytearray(8)
    two.sendto(b"into", one.getsockname())
    count, address = one.recvfrom_into(buffer)
    show("recvfrom_into", count, bytes(buffer), address == two.getsockname())
    show("sendmsg", two.sendmsg([b"a", b"b"], [], 0, one.getsockname()))
    data, control, flags, address = one.recvmsg(10, 100)
    show("recvmsg", data, control, flags, address == two.getsockname())
    if family == socket.AF_INET:
        one.setsockopt(socket.IPPROTO_IP, 12, 1)  # IP_RECVTTL, which Python has a name for since 3.14
        two.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 42)
        two.sendto(b"ttl", one.getsockname())
        (level, kind, raw), = one.recvmsg(10, socket.CMSG_SPACE(4))[1]
        show("its TTL", level, kind, array.array("i", raw)[0])
    two.connect(one.getsockname())
    show("connected", two.send(b"x"), one.recv(10))
    one.settimeout(0.1)
    timed("recvfrom with a time-out", 0.1, lambda: one.recvfrom(10))
    one.setblocking(False)
    failing("nothing there", lambda: one.recvfrom(10))
    one.close()
    two.settimeout(5)
    two.send(b"to nobody")
    failing("refused", lambda: two.recv(10))
    failing("too long", lambda: socket.socket(family, socket.SOCK_DGRAM).sendto(bytes(70_000), (HOSTS[family], 9)))
    failing("no address", lambda: two.sendto(b"x"))


def unix(folder):
    show("unix sockets")
    path = os.path.join(folder, "socket") if folder else None
    one, two = socket.socketpair()
    show("pair", int(one.family), int(one.type), one.send(b"pair"), two.recv(10), one.getsockname(), two.getpeername())
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.send(b"one")
    left.send(b"two")
    show("datagrams", right.recv(10), right.recv(10))
    sent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sent.bind(("127.0.0.1", 0))
    rights = array.array("i", [sent.fileno()])
    show("send a descriptor", one.sendmsg([b"fd"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]))
    data, ((level, kind, raw),), flags, _ = two.recvmsg(10, socket.CMSG_LEN(4))
    (fd,) = array.array("i", raw)
    with socket.socket(fileno=fd) as got:
        show("received", data, level, kind, got.getsockname() == sent.getsockname(), int(got.family), int(got.type))
    server = socket.socket(socket.AF_UNIX)
    server.bind("\0hostsock-%d-%d" % (os.getpid(), time.time_ns()))
    show("abstract", isinstance(server.getsockname(), bytes))
    server.listen()
    client = socket.socket(socket.AF_UNIX)
    client.connect(server.getsockname())
    peer, address = server.accept()
    show("accepted", client.getpeername() == server.getsockname(), address)
    client.send(b"over")
    show("sent", peer.recv(10))
    failing("no such path", lambda: socket.socket(socket.AF_UNIX).connect("/no/such/path"))
    failing("too long", lambda: socket.socket(socket.AF_UNIX).connect("x" * 200))
    server.close()


def names():
    show("names")
    show("localhost", socket.gethostbyname("localhost"))
    found = socket.getaddrinfo("127.0.0.1", "http", type=socket.SOCK_STREAM)
    show("getaddrinfo", [(int(family), int(kind), proto, name, address) for family, kind, proto, name, address in found])
    found = socket.getaddrinfo("::1", 443, socket.AF_INET6, socket.SOCK_DGRAM)
    show("IPv6", [(int(family), int(kind), proto, name, address) for family, kind, proto, name, address in found])
    show("passive", sorted(entry[4][0] for entry in socket.getaddrinfo(None, 80, 0, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)))
    failing("no such name", lambda: socket.getaddrinfo("no-such-name.invalid", 80))
    failing("no such service", lambda: socket.getaddrinfo("127.0.0.1", "no-such-service"))
    failing("no number", lambda: socket.getaddrinfo("localhost", 80, flags=socket.AI_NUMERICHOST))
    show("getnameinfo", socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV))
    show("service", socket.getnameinfo(("127.0.0.1", 25), socket.NI_NUMERICHOST))
    show("getservbyname", socket.getservbyname("smtp"), socket.getservbyname("domain", "udp"), socket.getservbyport(443))
    failing("no service", lambda: socket.getservbyname("no-such-service"))
    show("inet_pton", socket.inet_pton(socket.AF_INET6, "2001:db8::7"), socket.inet_pton(socket.AF_INET, "1.2.3.4"))
    show("inet_ntop", socket.inet_ntop(socket.AF_INET6, bytes(15) + b"\1"), socket.inet_ntop(socket.AF_INET6, bytes(10) + b"\xff\xff\1\2\3\4"))
    failing("no address", lambda: socket.inet_pton(socket.AF_INET6, "1::2::3"))
    failing("short", lambda: socket.inet_ntop(socket.AF_INET6, b"1"))
    show("gethostname", socket.gethostname())
    show("loopback", socket.if_nametoindex("lo"))
    show("has_ipv6", socket.has_ipv6, socket.has_dualstack_ipv6())


def files():
    show("files")
    client, peer = tcp_pair(socket.AF_INET)
    with client.makefile("rwb") as lines, peer.makefile("r", encoding="utf-8", newline="\n") as text:
        lines.write("über\nsecond\nno newline".encode())
        lines.flush()
        show("makefile", text.readline(), text.readline())
        peer.sendall(b"1\n2\n3\n")
        peer.shutdown(socket.SHUT_WR)
        show("lines", lines.readlines())
    again = socket.socket(fileno=client.detach())
    show("detach", again.getpeername() == peer.getsockname(), client.fileno())
    copy = again.dup()
    again.close()
    show("dup", copy.getpeername() == peer.getsockname())
    peer.close()
    copy.close()
    client, peer = tcp_pair(socket.AF_INET)
    show("os.write", os.write(client.fileno(), b"bytes"), os.read(peer.fileno(), 100))
    with io.BytesIO(b"a file") as file:
        file.fileno = lambda: (_ for _ in ()).throw(io.UnsupportedOperation())
        show("sendfile", client.sendfile(file), peer.recv(100))


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b">" + self.rfile.readline())


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"you asked for {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def servers():
    """One thread is both sides: what the client sends is in the kernel before the server looks."""
    show("servers")
    with socketserver.TCPServer(("127.0.0.1", 0), Echo) as server:
        client = socket.create_connection(server.server_address)
        client.sendall(b"line\n")
        server.handle_request()
        show("socketserver", client.recv(100), client.recv(100))
        server.timeout = 0.1
        timed("handle_request with a time-out", 0.1, server.handle_request)
    with http.server.HTTPServer(("127.0.0.1", 0), Hello) as server:
        show("reuses its address", server.socket.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
        client = socket.create_connection(server.server_address)
        client.sendall(b"GET /path HTTP/1.0\r\n\r\n")
        server.handle_request()
        show("http.server", client.makefile("rb").read().split(b"\r\n\r\n")[1])


for family in HOSTS:
    streams(family)
    waiting(family)
    connecting(family)
    datagrams(family)
options()
unix(None)
names()
files()
servers()
