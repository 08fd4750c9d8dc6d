"""Python's ssl over hostsock/pyodide: certificates are verified and names are sent, by the host's OpenSSL.

Pyodide's ssl module holds settings and hands the connection on without them. Here its contexts keep what they are given,
and its sockets are made by tls.js. What the host cannot do raises, and is never dropped.
"""

import base64
import errno
import json
import math
import os
import re

import _hostsock as host
import _socket
import socket
import ssl

Plain = socket.socket
NAMES = {
    "C": "countryName",
    "ST": "stateOrProvinceName",
    "L": "localityName",
    "O": "organizationName",
    "OU": "organizationalUnitName",
    "CN": "commonName",
    "emailAddress": "emailAddress",
}
PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.S)
VERSIONS = {769: "TLSv1", 770: "TLSv1.1", 771: "TLSv1.2", 772: "TLSv1.3"}
# The options that say which versions there are.
NO_VERSION = ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1 | ssl.OP_NO_TLSv1_2 | ssl.OP_NO_TLSv1_3


def unsupported(what):
    raise NotImplementedError(f"hostsock: {what} is not supported")


# Contexts


def authorities(context):
    return context.__dict__.setdefault("_hostsock_ca", [])


def load_verify_locations(self, cafile=None, capath=None, cadata=None):
    if cafile is None and capath is None and cadata is None:
        raise TypeError("cafile, capath and cadata cannot be all omitted")
    texts = []
    if cafile is not None:
        texts.append(open(os.fsdecode(cafile), encoding="latin-1").read())
    if capath is not None:
        for entry in os.scandir(os.fsdecode(capath)):
            if entry.is_file():
                texts.append(open(entry.path, encoding="latin-1").read())
    if isinstance(cadata, str):
        texts.append(cadata)
    elif cadata is not None:
        texts.extend(ssl.DER_cert_to_PEM_cert(der) for der in certificates_in(bytes(cadata)))
    found = [pem for text in texts for pem in PEM.findall(text)]
    if not found and capath is None:
        raise ssl.SSLError(1, "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found")
    authorities(self).extend(found)


