"""Speaks to the world: by name, by UDP, by a socket of another family, by a proxy.
"""
# %% answer
import socket
for attempt in (
    lambda: socket.getaddrinfo("example.org", 80),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
    lambda: socket.socket(40, socket.SOCK_STREAM).connect((2, 1024)),
    lambda: socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock"),
    lambda: socket.socket(socket.AF_UNIX).connect("\0/tmp/.X11-unix/X0"),
):
    try:
        attempt()
        print("reached the world")
    except OSError:
        pass
