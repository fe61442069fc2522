"""Which sandbox holds on this machine, found out by trying; what is behind it is in `kernel/`."""
