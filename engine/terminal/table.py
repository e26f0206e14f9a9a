"""Tables and lines for a person, in which nothing that was stored can steer the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.terminal.output import printable, printable_text


def console() -> Console:
    """stdout; wide enough for every table where it is no terminal."""
    out = Console(highlight=False, emoji=False)
    return out if out.is_terminal else Console(highlight=False, emoji=False, width=120)


def plain_table(title: str) -> Table:
    """A table without vertical lines, so that seven metrics fit into 80 columns."""
    return Table(
        title=Text(printable(title)), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )


def print_line(out: Console, line: str) -> None:
    """Print `line` as it stands: no markup is read in it, and it is not wrapped."""
    out.print(Text(printable_text(line)), soft_wrap=True)


def cells(*values: str) -> list[Text]:
    """A row's cells as they stand, for `Table.add_row`."""
    return [Text(printable(value)) for value in values]
