"""Echoes what so many clients send, all at once, by select: prints `listening PORT`, at the end how many it served."""

import select
import socket
import sys

server = socket.create_server(("", 0), backlog=100)
server.setblocking(False)
print(f"listening {server.getsockname()[1]}", flush=True)
waiting, served = {server: b""}, 0
while served < int(sys.argv[1]):
    readable, writable, _ = select.select(waiting, [sock for sock, data in waiting.items() if data], [], 30)
    if not readable and not writable:
        raise SystemExit("nothing came")
    for sock in readable:
        if sock is server:
            client, _ = server.accept()
            client.setblocking(False)
            waiting[client] = b""
            continue
        data = sock.recv(65536)
        if data:
            waiting[sock] += data
        elif not waiting[sock]:
            del waiting[sock]
            sock.close()
            served += 1
    for sock in writable:
        if waiting.get(sock):
            waiting[sock] = waiting[sock][sock.send(waiting[sock]) :]
print(f"served {served}")
