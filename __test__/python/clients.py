"""Unmodified clients from PyPI and from Python's library, against servers whose places are the first argument, as JSON."""

import hashlib
import json
import sys

places = json.loads(sys.argv[1])
TEXT = "Grüße, 世界 " * 1000
BYTES = bytes(range(256)) * 1000


def show(what, *values):
    print(f"{what}:", *values)


def digest(data):
    return hashlib.sha256(data).hexdigest()


def redis():
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    for settings in ({"host": "localhost", "port": places["redis"]}, {"unix_socket_path": places["redisSocket"]}):
        client = redis.Redis(**settings, socket_timeout=5, socket_keepalive=True)
        show("redis ping", client.ping())
        client.set("bytes", BYTES)
        show("redis get", client.get("bytes") == BYTES)
        with client.pipeline() as pipe:
            for number in range(1000):
                pipe.incr("counter")
            show("redis pipeline", pipe.execute()[-1] - pipe.incr("counter").execute()[0])
        subscriber = client.pubsub()
        subscriber.subscribe("news")
        show("redis subscribed", subscriber.get_message(timeout=5)["type"])
        client.publish("news", "headline")
        show("redis message", subscriber.get_message(timeout=5)["data"])
        show("redis nothing more", subscriber.get_message(timeout=0.1))
        impatient = redis.Redis(**settings, socket_timeout=0.2, retry=Retry(NoBackoff(), 0))
        try:
            impatient.blpop("nothing", timeout=5)
        except redis.exceptions.TimeoutError:
            show("redis time-out", "TimeoutError")
        client.close()


def pg8000():
    import pg8000.native

    for settings in ({"host": "127.0.0.1", "port": places["postgres"]}, {"unix_sock": places["postgresSocket"]}):
        with pg8000.native.Connection("hostsock", database="postgres", timeout=10, **settings) as connection:
            connection.run("CREATE TEMPORARY TABLE lines (number INTEGER, text TEXT, bytes BYTEA)")
            for number in range(20):
                connection.run("INSERT INTO lines VALUES (:n, :t, :b)", n=number, t=TEXT, b=BYTES)
            rows = connection.run("SELECT number, text, bytes FROM lines ORDER BY number")
            show("postgres rows", len(rows), all(row == [at, TEXT, BYTES] for at, row in enumerate(rows)))
            show("postgres sum", connection.run("SELECT sum(number) FROM lines"))
            try:
                connection.run("SELECT nonsense")
            except pg8000.exceptions.DatabaseError as error:
                show("postgres error", error.args[0]["C"])


def pymysql():
    import pymysql

    for settings in ({"host": "127.0.0.1", "port": places["mariadb"]}, {"unix_socket": places["mariadbSocket"]}):
        connection = pymysql.connect(user="hostsock", password="secret", database="test", read_timeout=10, **settings)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE entries (number INT, text MEDIUMTEXT CHARACTER SET utf8mb4, bytes LONGBLOB)")
            cursor.executemany("INSERT INTO entries VALUES (%s, %s, %s)", [(at, TEXT, BYTES) for at in range(20)])
            cursor.execute("SELECT * FROM entries ORDER BY number")
            rows = cursor.fetchall()
            show("mariadb rows", len(rows), all(row == (at, TEXT, BYTES) for at, row in enumerate(rows)))
            try:
                cursor.execute("SELECT nonsense")
            except pymysql.err.OperationalError as error:
                show("mariadb error", error.args[0])
    try:
        pymysql.connect(user="hostsock", password="wrong", host="127.0.0.1", port=places["mariadb"])
    except pymysql.err.OperationalError as error:
        show("mariadb refuses", error.args[0])


def smtp():
    import smtplib
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.test", "b@example.test", "A letter"
    message.set_content("First line\n.\nlast line\n")
    with smtplib.SMTP("localhost", places["smtp"], timeout=10) as server:
        show("smtp", server.ehlo()[0], server.has_extn("8bitmime"), server.send_message(message))


