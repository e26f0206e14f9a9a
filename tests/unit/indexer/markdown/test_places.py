"""Where the blocks of a page stand in its file, whatever was taken out above them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from indexer.parsers.markdown import MarkdownParser
from indexer.parsers.markdown.draft import Draft, own_lines
from tests.unit.indexer.places import told

# Each holds one word that is found again, `{}`, and stands on one line of the file.
BLOCKS = [
    "Paragraph {} of text\nthat goes on.",
    "# Heading {} #",
    "## Heading {} {{#own}}",
    "- {} an item",
    "  1. {} an item",
    "> {} quoted",
    "> [!note] {} a callout",
    "> [!note] Title\n> {} a callout's text",
    "```\n{} code\nmore\n```",
    "~~~ c\n\n\n{} code\n~~~",
    "    {} indented",
    "| {} | head |\n|---|---|\n| x | y |",
    "| head |\n|---|\n| {} |",
    "<p>{} html</p>",
    "<table>\n<tr><td>a</td></tr>\n<tr><td>{}</td></tr>\n</table>",
    "{{{{% alert title='x' %}}}}\n{} inside\n{{{{% /alert %}}}}",
    "{{{{< tab\n  a='b' >}}}}\n\n{} after",
    ":::note\n{} inside\n:::",
    "```{{note}}\n:class: x\n{} inside\n```",
    "!!! note\n    {} inside",
    '=== "{}"\n\n    tab',
    "%%\nhidden\n\n%%\n\n{} after",
    "(label)=\n{} after",
    "{{% include a.html\n  x='y' %}}\n{} after\n{{% endif %}}",
    "Term {}\n: meaning",
    "Term\n: {} meaning",
    "[^{}]: a note",
    "$$\nx_1 {}\n$$",
    "{{% highlight c %}}\n{} code\n{{% endhighlight %}}",
]


@given(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=12), st.booleans())
def test_every_block_knows_its_line(blocks: Any, matter: Any) -> None:
    source = "---\nlayout: x\ndescription: a page\n---\n" if matter else "{% include a.html %}\n\n"
    for number, block in enumerate(blocks):
        source += block.format(f"word{number}end") + "\n\n***\n\n"
    parsed = MarkdownParser().parse(source.encode(), name="page.md")
    lines = source.split("\n")
    for number, block in enumerate(blocks):
        word = f"word{number}end"
        start = parsed.text.index(word)
        line = next(place for place in reversed(parsed.locators) if place.kind == "line" and place.start <= start)
        written = next(index for index, text in enumerate(lines, 1) if word in text)
        assert int(line.value) == written, (block, line)
    assert [place.start for place in parsed.locators] == sorted(place.start for place in parsed.locators)


def test_headings_have_the_anchors_of_github() -> None:
    source = '# The `code`, a *title*!\n\n## Twice\n\n## Twice\n\n## Own {#mine .x}\n\n## Other { id="1.2" }\n\n## Third {#sec:b}\n\nSetext Ü\n---\n'
    parsed = MarkdownParser().parse(source.encode(), name="page.md")
    anchors = [
        (parsed.text[place.start :].split("\n")[0], place.value) for place in parsed.locators if place.kind == "anchor"
    ]
    assert anchors == [
        ("The code, a title!", "the-code-a-title"),
        ("Twice", "twice"),
        ("Twice", "twice-1"),
        ("Own", "mine"),
        ("Other", "1.2"),
        ("Third", "sec:b"),
        ("Setext Ü", "setext-ü"),
    ]


def test_a_page_cannot_say_that_it_stands_elsewhere() -> None:
    source = '<p data-winnow-line="77">text</p>\n\n<span data-winnow-line="x">more</span>'
    lines = [place.value for place in MarkdownParser().parse(source.encode(), name="a.md").locators]
    assert lines == ["1", "3"]


@given(st.lists(st.sampled_from(["a", "", "b x", " "]), min_size=1, max_size=20), st.data())
def test_lines_that_are_left_keep_their_numbers(lines: Any, data: st.DataObject) -> None:
    text = "\n".join(chr(0x4E00 + number) + line for number, line in enumerate(lines, 5))  # each begins with its mark
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    draft = Draft(text, 5)
    draft.edit([(start, end, data.draw(st.sampled_from(["", "x", "\n", "y\nz"]))) for start, end in pairs])
    left = [(ord(line[0]) - 0x4E00, index) for index, line in enumerate(draft.text.split("\n")) if line[:1] > "z"]
    assert [draft.line(index) for _, index in left] == [number for number, _ in left]
    numbers = [draft.line(index) for index in range(draft.text.count("\n") + 1)]
    assert numbers == sorted(numbers)


def test_an_edit_that_overlaps_the_one_before_is_left_out() -> None:
    draft = Draft("abcdef")
    draft.edit([(1, 3, "X"), (2, 4, "Y"), (4, 5, "")])
    assert draft.text == "aXdf"


def test_what_has_its_lines_for_itself() -> None:
    assert own_lines("a\n  <b>  \nc", 4, 7) == (2, 9)
    assert own_lines("a <b>", 2, 5) is None
    assert own_lines("<b>", 0, 3) == (0, 3)


def test_lines_of_code_have_their_own_places() -> None:
    source = "Words.\n\n```js\na = 1\n\nb = 2\n```\n\n- item\n\n  ```\n  one\n  two\n  ```\n\nlast\n"
    parsed = MarkdownParser().parse(source.encode(), name="a.md")
    lines = source.split("\n")
    for words in ("a = 1", "b = 2", "one", "two", "last"):
        assert words in lines[int(told(parsed, words).removeprefix("line ")) - 1]
