"""Who may do what, and how much of it: keys, rate limits, hosts, bodies, time; and no secrets in logs.

The middlewares are plain ASGI (https://asgi.readthedocs.io) and need no framework.
"""
