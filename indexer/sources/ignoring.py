"""Leaving out parts of a folder: by .gitignore and .winnowignore, by --include and --exclude, and by default.

Patterns are those of .gitignore. The file nearest to a path decides, .winnowignore before .gitignore beside it, so that
`!pattern` there takes something back in. What is named by itself is read whatever they say.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec

from engine.errors import UsageError
from indexer.sources.walk import Failed, absolute

DEFAULT = ("node_modules/", "__pycache__/", ".venv/", ".git/", "~$*")  # ~$ is what Word locks an open file with
BY_DEFAULT, EXCLUDED, NOT_INCLUDED, HOME = "excluded by default", "--exclude", "not in --include", "Winnow's own home"
FILES = (".winnowignore", ".gitignore")
_LARGEST = 1 << 20  # bytes of such a file
_ALL_BELOW = re.compile(r"(?<=/\*\*)(/?) *$")
_STARS = re.compile(r"\*+")
_MOST = 3  # wildcards in one part of a path, and `**` in a pattern: more take too long where they fail
_TOO_MANY = "A pattern may have so many: three `*` between two slashes, and three `**`."


class Rules:
    """Patterns for what lies in a folder, and the reason to give for what they leave out."""

    def __init__(self, folder: Path, spec: GitIgnoreSpec, reason: str) -> None:
        self.reason = reason
        self._spec = spec
        self._last_first = [(one.regex, bool(one.include)) for one in reversed(spec.patterns) if one.regex is not None]
        self._above = len(str(folder).rstrip("/")) + 1  # code points of a path before those that patterns are about

    def ignores(self, path: Path, *, folder: bool) -> bool | None:
        """Whether they leave a path out, or take it in; None where they say nothing.

        As in Git, the last pattern for the path itself decides: one for a folder above it has decided on that folder.
        """
        name = self._name(path) + ("/" if folder else "")
        return next((kept for expression, kept in self._last_first if _fits(expression, name)), None)

    def match(self, file: Path) -> bool:
        """Whether a file matches them by itself or by a folder above it."""
        return self._spec.match_file(self._name(file))

    def _name(self, path: Path) -> str:
        return str(path)[self._above :]


@dataclass(slots=True)
class Ignoring:
    """Why a path found in one of the `named` folders is left out. `problems` tells which patterns are not obeyed."""

    named: frozenset[Path]
    include: GitIgnoreSpec | None
    exclude: GitIgnoreSpec
    home: Path | None
    problems: list[Failed] = field(default_factory=list)
    _chains: dict[Path, tuple[Rules, ...]] = field(default_factory=dict)
    _options: dict[Path, tuple[Rules, Rules | None]] = field(default_factory=dict)

    def __call__(self, path: Path, folder: bool) -> str | None:
        if path == self.home:
            return HOME
        above = path.parent
        excluded, included = self._options_for(above)
        if excluded.ignores(path, folder=folder):
            return EXCLUDED
        for rules in self._chain(above):
            ignored = rules.ignores(path, folder=folder)
            if ignored is not None:
                if ignored:
                    return rules.reason
                break
        wanted = folder or included is None or included.match(path)
        return None if wanted else NOT_INCLUDED

    def remote(self, name: str) -> str | None:
        """Why a path below a URL is left out; there are no files of patterns there."""
        if self.exclude.match_file(name):
            return EXCLUDED
        if _DEFAULT.match_file(name):
            return BY_DEFAULT
        return None if self.include is None or self.include.match_file(name) else NOT_INCLUDED

    def _options_for(self, folder: Path) -> tuple[Rules, Rules | None]:
        """--exclude and --include, whose patterns are about paths below the folder that was named."""
        if folder not in self._options:
            top = next((one for one in (folder, *folder.parents) if one in self.named), folder)
            included = None if self.include is None else Rules(top, self.include, NOT_INCLUDED)
            self._options[folder] = (Rules(top, self.exclude, EXCLUDED), included)
        return self._options[folder]

    def _chain(self, folder: Path) -> tuple[Rules, ...]:
        """The rules for what lies in a folder, the nearest first."""
        if folder not in self._chains:
            top = folder in self.named or folder == folder.parent
            above = self._above(folder) if top else self._chain(folder.parent)
            self._chains[folder] = (*self._rules(folder, FILES), *above)
        return self._chains[folder]

    def _above(self, named: Path) -> tuple[Rules, ...]:
        """The rules that reach a named folder from above, unless they would leave out the folder itself."""
        found: list[Rules] = []
        repository = next((parent for parent in (named, *named.parents) if (parent / ".git").exists()), named)
        for parent in named.parents:
            files = FILES if parent.is_relative_to(repository) else FILES[:1]
            found += self._rules(parent, files)
        if next((said for rules in found if (said := rules.ignores(named, folder=True)) is not None), False):
            found = []
        return (*found, Rules(named, _DEFAULT, BY_DEFAULT))

    def _rules(self, folder: Path, files: Sequence[str]) -> Iterator[Rules]:
        for name in files:
            lines = self._lines(folder / name)
            good = [line for number, line in enumerate(lines, 1) if self._obeyed(folder / name, number, line)]
            if good:
                yield Rules(folder, _spec(good), f"ignored by {name}")

    def _lines(self, path: Path) -> list[str]:
        try:
            if not path.is_file():  # a pipe would be waited for
                return []
            with path.open("rb") as stream:
                data = stream.read(_LARGEST + 1)
        except OSError as error:
            self._fail(str(path), f"It cannot be read: {error.strerror or error}.", "Fix its permissions.")
            return []
        if len(data) > _LARGEST:
            self._fail(str(path), f"It is larger than {_LARGEST:,} bytes, and is not obeyed.", "Write fewer patterns.")
            return []
        return data.decode("utf-8-sig", errors="surrogateescape").splitlines()  # names may be other bytes

    def _obeyed(self, path: Path, number: int, line: str) -> bool:
        problem = _problem(line)
        if problem:
            self._fail(f"{path}#{number}", f"The pattern is not obeyed: {problem}", _TOO_MANY)
        return not problem

    def _fail(self, path: str, reason: str, remedy: str) -> None:
        self.problems.append(Failed(path, reason, remedy))


def ignoring(
    paths: Sequence[Path], include: Iterable[str] = (), exclude: Iterable[str] = (), home: Path | None = None
) -> Ignoring:
    """Rules for what to leave out below `paths`. A file must match one of `include`, if there is any, and none of
    `exclude`.

    Raises: UsageError: a pattern that cannot be read, or would take too long.
    """
    include, exclude = list(include), list(exclude)
    for option, patterns in (("--include", include), ("--exclude", exclude)):
        for pattern in patterns:
            if problem := _problem(pattern):
                raise UsageError(f"{option} {pattern!r} cannot be used: {problem}", _TOO_MANY)
    return Ignoring(
        frozenset(absolute(path) for path in paths),
        _spec(include) if include else None,
        _spec(exclude),
        None if home is None else absolute(home),
    )


def _fits(expression: re.Pattern[str], name: str) -> bool:
    """Whether an expression of pathspec's is about a path, whose name ends in a slash if it is a folder, and not about
    a folder above it. Those that are not anchored are of `*` and of `*/`.
    """
    if expression.pattern.startswith("^"):
        return expression.fullmatch(name) is not None
    return name.endswith("/") or not expression.groups


def _spec(patterns: Iterable[str]) -> GitIgnoreSpec:
    """The patterns for pathspec, which takes `docs/**` and `docs/**/` for docs itself, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of re, about `[[]`
        return GitIgnoreSpec.from_lines([_ALL_BELOW.sub(r"/*\1", pattern) for pattern in patterns])


def _problem(pattern: str) -> str:
    """The reason why a pattern cannot be used, or nothing. Matching is by backtracking, so wildcards are bounded."""
    parts = pattern.split("/")
    if any(len(_STARS.findall(part)) > _MOST for part in parts) or parts.count("**") > _MOST:
        return "it has too many wildcards."
    try:
        _spec([pattern])
    except (ValueError, re.error):
        return "it is not a pattern of .gitignore."
    return ""


_DEFAULT = GitIgnoreSpec.from_lines(DEFAULT)
