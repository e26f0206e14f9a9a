"""How well HTML is read: words against judged pages, headings and inline code against the pages' own markup.

`python -m benchmarks.pages --judged FOLDER` takes folders that each hold source.html and expected.html, as those of
Readability do (https://github.com/mozilla/readability, test/test-pages); `--manuals FOLDER` takes any tree of pages.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lxml import html

from indexer.parsers.base import Parsed
from indexer.parsers.html import HtmlParser

Element: TypeAlias = html.HtmlElement

# Scripts without spaces count by the character.
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]|[^\W\u2e80-\u9fff\uac00-\ud7af]+")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_CODE = ("code", "kbd", "samp", "tt", "var")
_LINES = frozenset(("p", "li", "dd", "td"))
_BLOCKS = "|".join(f".//{tag}" for tag in "p div ul ol li dl dd table pre section blockquote h2 h3 h4 h5 h6".split())  # noqa: SIM905
_AROUND = "//nav|//footer|//dialog|//script|//style|//head|//*[@role='navigation' or @role='search' or @role='dialog']"
_TOOLS = "//a[contains(@class,'link') or contains(@class,'anchor')][string-length(normalize-space()) < 2]"
_PAGES = 60  # of a manual, by chance
_SEED = 3


@dataclass(slots=True)
class Share:
    """So many of so many."""

    some: int = 0
    all: int = 0

    def count(self, found: bool) -> None:
        self.some += found
        self.all += 1

    def __str__(self) -> str:
        return f"{self.some:,} of {self.all:,}" + (f" ({self.some / self.all:.1%})" if self.all else "")


def words_of(text: str) -> list[str]:
    """The words of a text in order, in lower case."""
    return _WORD.findall(text.lower())


def overlap(found: str, expected: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the words of a text, each as often as it stands there."""
    ours, theirs = Counter(words_of(found)), Counter(words_of(expected))
    both = (ours & theirs).total()
    precision, recall = (both / side.total() if side else float(not both) for side in (ours, theirs))
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def count_headings(page: Element, parsed: Parsed, share: Share) -> None:
    """Which headings of a page are headings of what was read of it."""
    kept = Counter(" ".join(words_of(heading.text)) for heading in parsed.headings)
    for heading in page.iter(*_HEADINGS):
        if words := " ".join(words_of(heading.text_content().replace("[edit]", ""))):
            share.count(kept[words] > 0)
            kept[words] -= 1


def count_torn(page: Element, parsed: Parsed, share: Share) -> None:
    """Which inline code stands in a line that was torn, or lost or won a space. Lines that were not read are none."""
    lines = [" ".join(line.split()) for line in parsed.text.split("\n")]
    text, squeezed = "\n".join(lines), "".join(parsed.text.split())
    for code in page.iter(*_CODE):
        line = next((above for above in code.iterancestors() if above.tag in _LINES), None)
        if line is None or code.getparent().tag in _CODE or line.find(".//br") is not None or line.xpath(_BLOCKS):
            continue
        sentence = " ".join(line.text_content().split())
        if sentence and "".join(sentence.split()) in squeezed:
            share.count(sentence not in text)


def _judged(folder: Path) -> Iterator[tuple[Path, Path]]:
    for source in sorted(folder.glob("*/source.html")):
        yield source, source.with_name("expected.html")


def _tree(data: bytes, unread: str) -> Element:
    tree = html.document_fromstring(data, parser=html.HTMLParser(encoding="utf-8", remove_comments=True))
    for element in tree.xpath(unread):
        if element.getparent() is not None:
            element.drop_tree()
    for line_break in tree.iter("br"):
        line_break.tail = f" {line_break.tail or ''}"
    return tree


def measure_judged(folder: Path) -> None:
    scores: list[tuple[float, float, float]] = []
    headings, seconds = Share(), 0.0
    for source, judged in _judged(folder):
        data = source.read_bytes()
        start = time.process_time()
        parsed = HtmlParser().parse(data, name=source.name)
        seconds += time.process_time() - start
        expected = _tree(judged.read_bytes() or b"<p>", "//script|//style")
        scores.append(overlap(parsed.text, " ".join(expected.itertext())))
        count_headings(expected, parsed, headings)
    precision, recall, f1 = (sum(side) / len(scores) for side in zip(*scores, strict=True))
    print(f"{folder.name}: {len(scores)} pages, words P {precision:.3f} R {recall:.3f} F1 {f1:.3f}, ", end="")
    print(f"headings {headings}; {len(scores) / seconds:.1f} pages a second of processor time")


def measure_manual(folder: Path) -> None:
    paths = sorted(path for path in folder.rglob("*.html") if path.is_file())
    chosen = random.Random(_SEED).sample(paths, min(_PAGES, len(paths)))  # noqa: S311  reproducible, not secret
    headings, torn, seconds = Share(), Share(), 0.0
    for path in chosen:
        data = path.read_bytes()
        start = time.process_time()
        parsed = HtmlParser().parse(data, name=path.name)
        seconds += time.process_time() - start
        page = _tree(data, f"{_AROUND}|{_TOOLS}")
        count_headings(page, parsed, headings)
        count_torn(page, parsed, torn)
    print(f"{folder.name}: {len(chosen)} pages, headings {headings}, torn code {torn}; ", end="")
    print(f"{len(chosen) / seconds:.1f} pages a second of processor time")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--judged", type=Path, nargs="*", default=[], help="Folders of judged pages.")
    options.add_argument("--manuals", type=Path, nargs="*", default=[], help="Folders of pages.")
    chosen_folders = options.parse_args()
    for path in chosen_folders.judged:
        measure_judged(path)
    for path in chosen_folders.manuals:
        measure_manual(path)
