"""`python -m winnow`: the same as the command `winnow`."""

from __future__ import annotations

import gc
import os
import sys

from winnow.own import own_packages

# Imports make hundreds of thousands of objects that stay: looking through them for garbage takes a tenth of a search,
# and doing so once more at its end another one. A search that starts cold makes some hundred thousand.
_COLLECTED_AFTER = (300_000, 20, 20)  # by default 700, 10, 10


def main() -> None:
    """Run the command line. Ctrl-C while modules are still being imported ends it quietly, too."""
    gc.set_threshold(*_COLLECTED_AFTER)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would ask every package here whether it has one
    # NumPy's other threads spin for a while after each product, on cores that the models need.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        with own_packages():
            from api.terminal.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        gc.freeze()  # what is left ends with the process


if __name__ == "__main__":
    main()
