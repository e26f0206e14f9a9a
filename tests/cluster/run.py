"""Faults of a cluster on hosts of this machine: `python -m tests.cluster.run [FAULT ...]`. Prints a table.

Needs root, and Ray (extra `cluster`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.cluster.faults import FAULTS, HEADER
from tests.cluster.hosts import why_not
from tests.cluster.site import Site, Size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=", ".join(FAULTS))
    parser.add_argument("--clients", type=int, default=Size.clients)
    parser.add_argument("--keep", type=Path, help="a folder for logs, which stays")
    given = parser.parse_args()
    if reason := why_not():
        sys.exit(reason)
    with (
        tempfile.TemporaryDirectory(prefix="winnow-") as folder,
        Site(given.keep or Path(folder), Size(clients=given.clients)) as site,
    ):
        print(HEADER, flush=True)
        for name in given.faults or FAULTS:
            outcome = FAULTS[name](site)
            print(outcome.row(), flush=True)
            places = [f"{one['shard']}/{one['replica']} {one.get('host')}" for one in site.replicas()]
            print("    " + ", ".join(places), file=sys.stderr, flush=True)
            for kind in ("wrong", "lost", "retried"):
                for line in getattr(outcome, kind)[:5]:
                    print(f"    {kind}: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