def http():
    import http.client
    import urllib.request

    import requests
    import urllib3

    base = f"http://localhost:{places['nginx']}"
    connection = http.client.HTTPConnection("localhost", places["nginx"], timeout=10)
    for _ in range(2):
        connection.request("GET", "/large")
        response = connection.getresponse()
        show("http.client", response.status, digest(response.read()) == places["large"], connection.sock is not None)
    connection.close()
    show("urllib.request", digest(urllib.request.urlopen(f"{base}/large", timeout=10).read()) == places["large"])
    with requests.Session() as session:
        for name in ("large", "small", "none"):
            response = session.get(f"{base}/{name}", timeout=10)
            show("requests", name, response.status_code, digest(response.content) == places["large"])
        show("requests used a socket", type(response.raw._pool).__module__, response.raw._pool.num_connections)
    pool = urllib3.PoolManager(timeout=10)
    show("urllib3", pool.request("GET", f"{base}/small").data)


def https():
    import http.client
    import ssl
    import urllib.request

    import requests

    base = f"https://localhost:{places['https']}"
    authority = places["authority"]
    context = ssl.create_default_context(cafile=authority)
    connection = http.client.HTTPSConnection("localhost", places["https"], context=context, timeout=10)
    connection.request("GET", "/")
    answer = json.loads(connection.getresponse().read())
    show("https", answer["name"], answer["protocol"], answer["size"])
    secure = connection.sock
    show("certificate", secure.getpeercert()["subject"], secure.getpeercert()["subjectAltName"])
    show("connection", secure.version(), secure.cipher()[1], secure.getpeername() == ("127.0.0.1", places["https"]))
    connection.request("POST", "/", BYTES)
    show("https, 256 000 bytes there", json.loads(connection.getresponse().read())["size"])
    connection.close()
    show("urllib.request", json.loads(urllib.request.urlopen(base, context=context, timeout=10).read())["name"])
    show("requests", requests.get(base, verify=authority, timeout=10).json()["name"])
    try:
        requests.get(base, timeout=10)
    except requests.exceptions.SSLError as error:
        show("requests, authority unknown", "CERTIFICATE_VERIFY_FAILED" in str(error))
    for what, settings, name in (
        ("authority unknown", {}, "localhost"),
        ("another name", {"cafile": authority}, "example.com"),
        ("another address", {"cafile": authority}, "127.0.0.9"),
    ):
        try:
            with plain() as sock:
                ssl.create_default_context(**settings).wrap_socket(sock, server_hostname=name)
            show(what, "connected")
        except ssl.SSLCertVerificationError as error:
            show(what, error.reason)
    with plain() as sock, ssl.create_default_context(cafile=authority).wrap_socket(sock, server_hostname="127.0.0.1") as secure:
        show("by address", secure.version())
    open_to_all = ssl._create_unverified_context()
    open_to_all.set_alpn_protocols(["none", "http/1.1"])
    open_to_all.maximum_version = ssl.TLSVersion.TLSv1_2
    with plain() as sock, open_to_all.wrap_socket(sock, server_hostname="other.test") as secure:
        show("unverified", secure.version(), secure.selected_alpn_protocol(), secure.getpeercert())
        secure.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        text = secure.makefile("rb").read()
        show("its name", json.loads(text.split(b"\r\n\r\n")[1])["name"])
    with plain() as sock, open_to_all.wrap_socket(sock) as secure:
        secure.settimeout(0.1)
        try:
            secure.recv(1)
        except TimeoutError as error:
            show("time-out", error)


def plain():
    import socket

    return socket.create_connection(("127.0.0.1", places["https"]), timeout=10)


def loop():
    """asyncio on Python's own selector loop, which blocks in select while nothing happens."""
    import asyncio

    async def echo(reader, writer):
        writer.write(b">" + await reader.readline())
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        place = server.sockets[0].getsockname()

        async def ask(number):
            reader, writer = await asyncio.open_connection(*place)
            writer.write(b"%d\n" % number)
            answer = await reader.read()
            writer.close()
            return answer

        answers = await asyncio.gather(*(ask(number) for number in range(20)))
        server.close()
        return answers == [b">%d\n" % number for number in range(20)]

    running = asyncio._get_running_loop()
    # Pyodide's own loop counts as running always.
    asyncio._set_running_loop(None)
    try:
        own = asyncio.SelectorEventLoop()
        show("asyncio", own.run_until_complete(main()))
        own.close()
    finally:
        asyncio._set_running_loop(running)


for name in sys.argv[2:]:
    globals()[name]()