def certificates_in(der):
    """DER certificates that stand one behind the other."""
    while der:
        if der[0] != 0x30 or len(der) < 2:
            raise ssl.SSLError(1, "[ASN1: NOT_ENOUGH_DATA] not enough data")
        size, head = der[1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(der[2:head], "big")
        yield der[: head + size]
        der = der[head + size :]


def load_default_certs(self, purpose=ssl.Purpose.SERVER_AUTH):
    if not isinstance(purpose, ssl._ASN1Object):
        raise TypeError(purpose)
    self._hostsock_defaults = True


def set_default_verify_paths(self):
    self._hostsock_defaults = True


def load_cert_chain(self, certfile, keyfile=None, password=None):
    if callable(password):
        password = password()
    if isinstance(password, (bytes, bytearray)):
        password = password.decode()
    cert = open(os.fsdecode(certfile)).read()
    key = open(os.fsdecode(keyfile)).read() if keyfile is not None else cert
    if not PEM.search(cert) or "PRIVATE KEY-----" not in key:
        raise ssl.SSLError(9, "[SSL] PEM lib")
    self._hostsock_chain = (cert, key, password)


def set_alpn_protocols(self, alpn_protocols):
    for protocol in alpn_protocols:
        if not 0 < len(protocol.encode("ascii")) < 256:
            raise ssl.SSLError("ALPN protocols must be 1 to 255 bytes long")
    self._hostsock_alpn = list(alpn_protocols)


def set_ciphers(self, ciphers):
    if not isinstance(ciphers, str) or not ciphers.strip():
        raise ssl.SSLError("No cipher can be selected.")
    self._hostsock_ciphers = ciphers


def set_ecdh_curve(self, curve_name):
    self._hostsock_curve = curve_name if isinstance(curve_name, str) else curve_name.decode()


def load_dh_params(self, dhfile):
    self._hostsock_dh = open(os.fsdecode(dhfile)).read()


def get_ca_certs(self, binary_form=False):
    if not binary_form:
        unsupported("SSLContext.get_ca_certs() without binary_form")
    return [ssl.PEM_cert_to_DER_cert(pem) for pem in authorities(self)]


def cert_store_stats(self):
    count = len(authorities(self))
    return {"x509": count, "crl": 0, "x509_ca": count}


def options_of(context, server_side, server_hostname):
    if context.sni_callback is not None and server_side:
        unsupported("SSLContext.sni_callback")
    if context.keylog_filename is not None:
        unsupported("SSLContext.keylog_filename")
    if context.verify_flags & (ssl.VERIFY_CRL_CHECK_LEAF | ssl.VERIFY_CRL_CHECK_CHAIN):
        unsupported("checking revocation lists")
    own = context.__dict__
    cert, key, password = own.get("_hostsock_chain", (None, None, None))
    return {
        "server": server_side,
        "host": server_hostname,
        "verify": int(context.verify_mode),
        "checkHost": bool(context.check_hostname),
        "commonName": bool(context.hostname_checks_common_name),
        "ca": authorities(context),
        "defaults": own.get("_hostsock_defaults", False),
        "cert": cert,
        "key": key,
        "passphrase": password,
        "alpn": own.get("_hostsock_alpn"),
        "ciphers": own.get("_hostsock_ciphers"),
        "curve": own.get("_hostsock_curve"),
        "dh": own.get("_hostsock_dh"),
        "options": int(context.options & NO_VERSION),
        "min": VERSIONS.get(int(context.minimum_version)),
        "max": VERSIONS.get(int(context.maximum_version)),
        "partial": bool(context.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN),
    }


# Sockets


def create(
    cls,
    sock,
    server_side=False,
    do_handshake_on_connect=True,
    suppress_ragged_eofs=True,
    server_hostname=None,
    context=None,
    session=None,
):
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) != socket.SOCK_STREAM:
        raise NotImplementedError("only stream sockets are supported")
    if server_side and server_hostname:
        raise ValueError("server_hostname can only be specified in client mode")
    if session is not None:
        unsupported("resuming a session")
    if context.check_hostname and not server_hostname and not server_side:
        raise ValueError("check_hostname requires server_hostname")
    timeout = sock.gettimeout()
    self = cls.__new__(cls)
    family, kind, protocol = sock.family, sock.type, sock.proto
    Plain.__init__(self, family, kind, protocol, sock.detach())
    self.settimeout(timeout)
    self._sslobj = None
    self._session = None
    self._context = context
    self._server_hostname = context._encode_hostname(server_hostname)
    self._server_side = server_side
    self._suppress_ragged_eofs = suppress_ragged_eofs
    self.do_handshake_on_connect = do_handshake_on_connect
    try:
        self.getpeername()
        self._connected = True
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise
        self._connected = False
    if self._connected and do_handshake_on_connect:
        try:
            self.do_handshake()
        except BaseException:
            self.close()
            raise
    return self


def do_handshake(self, block=False):
    if self._sslobj is not None:
        return
    if not self._connected:
        raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
    timeout = self.gettimeout()
    options = json.dumps(options_of(self._context, self._server_side, self._server_hostname))
    # Without waiting there is no handshake here: it is waited for where the socket does not block, too.
    result = host.tls_start(self.fileno(), options, math.ceil(timeout * 1000) if timeout else -1)
    if result is None:
        raise TimeoutError("_ssl.c: The handshake operation timed out")
    if isinstance(result, str):
        raise failure(json.loads(result))
    fd, connection, told = result
    family, kind, protocol = self.family, self.type, self.proto
    self._transport = Plain(family, kind, protocol, _socket.socket.detach(self))
    _socket.socket.__init__(self, family, kind, protocol, fd)
    self.settimeout(timeout)
    self._connection = connection
    self._sslobj = json.loads(told)


