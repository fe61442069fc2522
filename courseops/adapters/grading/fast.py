"""The fast path: Python notebooks in forks of one warm shell, without sockets of ZeroMQ.

One zygote process for one interpreter has IPython and the course's libraries imported and a
shell ready; each notebook runs in a fork of it, behind walls of its own
(`kernel/sandbox/`). Outputs are those of a stock ipykernel driven by nbclient. What only a
stock kernel can do (comms, widgets, `get_ipython().kernel`) ends in `NeedsStockKernelError`.
"""
