"""Python's side of hostsock/pyodide: methods and functions whose calls end inside the wasm module.

Pyodide's `_socket` is built without IPv6 and Unix sockets, and what it passes on loses flags, option values and control
messages. Those calls go to the host from here; plain recv and send, and everything about time-outs of them, stay C.
Errors, limits and messages are CPython's.
"""

import errno
import math
import operator
import os
import struct
import sys
import time

import _hostsock as host
import _socket
import socket
from pyodide.ffi import to_js

C = _socket.socket
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SOCK_DGRAM = 2
SOL_SOCKET, SO_ERROR = 1, 4
POLLIN, POLLOUT = 1, 4
AI_PASSIVE, AI_NUMERICHOST = 1, 4
NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM = 1, 2, 8, 16
EAI_NONAME, EAI_FAMILY, EAI_SYSTEM = -2, -6, -11

MESSAGES = {
    -1: "Invalid flags",
    -2: "Name does not resolve",
    -3: "Try again",
    -4: "Non-recoverable error",
    -5: "Name has no usable address",
    -6: "Unrecognized address family or invalid length",
    -7: "Unrecognized socket type",
    -8: "Unrecognized service",
    -9: "Address family for name not supported",
    -10: "Out of memory",
    -11: "System error",
    -12: "Overflow",
}


def gaierror(code):
    """The resolver's error; positive numbers are a system call's, such as a policy's refusal."""
    if code > 0:
        return failure(-code)
    return socket.gaierror(code, MESSAGES.get(code, "Unknown error"))


def failure(result):
    return OSError(-result, os.strerror(-result))


def checked(result):
    if isinstance(result, int) and result < 0:
        raise failure(result)
    return result


def retried(sock, events, call):
    """The result of a call; where the socket has a time-out, waits for what the call needs until then."""
    timeout = sock.gettimeout()
    deadline = time.monotonic() + timeout if timeout else None
    while True:
        result = call()
        if deadline is None or not isinstance(result, int) or result != -errno.EAGAIN:
            return checked(result)
        wait(sock, events, deadline)


def wait(sock, events, deadline):
    remaining = deadline - time.monotonic()
    if remaining < 0 or checked(host.wait(sock.fileno(), events, math.ceil(remaining * 1000))) == 0:
        raise TimeoutError("timed out")


# Names and addresses


def encoded(name):
    """A host name as the resolver takes it."""
    if isinstance(name, str):
        try:
            text = name.encode("ascii")
        except UnicodeEncodeError:
            text = name.encode("idna")
    elif isinstance(name, (bytes, bytearray)):
        text = bytes(name)
    else:
        raise TypeError(f"str, bytes or bytearray expected, not {type(name).__name__}")
    if b"\0" in text:
        raise TypeError("host name must not contain null character")
    return text.decode("latin-1")


def lookup(name, service, family=0, kind=0, protocol=0, flags=0):
    found = host.getaddrinfo(name, service, family, kind, protocol, flags)
    if isinstance(found, int):
        raise gaierror(found)
    return found.to_py()


def inet_pton(original):
    def inet_pton(address_family, ip_string, /):
        if address_family != AF_INET6:
            return original(address_family, ip_string)
        if not isinstance(ip_string, str):
            raise TypeError(f"inet_pton() argument 2 must be str, not {type(ip_string).__name__}")
        raw = host.inet_pton6(ip_string)
        if raw is None:
            raise OSError("illegal IP address string passed to inet_pton")
        return raw.to_bytes()

    return inet_pton


def inet_ntop(original):
    def inet_ntop(address_family, packed_ip, /):
        if address_family != AF_INET6:
            return original(address_family, packed_ip)
        raw = bytes(memoryview(packed_ip))
        if len(raw) != 16:
            raise ValueError("invalid length of packed IP address string")
        return host.inet_ntop6(to_js(raw))

    return inet_ntop