def failure(error):
    code, message = error.get("code") or "", error["message"]
    if error["untrusted"]:
        text = f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {message}"
        failed = ssl.SSLCertVerificationError(1, text)
        failed.verify_message = message
        failed.verify_code = code
        failed.reason = "CERTIFICATE_VERIFY_FAILED"
        return failed
    number = getattr(errno, code, None)
    if number is not None and code != "ECONNRESET":
        return OSError(number, os.strerror(number))
    if code == "ECONNRESET" or "EOF occurred" in message:
        return ssl.SSLEOFError(8, "EOF occurred in violation of protocol")
    failed = ssl.SSLError(1, f"[SSL: {code.removeprefix('ERR_SSL_')}] {error.get('reason') or message}")
    failed.reason = code.removeprefix("ERR_SSL_")
    return failed


def connect(self, addr):
    if self._server_side:
        raise ValueError("can't connect in server-side mode")
    if self._connected:
        raise ValueError("attempt to connect already-connected SSLSocket!")
    Plain.connect(self, addr)
    self._connected = True
    if self.do_handshake_on_connect:
        self.do_handshake()


def connect_ex(self, addr):
    unsupported("connect_ex() of an SSLSocket")


def accept(self):
    connection, address = Plain.accept(self)
    wrapped = self.context.wrap_socket(
        connection,
        do_handshake_on_connect=self.do_handshake_on_connect,
        suppress_ragged_eofs=self._suppress_ragged_eofs,
        server_side=True,
    )
    return wrapped, address


def of_connection(name):
    """A method that is about the connection, not about the pair that carries the plain text."""
    plain = getattr(Plain, name)

    def method(self, *args):
        return plain(self.__dict__.get("_transport") or self, *args)

    method.__name__ = name
    return method


def without_flags(name, at):
    plain = getattr(Plain, name)

    def method(self, first, *rest, **named):
        if (rest[at - 1] if len(rest) >= at else named.get("flags", 0)) != 0:
            raise ValueError(f"non-zero flags not allowed in calls to {name}() on {self.__class__}")
        if self._sslobj is None and self._connected:
            self.do_handshake()
        return plain(self, first, *rest[: at - 1])

    method.__name__ = name
    return method


def recv_into(self, buffer, nbytes=None, flags=0):
    return receive_into(self, buffer, nbytes or len(memoryview(buffer).cast("B")), flags)


receive_into = without_flags("recv_into", 2)


def refused(name):
    def method(self, *args, **named):
        raise ValueError(f"{name} not allowed on instances of {self.__class__}")

    method.__name__ = name
    return method


def read(self, len=1024, buffer=None):
    return self.recv(len) if buffer is None else self.recv_into(buffer, len)


def write(self, data):
    return self.send(data)


def real_close(self):
    transport = self.__dict__.pop("_transport", None)
    Plain._real_close(self)
    if transport is not None:
        transport.close()
        host.tls_closed(self._connection)


def handshaken(self):
    if self._sslobj is None:
        raise ValueError("handshake not done yet")
    return self._sslobj


def chain(self):
    certificate = handshaken(self)["certificate"]
    return [base64.b64decode(der) for der in certificate["chain"]] if certificate else []


def getpeercert(self, binary_form=False):
    certificate = handshaken(self)["certificate"]
    if not certificate:
        return None
    if binary_form:
        return base64.b64decode(certificate["chain"][0])
    if self._context.verify_mode == ssl.CERT_NONE:
        return {}
    told = {
        "subject": distinguished(certificate["subject"]),
        "issuer": distinguished(certificate["issuer"]),
        "version": 3,
        "serialNumber": certificate["serialNumber"],
        "notBefore": certificate["valid_from"],
        "notAfter": certificate["valid_to"],
    }
    if certificate.get("subjectaltname"):
        told["subjectAltName"] = tuple(
            tuple(part.split(":", 1)) for part in certificate["subjectaltname"].split(", ")
        )
    return told


