"""`python -m winnow`: the same as the command `winnow`."""

from __future__ import annotations

from winnow.own import own_packages


def main() -> None:
    """Run the command line."""
    with own_packages():
        from api.terminal.cli import main as run

    run()


if __name__ == "__main__":
    main()
