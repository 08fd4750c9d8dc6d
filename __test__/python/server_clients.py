"""PORT COUNT: so many clients at once, each with a megabyte of its own; prints how many got theirs back."""

import os
import socket
import sys
import threading


def client(port, results):
    data = os.urandom(1 << 20)
    with socket.create_connection(("127.0.0.1", port), timeout=50) as sock:
        sender = threading.Thread(target=lambda: (sock.sendall(data), sock.shutdown(socket.SHUT_WR)))
        sender.start()
        got = b"".join(iter(lambda: sock.recv(65536), b""))
        sender.join()
    results.append(got == data)


results = []
threads = [threading.Thread(target=client, args=(int(sys.argv[1]), results)) for _ in range(int(sys.argv[2]))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"{sum(results)} equal")
