"""A kernel that does not keep to the protocol; its second argument says how."""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import zmq
from jupyter_client.session import Session

_READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03PUB"
_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)


def main() -> None:
    connection = json.loads(Path(sys.argv[1]).read_text())
    lie = sys.argv[2]
    path = connection["ip"] + "-{}"
    if lie == "dies":
        sys.stderr.write("no such language here\n")
        sys.exit(3)
    if lie == "silent":
        time.sleep(60)
    if lie == "link":
        Path(path.format(2)).symlink_to("/run/nobody")
        time.sleep(60)
    if lie in ("junk", "endless message", "giant frame", "another protocol"):
        serve_raw(path.format(2), lie)
    serve(connection, path, lie)


def serve_raw(path: str, lie: str) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    connection, _ = server.accept()
    if lie == "junk":
        connection.sendall(os.urandom(1000).replace(b"\xff", b"\0"))
    if lie == "another protocol":
        connection.sendall(_GREETING.replace(b"NULL", b"EVIL"))
    connection.sendall(_GREETING + b"\x04" + bytes([len(_READY)]) + _READY)
    if lie == "giant frame":
        connection.sendall(b"\x02" + (1 << 40).to_bytes(8, "big"))
    while lie == "endless message":
        connection.sendall(b"\x03" + (60000).to_bytes(8, "big") + bytes(60000))
    time.sleep(60)


def serve(connection: dict[str, str], path: str, lie: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    context = zmq.Context()
    sockets = {}
    for name, kind, port in (
        ("shell", zmq.ROUTER, 1),
        ("iopub", zmq.PUB, 2),
        ("control", zmq.ROUTER, 3),
    ):
        sockets[name] = context.socket(kind)
        sockets[name].bind("ipc://" + path.format(port))
    session = Session(key=connection["key"].encode())
    poller = zmq.Poller()
    poller.register(sockets["shell"], zmq.POLLIN)
    poller.register(sockets["control"], zmq.POLLIN)
    running = None
    while True:
        for ready, _ in poller.poll():
            ids, asked = session.recv(ready)
            kind = asked["msg_type"]

            def say(kind, content, parent=asked):
                session.send(sockets["iopub"], kind, content, parent=parent)

            if kind == "kernel_info_request":
                info = {} if lie == "no language" else {"language_info": {"name": "lies"}}
                session.send(ready, "kernel_info_reply", info, parent=asked, ident=ids)
                say("status", {"execution_state": "idle"})
            elif kind == "execute_request":
                running = ids, asked
                lie_about(lie, say, sockets["iopub"], session, asked)
                if lie not in ("obeys messages", "never idle"):
                    say("status", {"execution_state": "idle"})
                if lie != "obeys messages":
                    session.send(ready, "execute_reply", {"status": "ok"}, parent=asked, ident=ids)
            elif kind == "interrupt_request":
                ids, asked = running
                say("stream", {"name": "stdout", "text": "interrupted by a message"}, asked)
                say("status", {"execution_state": "idle"}, asked)


def lie_about(lie, say, iopub, session, asked):
    """Do what the lie is called; what is not in here is a lie of another kind."""

    def send(*parts):
        iopub.send_multipart([b"<IDS|MSG>", session.sign(list(parts)), *parts])

    def deep():
        header = session.pack(session.msg_header("stream"))
        send(header, session.pack(asked["header"]), b"{}", b"[" * 500_000)

    def forge():
        session.key = b"another"
        say("stream", {"name": "stdout", "text": "forged"})

    def hang_up():
        iopub.close(linger=0)
        time.sleep(60)

    def flood():
        while True:
            say("stream", {"name": "stdout", "text": "x" * 1000})

    lies = {
        "bare junk": lambda: iopub.send_multipart([b"junk"]),
        "wrong signature": forge,
        "broken JSON": lambda: send(b"{", b"{}", b"{}", b"{}"),
        "deep JSON": deep,
        "stream of a number": lambda: say("stream", {"name": "stdout", "text": 7}),
        "stream of nothing": lambda: say("stream", {}),
        "data that is a list": lambda: say("display_data", {"data": ["x"], "metadata": {}}),
        "hangs up": hang_up,
        "flood": flood,
    }
    lies.get(lie, lambda: None)()


main()
