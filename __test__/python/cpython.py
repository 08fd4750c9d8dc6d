"""CPython's own tests under Pyodide, which has no threads.

`server MODULE... TEST LEFT_OUT` runs them, those after TEST if it is not empty, and not those in a list as JSON; prints `listening PORT` and two lines for each:
`begun`, and `ok`, `failed` or `skipped`. `client PORT` is where
the second thread of each test runs: a process of its own. Attributes that both sides can know are told to the other
whenever one sets an event; sockets of the other side can be asked for their names only.
"""

import contextlib
import functools
import importlib
import json
import pickle
import socket
import sys
import traceback
import unittest

sys.path.insert(0, "/cpython")
from test import support

# Says that sockets do not work under Emscripten.
support.has_socket_support = True
PATIENCE = 20
PLAIN = (int, float, str, bytes, bool, type(None))


class Peer:
    """The connection to the other process."""

    def __init__(self, sock, assists):
        self.sock = sock
        self.assists = assists
        self.file = sock.makefile("rwb")
        self.instance = None
        self.told = {}
        # Counts the tests: what is about an earlier one is late.
        self.run = 0

    def send(self, **message):
        message["number"] = self.run
        if self.instance is not None:
            message["attributes"] = {
                name: value for name, value in map(self.portable, self.instance.__dict__.items()) if value is not None
            }
        pickle.dump(message, self.file)
        self.file.flush()

    def portable(self, item):
        name, value = item
        if name in self.told or name.startswith("_"):
            return name, None
        if isinstance(value, Event):
            return name, ("event", value.number)
        if isinstance(value, socket.socket) and value.fileno() >= 0:
            return name, ("socket", value.getsockname(), int(value.family), int(value.type), value.proto)
        if isinstance(value, PLAIN) or isinstance(value, tuple) and all(isinstance(part, PLAIN) for part in value):
            return name, ("value", value)
        return name, None

    def receive(self, timeout=PATIENCE):
        self.sock.settimeout(timeout)
        message = pickle.load(self.file)
        while message["number"] < self.run:
            message = pickle.load(self.file)
        self.run = message["number"]
        for name, (kind, *value) in message.pop("attributes", {}).items():
            # Each side keeps what it has made itself; of events there is one, the server's.
            own = self.instance is None or name in self.instance.__dict__ and name not in self.told
            if own and not (self.instance is not None and self.assists and kind == "event"):
                continue
            made = {"event": Event, "socket": Elsewhere, "value": lambda value: value}[kind](*value)
            self.told[name] = self.instance.__dict__[name] = made
        return message


class Elsewhere:
    """A socket of the other process."""

    def __init__(self, name, family, kind, proto):
        self.getsockname = lambda: name
        self.family, self.type, self.proto = socket.AddressFamily(family), socket.SocketKind(kind), proto


class Event:
    made = 0
    happened = set()

    def __init__(self, number=None):
        self.number = Event.made if number is None else number
        Event.made = max(Event.made, self.number) + 1

    def set(self):
        Event.happened.add(self.number)
        peer.send(event=self.number)

    def clear(self):
        Event.happened.discard(self.number)

    def is_set(self):
        return self.number in Event.happened

    isSet = is_set

    def wait(self, timeout=PATIENCE):
        while not self.is_set():
            handle(peer.receive(timeout))
        return True


class Queue:
    """Takes exceptions to the server's side."""

    def __init__(self, size):
        self.items = []

    def put(self, error):
        peer.send(error="".join(traceback.format_exception(error)), kind=type(error).__name__, text=str(error))

    def qsize(self):
        return len(self.items)

    def get(self):
        return self.items.pop()


class InClient(Exception):
    """What went wrong in the other process."""


def handle(message):
    if "event" in message:
        Event.happened.add(message["event"])
    elif "error" in message:
        if message["kind"] == "SkipTest":
            failure = unittest.SkipTest(message["text"])
        else:
            failure = InClient(f"{message['kind']}: {message['text']}")
        peer.instance.queue.items.append(failure)
    elif "finished" in message:
        # However it ended.
        Event.happened.update((peer.instance.client_ready.number, peer.instance.done.number))


