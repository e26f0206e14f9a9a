"""`python -m winnow`: the same as the command `winnow`."""

from __future__ import annotations

import sys

from winnow.own import own_packages


def main() -> None:
    """Run the command line. Ctrl-C while modules are still being imported ends it quietly, too."""
    try:
        with own_packages():
            from api.terminal.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
