"""One process holds the models and serves any number of API workers over a Unix socket.

Server side: `server.py` (connections), `scheduler.py` (who is next), `jobs.py` (one request's work), `models.py`.
Client side: `client.py` (the engine's protocols), `connections.py` (sockets and retries), `deadline.py`.
`supervisor.py` starts the process and starts it again when it dies; `wire.py` is what both sides speak.
"""
