"""The policy keeps watch: tickets in, their clocks kept, escalations out. Use cases over the ports in `ports.py`.

Nothing here knows a database, a socket or the clock of this machine: `now` is an argument or comes from a `Clock`.
"""