def literal(name, family):
    try:
        socket.inet_pton(family, name)
        return True
    except OSError:
        return False


def resolved(name, family):
    """The first address of a name in a family: `(address, scope)`."""
    name = encoded(name)
    if name == "":
        return ("0.0.0.0" if family == AF_INET else "::"), 0
    if name == "<broadcast>":
        if family != AF_INET:
            raise OSError("address family mismatched")
        return "255.255.255.255", 0
    if literal(name, family):
        return name, 0
    found = lookup(name, None, family, SOCK_DGRAM)[0]
    return found[4], found[7]


def port_of(caller, port):
    port = operator.index(port)
    if not 0 <= port <= 0xFFFF:
        raise OverflowError(f"{caller}(): port must be 0-65535.")
    return port


def packed(sock, address, caller):
    """An address in Linux's layout, names resolved."""
    family = sock.family
    if family == AF_INET:
        if not isinstance(address, tuple):
            raise TypeError(f"{caller}(): AF_INET address must be tuple, not {type(address).__name__}")
        if len(address) != 2:
            raise TypeError(f"{caller}(): AF_INET address must be a pair (host, port)")
        name, _ = resolved(address[0], family)
        port = port_of(caller, address[1])
        return struct.pack("<H", family) + struct.pack("!H", port) + _socket.inet_aton(name) + bytes(8)
    if family == AF_INET6:
        if not isinstance(address, tuple):
            raise TypeError(f"{caller}(): AF_INET6 address must be tuple, not {type(address).__name__}")
        if not 2 <= len(address) <= 4:
            raise TypeError(f"{caller}(): AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
        name, scope = resolved(address[0], family)
        port = port_of(caller, address[1])
        flow = address[2] if len(address) > 2 else 0
        scope = address[3] if len(address) > 3 and address[3] else scope
        if not 0 <= flow <= 0xFFFFF:
            raise OverflowError(f"{caller}(): flowinfo must be 0-1048575.")
        raw = socket.inet_pton(family, name.split("%")[0])
        return struct.pack("<H", family) + struct.pack("!HI", port, flow) + raw + struct.pack("<I", scope)
    if family == AF_UNIX:
        path = os.fsencode(address) if isinstance(address, (str, os.PathLike)) else bytes(address)
        abstract = path.startswith(b"\0")
        if len(path) > 108 - (not abstract):
            raise OSError("AF_UNIX path too long")
        return struct.pack("<H", family) + path + (b"" if abstract or not path else b"\0")
    raise OSError(f"{caller}(): bad family")


def unpacked(raw):
    """The address in these bytes, as CPython writes it."""
    raw = raw.to_bytes()
    if len(raw) < 2:
        return None
    (family,) = struct.unpack_from("<H", raw)
    if family == AF_INET and len(raw) >= 8:
        return _socket.inet_ntoa(raw[4:8]), struct.unpack_from("!H", raw, 2)[0]
    if family == AF_INET6 and len(raw) >= 28:
        port, flow = struct.unpack_from("!HI", raw, 2)
        (scope,) = struct.unpack_from("<I", raw, 24)
        name = socket.inet_ntop(AF_INET6, raw[8:24])
        return name, port, flow, scope
    if family == AF_UNIX:
        path = raw[2:]
        if path.startswith(b"\0"):
            return path
        return os.fsdecode(path.split(b"\0")[0])
    return family, raw[2:]


def viewed(data):
    try:
        return memoryview(data)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not '{type(data).__name__}'") from None


# Methods of socket.socket


def initialize(original):
    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if isinstance(fileno, int) and fileno >= 0 and -1 in (family, type, proto):
            told = checked(host.describe(fileno)).to_py()
            known = (family, type, proto)
            family, type, proto = (have if want == -1 else want for want, have in zip(known, told))
        original(self, family, type, proto, fileno)

    return __init__


def connecting(self, address, caller):
    sys.audit("socket.connect", self, address)
    raw = to_js(packed(self, address, caller))
    timeout = self.gettimeout()
    result = host.connect(self.fileno(), raw)
    if result == -errno.EINPROGRESS and timeout:
        wait(self, POLLOUT, time.monotonic() + timeout)
        result = -getsockopt(self, SOL_SOCKET, SO_ERROR)
    return result


def connect(self, address):
    checked(connecting(self, address, "connect"))


def connect_ex(self, address):
    try:
        return -connecting(self, address, "connect_ex")
    except TimeoutError:
        return errno.EAGAIN
    except socket.gaierror:
        raise
    except OSError as error:
        if error.errno is None:
            raise
        return error.errno


def bind(self, address):
    sys.audit("socket.bind", self, address)
    checked(host.bind(self.fileno(), to_js(packed(self, address, "bind"))))


def accept(self):
    fd, address = retried(self, POLLIN, lambda: host.accept(self.fileno()))
    return fd, unpacked(address)


def getsockname(self):
    return unpacked(checked(host.name(self.fileno(), False)))


def getpeername(self):
    return unpacked(checked(host.name(self.fileno(), True)))


def getsockopt(self, level, option, buflen=0, /):
    level, option, buflen = map(operator.index, (level, option, buflen))
    if buflen == 0:
        return struct.unpack("<i", checked(host.getsockopt(self.fileno(), level, option, 4)).to_bytes().ljust(4, b"\0"))[0]
    if not 0 < buflen <= 1024:
        raise OSError("getsockopt buflen out of range")
    return checked(host.getsockopt(self.fileno(), level, option, buflen)).to_bytes()


def setsockopt(self, level, option, *value):
    level, option = operator.index(level), operator.index(option)
    if len(value) == 2 and value[0] is None:
        raw = value[1]
    elif len(value) != 1:
        raise TypeError(f"setsockopt() takes 3 or 4 arguments, not {len(value) + 2}")
    elif hasattr(value[0], "__index__"):
        number = operator.index(value[0])
        if not -(1 << 31) <= number < 1 << 31:
            raise OverflowError("signed integer is greater than maximum" if number > 0 else "signed integer is less than minimum")
        raw = to_js(struct.pack("<i", number))
    elif value[0] is None:
        raise TypeError("a bytes-like object is required, not 'NoneType'")
    else:
        raw = to_js(bytes(viewed(value[0])))
    checked(host.setsockopt(self.fileno(), level, option, raw))


def received(self, size, flags, caller):
    size, flags = operator.index(size), operator.index(flags)
    if size < 0:
        raise ValueError(f"negative buffersize in {caller}")
    return retried(self, POLLIN, lambda: host.recvfrom(self.fileno(), size, flags))


def recv(self, bufsize, flags=0, /):
    if not flags:
        return C.recv(self, bufsize)
    return received(self, bufsize, flags, "recv")[1].to_bytes()


def room_in(buffer, nbytes, caller):
    view = memoryview(buffer)
    if view.readonly:
        raise TypeError(f"{caller}() argument 1 must be read-write bytes-like object, not {type(buffer).__name__}")
    view = view.cast("B")
    if nbytes < 0:
        raise ValueError(f"negative buffersize in {caller}")
    if nbytes > len(view):
        raise ValueError("buffer too small for requested bytes" if caller == "recv_into" else "nbytes is greater than the length of the buffer")
    return view, nbytes or len(view)


def recv_into(self, buffer, nbytes=0, flags=0):
    if not flags:
        return C.recv_into(self, buffer, nbytes)
    view, size = room_in(buffer, nbytes, "recv_into")
    count, data, _ = received(self, size, flags, "recv_into")
    data = data.to_bytes()
    view[: len(data)] = data
    return count


def plain(self, flags):
    """Whether C knows how to give the sender's address."""
    return not flags and self.family == AF_INET and self.type == SOCK_DGRAM


def recvfrom(self, bufsize, flags=0, /):
    if plain(self, flags):
        return C.recvfrom(self, bufsize)
    _, data, address = received(self, bufsize, flags, "recvfrom")
    return data.to_bytes(), unpacked(address)


def recvfrom_into(self, buffer, nbytes=0, flags=0):
    view, size = room_in(buffer, nbytes, "recvfrom_into")
    count, data, address = received(self, size, flags, "recvfrom_into")
    data = data.to_bytes()
    view[: len(data)] = data
    return count, unpacked(address)


def send(self, data, flags=0, /):
    if not flags:
        return C.send(self, data)
    return sending(self, data, flags, b"")


def sending(self, data, flags, address):
    flags = operator.index(flags)
    raw = to_js(bytes(viewed(data)))
    return retried(self, POLLOUT, lambda: host.sendto(self.fileno(), raw, flags, to_js(address)))


def sendall(self, data, flags=0, /):
    if not flags:
        return C.sendall(self, data)
    view = viewed(data).cast("B")
    while view:
        view = view[sending(self, view, flags, b"") :]


def sendto(self, data, *rest):
    if not 1 <= len(rest) <= 2:
        raise TypeError(f"sendto() takes 2 or 3 arguments ({len(rest) + 1} given)")
    flags, address = rest if len(rest) == 2 else (0, rest[0])
    view = viewed(data)
    flags = operator.index(flags)
    raw = packed(self, address, "sendto")
    sys.audit("socket.sendto", self, address)
    if plain(self, flags):
        return C.sendto(self, view, (_socket.inet_ntoa(raw[4:8]), struct.unpack_from("!H", raw, 2)[0]))
    return sending(self, view, flags, raw)


def sendmsg(self, buffers, ancdata=(), flags=0, address=None, /):
    raw = packed(self, address, "sendmsg") if address is not None else b""
    sys.audit("socket.sendmsg", self, address)
    # Lists first: an object may change the sequence that it is in, when it is asked for its bytes.
    flags = operator.index(flags)
    data = b"".join([bytes(viewed(piece)) for piece in list(buffers)])
    control = b"".join([control_message(*item) for item in list(ancdata)])
    args = [to_js(part) for part in (data, control)]
    return retried(self, POLLOUT, lambda: host.sendmsg(self.fileno(), *args, flags, to_js(raw)))


HEADER = struct.Struct("<Iii")


def control_message(level, kind, data):
    level, kind, data = operator.index(level), operator.index(kind), bytes(viewed(data))
    return HEADER.pack(HEADER.size + len(data), level, kind) + data + bytes(-len(data) % 4)


def control_messages(raw):
    found, at = [], 0
    while at + HEADER.size <= len(raw):
        length, level, kind = HEADER.unpack_from(raw, at)
        if length < HEADER.size:
            break
        found.append((level, kind, raw[at + HEADER.size : at + length]))
        at += (length + 3) & ~3
    return found


def message(self, size, ancbufsize, flags, caller):
    size, ancbufsize, flags = map(operator.index, (size, ancbufsize, flags))
    if size < 0:
        raise ValueError(f"negative buffer size in {caller}()")
    if ancbufsize < 0:
        raise ValueError("invalid ancillary data buffer length")
    result = retried(self, POLLIN, lambda: host.recvmsg(self.fileno(), size, ancbufsize, flags))
    count, data, control, told, address = result
    return count, data.to_bytes(), control_messages(control.to_bytes()), told, unpacked(address)


def recvmsg(self, bufsize, ancbufsize=0, flags=0, /):
    return message(self, bufsize, ancbufsize, flags, "recvmsg")[1:]


def recvmsg_into(self, buffers, ancbufsize=0, flags=0, /):
    views = []
    for buffer in buffers:
        view = memoryview(buffer)
        if view.readonly:
            raise TypeError(f"recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers, not {type(buffer).__name__}")
        views.append(view.cast("B"))
    size = sum(len(view) for view in views)
    count, data, *rest = message(self, size, ancbufsize, flags, "recvmsg_into")
    at = 0
    for view in views:
        piece = data[at : at + len(view)]
        view[: len(piece)] = piece
        at += len(piece)
    return count, *rest


# Functions of the module


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    name = None if host is None else encoded(host)
    if port is None:
        service = None
    elif isinstance(port, int):
        service = str(int(port))
    elif isinstance(port, str):
        # Raises for what is no text.
        service = port.encode().decode()
    elif isinstance(port, bytes):
        service = port.decode()
    else:
        raise OSError("Int or String expected")
    sys.audit("socket.getaddrinfo", host, port, family, type, proto)
    return [
        (family, kind, protocol, name, (ip, port) if family == AF_INET else (ip.split("%")[0], port, flow, scope))
        for family, kind, protocol, name, ip, port, flow, scope in lookup(name, service, family, type, proto, flags)
    ]


def getnameinfo(sockaddr, flags, /):
    if not isinstance(sockaddr, tuple):
        raise TypeError("getnameinfo() argument 1 must be a tuple")
    name, port, *rest = sockaddr
    if not isinstance(name, str):
        raise TypeError(f"argument 1 must be str, not {type(name).__name__}")
    flow = rest[0] if rest else 0
    if not 0 <= flow <= 0xFFFFF:
        raise OverflowError("getnameinfo(): flowinfo must be 0-1048575.")
    sys.audit("socket.getnameinfo", sockaddr)
    found = lookup(encoded(name), str(port), 0, SOCK_DGRAM, 0, AI_NUMERICHOST)
    if len(found) != 1:
        raise OSError("sockaddr resolved to multiple addresses")
    family, ip, port, scope = found[0][0], found[0][4], found[0][5], found[0][7]
    if family == AF_INET:
        if len(sockaddr) != 2:
            raise OSError("IPv4 sockaddr must be 2 tuple")
        raw = struct.pack("<H", family) + struct.pack("!H", port) + _socket.inet_aton(ip) + bytes(8)
    else:
        scope = rest[1] if len(rest) > 1 else scope
        raw = struct.pack("<H", family) + struct.pack("!HI", port, flow) + socket.inet_pton(family, ip.split("%")[0])
        raw += struct.pack("<I", scope)
    names = host.getnameinfo(to_js(raw), flags)
    if isinstance(names, int):
        raise gaierror(names)
    return tuple(names)


def gethostbyname(hostname, /):
    sys.audit("socket.gethostbyname", hostname)
    return resolved(hostname, AF_INET)[0]


def gethostbyname_ex(hostname, /):
    sys.audit("socket.gethostbyname", hostname)
    found = lookup(encoded(hostname), None, AF_INET, socket.SOCK_STREAM, 0, socket.AI_CANONNAME)
    return found[0][3] or hostname, [], list(dict.fromkeys(entry[4] for entry in found))


def gethostbyaddr(name, /):
    sys.audit("socket.gethostbyaddr", name)
    family, _, _, _, ip, *_ = lookup(encoded(name), None, 0, SOCK_DGRAM)[0]
    try:
        found = getnameinfo((ip, 0) if family == AF_INET else (ip, 0, 0, 0), NI_NAMEREQD)[0]
    except socket.gaierror:
        raise socket.herror(1, "Host not found") from None
    return found, [], [ip]


PROTOCOLS = {None: 0, "tcp": 6, "udp": 17}


def getservbyname(servicename, protocolname=None, /):
    sys.audit("socket.getservbyname", servicename, protocolname or "")
    try:
        if servicename.isdigit() or protocolname not in PROTOCOLS:
            raise gaierror(-8)
        return lookup(None, servicename, AF_INET, 0, PROTOCOLS[protocolname])[0][5]
    except socket.gaierror:
        raise OSError("service/proto not found") from None


def getservbyport(port, protocolname=None, /):
    if not 0 <= port <= 0xFFFF:
        raise OverflowError("getservbyport: port must be 0-65535.")
    sys.audit("socket.getservbyport", port, protocolname or "")
    datagram = NI_DGRAM if protocolname == "udp" else 0
    name = getnameinfo(("127.0.0.1", port), NI_NUMERICHOST | datagram)[1]
    if name == str(port) or protocolname not in PROTOCOLS:
        raise OSError("port/proto not found")
    return name


def gethostname():
    sys.audit("socket.gethostname")
    return host.gethostname()


def if_nametoindex(name, /):
    index = host.if_nametoindex(os.fsdecode(name))
    if index == 0:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    return index


def if_nameindex():
    return [tuple(entry) for entry in host.if_nameindex().to_py()]


def if_indextoname(index, /):
    index = operator.index(index)
    if index < 0:
        raise ValueError("can't convert negative value to unsigned int")
    if index >= 1 << 32:
        raise OverflowError("Python int too large to convert to C unsigned int")
    for number, name in if_nameindex():
        if number == index:
            return name
    raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))


