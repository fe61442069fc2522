"""Starts threads without end.

ends: crash cpu timeout memory
may-live: yes
"""
# %% answer
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
