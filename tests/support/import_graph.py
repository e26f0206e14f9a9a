"""Which third-party modules each command can come to import, read from the source without running it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("api", "benchmarks", "data", "engine", "indexer", "winnow")
CAUGHT = {"ImportError", "ModuleNotFoundError"}


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement, or one name of it. `extra` is that of the `with needs(extra, ...)` around it, None without;
    `caught` says that an `except ImportError` stands around it.
    """

    module: str
    line: int
    extra: str | None
    caught: bool


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    """All imports of one of our modules, in functions too, but not those for type checkers alone."""
    tree = ast.parse(path_of(module).read_text(encoding="utf-8"))
    return tuple(_walk(tree, None, False))


def path_of(module: str) -> Path:
    plain = ROOT / module.replace(".", "/")
    return plain / "__init__.py" if plain.is_dir() else plain.with_suffix(".py")


def is_ours(module: str) -> bool:
    return module.partition(".")[0] in OURS


def exists(module: str) -> bool:
    return path_of(module).is_file()


def with_parents(module: str) -> list[str]:
    """`a.b.c` runs a, a.b and a.b.c."""
    parts = module.split(".")
    names = [".".join(parts[: count + 1]) for count in range(len(parts))]
    return [name for name in names if exists(name)]


def is_third_party(module: str) -> bool:
    top = module.partition(".")[0]
    return top not in OURS and top not in sys.stdlib_module_names and top != "__future__"


def reached(module: str) -> Iterator[tuple[str, frozenset[str], Import]]:
    """(importing module, extras whose guard lies on the way to it or around the import, third-party import)."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(name, frozenset[str]()) for name in with_parents(module)]
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        name, extras = state
        for found in imports_of(name):
            inside = extras | {found.extra} if found.extra else extras
            if is_ours(found.module):
                waiting += [(parent, inside) for parent in with_parents(found.module)]
            elif is_third_party(found.module) and not found.caught:
                yield name, inside, found


def _walk(node: ast.AST, extra: str | None, caught: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, node.lineno, extra, caught)
    elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        yield Import(node.module, node.lineno, extra, caught)
        if is_ours(node.module):  # a name may be a module
            for alias in node.names:
                if exists(f"{node.module}.{alias.name}"):
                    yield Import(f"{node.module}.{alias.name}", node.lineno, extra, caught)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for child in node.orelse:
            yield from _walk(child, extra, caught)
    else:
        if isinstance(node, ast.With):
            extra = _needed(node) or extra
        for part in ast.iter_child_nodes(node):
            inside = isinstance(node, ast.Try) and part in node.body and _catches(node)
            yield from _walk(part, extra, caught or inside)


def _needed(node: ast.With) -> str | None:
    """The extra of `with needs("extra", ...)`."""
    for item in node.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "needs" and isinstance(call.args[0], ast.Constant):
            return str(call.args[0].value)
    return None


def _catches(node: ast.Try) -> bool:
    caught = {
        name.id for handler in node.handlers for name in ast.walk(handler.type or node) if isinstance(name, ast.Name)
    }
    return bool(caught & CAUGHT)