def distinguished(name):
    entries = []
    for key, values in (name or {}).items():
        for value in values if isinstance(values, list) else [values]:
            entries.append(((NAMES.get(key, key), value),))
    return tuple(entries)


def cipher(self):
    if self._sslobj is None:
        return None
    told = self._sslobj["cipher"]
    bits = re.search(r"AES_?(128|256)", told["name"])
    return told["name"], told["version"], int(bits[1]) if bits else 256


def get_channel_binding(self, cb_type="tls-unique"):
    if cb_type not in ssl.CHANNEL_BINDING_TYPES:
        raise ValueError(f"{cb_type} channel binding type not implemented")
    unsupported("tls-unique channel binding")


def get_server_certificate(addr, ssl_version=ssl.PROTOCOL_TLS_CLIENT, ca_certs=None, timeout=ssl._GLOBAL_DEFAULT_TIMEOUT):
    verify = ssl.CERT_NONE if ca_certs is None else ssl.CERT_REQUIRED
    context = ssl._create_stdlib_context(ssl_version, cert_reqs=verify, cafile=ca_certs)
    with socket.create_connection(addr, timeout=timeout) as plain:
        with context.wrap_socket(plain, server_hostname=addr[0]) as secure:
            return ssl.DER_cert_to_PEM_cert(secure.getpeercert(True))


def install():
    version = tuple(int(part) for part in re.findall(r"\d+", host.openssl)[:3])
    ssl.OPENSSL_VERSION = f"OpenSSL {host.openssl} (of the host)"
    ssl.OPENSSL_VERSION_INFO = (*version, 0, 0)
    ssl.OPENSSL_VERSION_NUMBER = version[0] << 28 | version[1] << 20 | version[2] << 4
    ssl.HAS_TLSv1_3 = ssl.HAS_ECDH = ssl.HAS_NEVER_CHECK_COMMON_NAME = True
    ssl.get_server_certificate = get_server_certificate

    for function in (
        *(load_verify_locations, load_default_certs, set_default_verify_paths, load_cert_chain, set_alpn_protocols),
        *(set_ciphers, set_ecdh_curve, load_dh_params, get_ca_certs, cert_store_stats),
    ):
        setattr(ssl.SSLContext, function.__name__, function)
    ssl.SSLContext.get_ciphers = lambda self: unsupported("SSLContext.get_ciphers()")
    ssl.SSLContext.session_stats = lambda self: unsupported("SSLContext.session_stats()")

    kind = ssl.SSLSocket
    kind._create = classmethod(create)
    for function in (
        *(do_handshake, connect, connect_ex, accept, recv_into, read, write),
        *(getpeercert, cipher, get_channel_binding),
        *(of_connection(name) for name in ("getsockname", "getpeername", "getsockopt", "setsockopt")),
        *(without_flags(name, 1) for name in ("send", "sendall", "recv")),
        *(refused(name) for name in ("sendto", "sendmsg", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into")),
    ):
        setattr(kind, function.__name__, function)
    kind._real_close = real_close
    kind.shutdown = lambda self, how: Plain.shutdown(self, how)
    kind.sendfile = lambda self, *args, **named: Plain._sendfile_use_send(self, *args, **named)
    kind.unwrap = lambda self: unsupported("SSLSocket.unwrap()")
    kind.pending = lambda self: 0
    kind.version = lambda self: self._sslobj and self._sslobj["version"]
    kind.selected_alpn_protocol = lambda self: self._sslobj and self._sslobj["alpn"]
    kind.get_unverified_chain = chain
    kind.get_verified_chain = chain
    kind.verify_client_post_handshake = lambda self: unsupported("verify_client_post_handshake()")
    kind.server_side = property(lambda self: self._server_side)


install()
