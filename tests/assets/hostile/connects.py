"""Connects to a server on the machine.

harm: connects
"""
# %% answer
import socket
with socket.create_connection(("127.0.0.1", @PORT@), 0.5) as line:
    line.sendall(b"hello")
    print("it answered", line.recv(100))