def start_client(function, arguments):
    """In place of a thread: `clientRun` of a test."""
    test = function.__self__
    events = {name: getattr(test, name).number for name in ("server_ready", "client_ready", "done")}
    peer.instance, peer.told = test, {}
    peer.run += 1
    peer.send(run=test.id(), events=events)


def no_exit():
    raise SystemExit


def patched(name):
    """A test module whose threads are the other process."""
    module = importlib.import_module(name)
    if hasattr(module, "thread"):
        module.thread = type(sys)("thread")
        module.thread.start_new_thread, module.thread.exit = start_client, no_exit
    if hasattr(module, "threading"):
        own = type(sys)("threading")
        own.__dict__.update(module.threading.__dict__)
        own.Event = Event
        module.threading = own
    if hasattr(module, "queue"):
        module.queue = type(sys)("queue")
        module.queue.Queue = Queue
    if hasattr(module, "threading_helper"):
        own = type(sys)("threading_helper")
        own.__dict__.update(module.threading_helper.__dict__)
        own.wait_threads_exit = contextlib.nullcontext
        module.threading_helper = own
    return module


def find(identity):
    """A test by its id, not run."""
    module, kind, method = identity.rsplit(".", 2)
    return getattr(patched_once(module), kind)(method)


@functools.cache
def patched_once(name):
    return patched(name)


class Result(unittest.TestResult):
    def tell(self, test, what, why=""):
        print(json.dumps({"test": test.id(), "result": what, "why": why}), flush=True)

    def addSuccess(self, test):
        self.tell(test, "ok")

    def addSkip(self, test, reason):
        self.tell(test, "skipped", reason)

    def addError(self, test, error):
        # Once for a test, though both sides and the cleaning up may fail.
        if not self.failed:
            self.tell(test, "failed", f"{error[0].__name__}: {str(error[1]).strip()[:300]}")
        self.failed = True

    addFailure = addError

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.addError(test, error)

    def addExpectedFailure(self, test, error):
        self.tell(test, "ok")

    def startTest(self, test):
        self.failed = False
        super().startTest(test)


def serve(names):
    global peer
    control = socket.create_server(("127.0.0.1", 0))
    print(f"listening {control.getsockname()[1]}", flush=True)
    connection, _ = control.accept()
    peer = Peer(connection, False)
    *names, last, left_out = names
    left_out = json.loads(left_out)
    for name in names:
        suite = unittest.defaultTestLoader.loadTestsFromModule(patched_once(name))
        for test in tests_in(suite):
            if last:
                # An earlier process came as far as this one.
                last = "" if test.id() == last else last
                continue
            if test.id() in left_out:
                continue
            print(json.dumps({"test": test.id(), "result": "begun"}), flush=True)
            peer.instance, peer.told = None, {}
            result = Result()
            unittest.TestSuite([test]).run(result)
    peer.send(end=True)


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def assist(port):
    global peer
    peer = Peer(socket.create_connection(("127.0.0.1", port)), True)
    while True:
        peer.instance, peer.told = None, {}
        message = peer.receive(None)
        if "end" in message:
            return
        if "run" not in message:
            continue
        test = find(message["run"])
        peer.instance = test
        test.server_crashed = False
        # The other side may change it.
        peer.told["server_crashed"] = False
        for name, number in message["events"].items():
            setattr(test, name, Event(number))
        test.queue = Queue(1)
        try:
            test.clientRun(getattr(test, "_" + test._testMethodName))
        except SystemExit:
            pass
        except BaseException as error:
            test.queue.put(error)
        try:
            test.doCleanups()
        except BaseException:
            pass
        peer.send(finished=True)


if sys.argv[1] == "server":
    serve(sys.argv[2:])
else:
    assist(int(sys.argv[2]))
