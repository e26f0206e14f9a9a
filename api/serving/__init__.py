"""`winnow serve`: one process, or several API workers that share a listening socket and one inference process.

`options.py` is what every process is told, `application.py` what it serves, `server.py` how it starts and ends;
`workers.py` keeps the processes of a larger service alive, `worker.py` is one of them.
"""
