"""`python -m winnow`: the same as the command `winnow`."""

from __future__ import annotations

import os
import signal  # these three cost next to nothing: all else waits until Ctrl-C has been seen to
import sys

INTERRUPTED = 130  # exit code of what Ctrl-C ended


def main() -> None:
    """Run the command line. Ctrl-C ends it quietly from the beginning, while modules are still being imported, too."""
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:  # else somebody ignores it, such as a shell for a job of the background
        signal.signal(signal.SIGINT, _end_at_once)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would ask every package here whether it has one
    # NumPy's other threads spin for a while after each product, on cores that the models need.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    import gc

    from winnow.own import own_packages

    try:
        with own_packages():
            from engine.child import collect_rarely

            collect_rarely()
            from api.terminal.cli import main as run

        signal.signal(signal.SIGINT, interrupt)
        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        gc.freeze()  # what is left ends with the process


def _end_at_once(number: int, frame: object) -> None:
    """End before anything has begun that could be left undone. An exception could come up in the middle of an import,
    which may print it, or take it for another one.
    """
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