def socketpair(family=None, type=socket.SOCK_STREAM, proto=0):
    ends = checked(host.socketpair(AF_UNIX if family is None else family, type, proto))
    return tuple(socket.socket(fileno=fd) for fd in ends)


def inserted(mapping, place, key, value):
    """What a mapping holds with an entry more; the mapping is left empty, to be filled in this order."""
    items = list(mapping.items())
    items.insert(place, (key, value))
    mapping.clear()
    return items


def family_member(name, value):
    """A member more for an enumeration that is there already, as others hold its members."""
    kind = socket.AddressFamily
    member = int.__new__(kind, value)
    member._name_, member._value_, member.__objclass__ = name, value, kind
    # By value, as the enumeration is.
    place = sum(known < value for known in kind._member_map_.values())
    kind._member_names_.insert(place, name)
    kind._member_map_.update(inserted(kind._member_map_, place, name, member))
    kind._value2member_map_.update(inserted(kind._value2member_map_, place, value, member))
    if hasattr(kind, "_hashable_values_"):
        kind._hashable_values_.insert(place, value)
    for order, each in enumerate(kind._member_map_.values()):
        each._sort_order_ = order
    type.__setattr__(kind, name, member)
    return member


def install():
    for name, value in {"AF_UNIX": AF_UNIX, "SO_REUSEADDR": 2, "SO_REUSEPORT": 15}.items():
        setattr(_socket, name, value)
        setattr(socket, name, family_member(name, value) if name.startswith("AF_") else value)
        socket.__all__.append(name)
    _socket.has_ipv6 = socket.has_ipv6 = True

    functions = (getnameinfo, gethostbyname, gethostbyname_ex, gethostbyaddr, getservbyname, getservbyport)
    for function in (*functions, gethostname, if_nametoindex, if_nameindex, if_indextoname):
        setattr(_socket, function.__name__, function)
        setattr(socket, function.__name__, function)
    _socket.inet_pton = socket.inet_pton = inet_pton(_socket.inet_pton)
    _socket.inet_ntop = socket.inet_ntop = inet_ntop(_socket.inet_ntop)
    # socket.py has its own around this one.
    _socket.getaddrinfo = getaddrinfo
    _socket.socketpair = socket.socketpair = socketpair

    kind = socket.socket
    kind.__init__ = initialize(kind.__init__)
    kind._accept = accept
    methods = (bind, connect, connect_ex, getsockname, getpeername, getsockopt, setsockopt, recv, recv_into, recvfrom)
    for method in (*methods, recvfrom_into, recvmsg, recvmsg_into, send, sendall, sendto, sendmsg):
        setattr(kind, method.__name__, method)


install()
