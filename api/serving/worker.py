"""One API worker: `python -m api.serving.worker OPTIONS DESCRIPTOR [LOCAL]`. Started by `api.serving.workers`."""

from __future__ import annotations

import socket
import sys
import threading

from api.operations.logs import set_up_logs
from api.serving.application import build
from api.serving.options import Serving
from api.serving.server import Server, end_with_parent
from engine.child import collect_rarely
from engine.errors import WinnowError


def main() -> None:
    collect_rarely()
    serving = Serving.from_json(sys.argv[1])
    set_up_logs(serving.log_format)
    listening, *local = (socket.socket(fileno=int(descriptor)) for descriptor in sys.argv[2:])
    try:
        application = build(serving)
    except WinnowError as error:
        sys.exit(f"worker: {error.code}: {error}")
    server = Server(
        application.app, listening, application.interrupt, serving.settings, local=local[0] if local else None
    )
    threading.Thread(target=end_with_parent, args=(server,), name="ends with the parent", daemon=True).start()
    server.run_here()


if __name__ == "__main__":
    main()
