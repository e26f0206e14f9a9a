"""What site generators and note-takers add to Markdown: their markup goes, and every word of the writer's stays."""

from __future__ import annotations

from contextlib import suppress

import pytest

from engine.errors import ParseFailed
from indexer.parsers.markdown import MarkdownParser


def text(source: str, name: str = "page.md") -> str:
    return MarkdownParser().parse(source.encode(), name=name).text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{{% alert title="Mind" color="red" %}}\nBack up.\n{{% /alert %}}', "Mind\n\nBack up."),
        ('See {{< relref "up.md" >}} for more.', "See for more."),
        ('[Upgrade]({{< ref "up.md" >}}) first.', "Upgrade first."),
        ('A {{< glossary_tooltip text="Pod" term_id="pod" >}} runs.', "A Pod runs."),
        ('A {{< glossary_tooltip term_id="node" >}} runs.', "A node runs."),
        ('{{< figure src="a.png" title="The map" >}}', "The map"),
        ('{{% expand "Click me" %}}inside{{% /expand %}}', "Click me inside"),
        ('{{< youtube "dQw4" >}}\n\nText.', "Text."),
        ('Hugo (any edition, {{% param "minVersion" %}} or later).', "Hugo (any edition, minVersion or later)."),
        ("Use {{< version `2.4` />}} or {{%badge-of v1.2.3%}}.", "Use 2.4 or v1.2.3."),
        ("Cascades ({{< new-in 0.153.0 />}}) are set.", "Cascades (new in 0.153.0) are set."),
        ("{{< deprecated-in 0.1.2 >}}\n\nText.", "deprecated in 0.1.2\n\nText."),
        ("A {{< icon star >}} {{< pic logo.png >}} {{< file a/b >}} {{< x y=z >}} b.", "A b."),
        ("{{< toc deep >}}\n\nText.", "Text."),
        ('[Upgrade]({{< ref "up there.md" >}}) or [not]({{< param base >}}/x).', "Upgrade or not."),
        ("{{< highlight go >}}\n  a := []*T{}\n{{< /highlight >}}\n\nText.", "a := []*T{}\n\nText."),
        ("{{< comment >}}\nhidden\n{{< /comment >}}\n\nText.", "Text."),
        ('Write {{</* ref "x" */>}} so.', 'Write {{< ref "x" >}} so.'),
        ("Write `{{% alert %}}` so.", "Write {{% alert %}} so."),
        ("```\n{{< tab >}}\n```", "{{< tab >}}"),
        ("1. One\n\n   {{< note >}}\n   inside\n   {{< /note >}}\n\n2. Two", "1. One\ninside\n2. Two"),
        ("An open {{< tag", "An open {{< tag"),
    ],
)
def test_hugo(source: str, expected: str) -> None:
    assert text(source) == expected


def test_a_tab_of_docsy_with_a_language_is_code() -> None:
    source = '{{< tabpane >}}\n{{< tab header="TOML" lang="toml" >}}\n[[menu]]\n  a = "_b_ [c](d)"\n{{< /tab >}}\n{{< /tabpane >}}'
    assert text(source) == 'TOML\n\n[[menu]]\n  a = "_b_ [c](d)"'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (":::warning Back up first\n\nCopy it.\n\n:::", "Back up first\n\nCopy it."),
        (":::tip[The *best*]{.x}\nText\n:::", "The best\n\nText"),
        ("::: details Click {open}\nText\n:::", "Click\n\nText"),
        ('::: {.callout-note title="Mind"}\nText\n:::', "Mind\n\nText"),
        ("::: danger\nText\n::::", "Text"),
        ("::: pkg.module.func", "pkg.module.func"),
        ("::: tab\n<div>*x*</div>\n:::\n*after*", "*x*\n\nafter"),
        ("- one\n\n  :::note\n  inside\n  :::\n- two", "- one\ninside\n- two"),
        ("# Install {#setup}", "Install"),
        ('```js title="src/a.js"\nlet a\n```', "src/a.js\n\nlet a"),
        ("::: mermaid\ngraph TD;\n  A-->B\n:::", "graph TD;\n  A-->B"),
    ],
)
def test_containers_and_code_of_docusaurus_and_its_like(source: str, expected: str) -> None:
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('!!! note "Mind the gap"\n    Inside.\n\nAfter.', "Mind the gap\n\nInside.\n\nAfter."),
        ('??? tip "Open"\n    ```\n    a [b]\n    ```', "Open\n\na [b]"),
        ('=== "Linux"\n\n    Run it.\n\n=== "macOS"\n\n    Open it.', "Linux\n\nRun it.\n\nmacOS\n\nOpen it."),
        ("[Get](x){ .md-button target=_blank } now", "Get now"),
        ("Press ++ctrl+alt+del++ now", "Press ctrl+alt+del now"),
        ("[TOC]\n\nText", "Text"),
        ('--8<-- "a.md"\n\nText', "Text"),
        ("The HTML.\n\n*[HTML]: Hyper Text", "The HTML.\n\nHTML: Hyper Text"),
        ("A [span]{.red} and `code`{.py} here", "A span and code here"),
    ],
)
def test_mkdocs_and_pandoc(source: str, expected: str) -> None:
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("(start)=\n# Start", "Start"),
        ("Use {func}`run` and {ref}`the guide <guide>`, {class}`~a.B`.", "Use run and the guide, a.B."),
        ("```{note}\nSome **bold** text.\n```", "Some bold text."),
        ("```{admonition} A *title*\n:class: tip\nText\n```", "A title\n\nText"),
        ("````{tip}\n```{warning}\nInner\n```\nOuter\n````", "Inner\n\nOuter"),
        ("```{code-block} python\n:caption: One\na = [b](c)\n```", "One\n\na = [b](c)"),
        ("```{toctree}\n:maxdepth: 2\n\nintro\n```\n\nText", "Text"),
        ("```{versionadded} 1.2\nIt came.\n```", "Added in version 1.2\n\nIt came."),
        ("```{figure} a.png\n:alt: A cat\nThe caption\n```", "A cat\n\nThe caption"),
        ("```{autofunction} pkg.run\n:members:\n```", "pkg.run"),
        (":::{note}\n:class: x\nText\n:::", "Text"),
        ("```{r, echo=FALSE}\nx <- 1\n```\n\n```{python}\ny = [1]\n```", "x <- 1\n\ny = [1]"),
        ("```{note}\nText\n```\n% a comment\n+++\nMore", "Text\n\nMore"),
        ("% of users, without any directive", "% of users, without any directive"),
        ("```{math}\na_1 * b_2\n```", "a_1 * b_2"),
    ],
)
def test_myst(source: str, expected: str) -> None:
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("With [[People/Anna Schmidt|Anna]] on [[Project Falcon]].", "With Anna on Project Falcon."),
        ("[[Note#Part]], [[#Here]], [[Note.md]], [[Note#^a1b2]]", "Note > Part, Here, Note, Note"),
        ("| a |\n|---|\n| [[Note\\|the note]] |", "a\nthe note"),
        ("![[budget.png|300]] and ![[icon.svg#dark|icon]]", "budget.png and icon"),
        ("> [!warning]- Do *not* ship\n> The audit is open.\n> - one", "Do not ship\n\nThe audit is open.\n\n- one"),
        ("> [!NOTE]\n> Text", "Text"),
        ("> [!tip] Only a title", "Only a title"),
        ("> > [!tip] Inner\n> > text", "Inner\n\ntext"),
        ("Seen %%private%% here.", "Seen here."),
        ("%%\nmany\n\nlines\n%%\n\nText", "Text"),
        ("A line. ^a1b2c3\n\n- item ^here", "A line.\n\n- item"),
        ("Due #work/planning today", "Due #work/planning today"),
        ("==**very** important== and ==this==", "very important and this"),
    ],
)
def test_obsidian(source: str, expected: str) -> None:
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A claim[^1].\n\n[^1]: The *proof*.\n\n    More.", "A claim [1].\n\n[1] The proof.\n\nMore."),
        ("A claim.\n\n[^unused]: Never referred to.", "A claim.\n\n[unused] Never referred to."),
        ("No such note[^2].", "No such note[^2]."),
        ("A claim^[with *proof*] here", "A claim (with proof) here"),
        ("- [ ] open\n- [x] done\n- [a] else", "- ☐ open\n- ☑ done\n- [a] else"),
        ("Term\n: One.\n: Two.", "Term: One.\nTwo."),
        ("With $E_1 = a_1 * b_2 * c$ here", "With $E_1 = a_1 * b_2 * c$ here"),
        ("$$\na_1 * b_2 * c\n$$", "a_1 * b_2 * c"),
        ("H~2~O, 10^6^ and 1^st^ :rocket:", "H2O, 10^6 and 1st :rocket:"),
        ("[//]: # (a comment)\n\n<!-- hidden -->\n\nText [a][b].\n\n[b]: http://x.y", "Text a."),
        ("| a | b |\n|---|---|\n| `x|y` | 1 |\n| 1 | 2 | 3 |", "a | b\n`x | y` | 1\n1 | 2 | 3"),
    ],
)
def test_notes_tasks_definitions_and_formulas(source: str, expected: str) -> None:
    assert text(source) == expected


def test_jekylls_highlighted_code_is_code() -> None:
    source = "---\nlayout: x\n---\nDo:\n{% highlight c %}\nint *a, *b; // [x](y)\n{% endhighlight %}\nThen."
    assert text(source) == "Do:\n\nint *a, *b; // [x](y)\n\nThen."
    html = "---\nlayout: x\n---\n<pre>{% highlight xml %}\na\n{% endhighlight %}</pre>\n\nThen *this*."
    assert text(html) == "a\n\nThen this."


def test_tags_of_gitbook_go_and_their_titles_stay() -> None:
    source = '{% tabs %}\n{% tab title="Linux" %}\nRun it.\n{% endtab %}\n{% endtabs %}\n\n{% hint style="info" %}\nMind.\n{% endhint %}'
    assert text(source) == "Linux\n\nRun it.\n\nMind."


@pytest.mark.parametrize(
    "prose",
    [
        "Compare a == b with c == d, a==b and c==d.",
        "Matrices such as [[1, 2], [3, 4]] and [[5, 6]].",
        "It costs $5 and then $10, or $HOME/$USER and US$20.",
        "A percent sign is %% in printf, as in 100%% or %d%%.",
        "Between ~/a and ~/b, or ~5 and ~6.",
        "C++ and g++ and i++ + j.",
        "Write {id}, {user: name}, {{ value }} and {% if x %} so.",
        "GET /users/{id}/posts returns std::vector and a :: b.",
        "A List<String>, <T>, <your-name> and <Foo> in prose.",
        "Ten ^6 and 2 ^ 3 and x^n.",
        "Yes!!! Really??? No.",
        "A [ ] box and [x] mark in prose.",
        "import this, he said, and export that.",
        "{:ok, value} and {:error, reason}",
    ],
)
def test_what_only_looks_like_a_dialect_stays(prose: str) -> None:
    assert text(prose) == prose


def test_nothing_in_code_is_touched() -> None:
    code = (
        "{{< a >}} {{% b %}} {% if x %} %%c%% [[d|e]] ![[f]] <Tabs> {:.g}\n:::note\n!!! h\n(i)=\n[^1]: j\n==k== $l$ ^m\n"
        "import n from 'o'\n{/* p */}\n{func}`q`\n# r {#s}"
    )
    for name in ("page.md", "page.mdx"):
        assert text(f"---\nlayout: x\n---\n````\n{code}\n````", name) == code


@pytest.mark.parametrize("name", ["page.md", "page.mdx"])
@pytest.mark.parametrize(
    "piece",
    [
        *("[[", "![[a|", "%%", "\n%%a", "$", "$$\n", "\\$", "[^", "[^a]: ", "^[", "==a", "~a~", "a^a^", "++a", "{a}`"),
        *("```{note}\n", ":::a\n", ":::{mermaid}\n", "!!! a\n", "> [!a] b\n> ", "\n: a", "{{< ", "{{< a >}}", "{{</* "),
        *("{{< highlight >}}\n", "{% highlight a %}\n", "<A ", "<A>", "<A/>", "<A b={", "{", "}", "{/*", "{ ", '{"'),
        *(
            "import {\n",
            "export const a = {\n\n",
            "<></>",
            "(a)=\n",
            "{.a ",
            "[a]{.b",
            "*[a]: ",
            '=== "a"\n',
            "# a {#b}\n",
        ),
    ],
)
def test_floods_of_markup_are_read_to_their_end(piece: str, name: str) -> None:
    """Each of these was, or could have been, quadratic: the suite's time limit tells. What nests too deep is refused."""
    with suppress(ParseFailed):
        MarkdownParser().parse(("[^a]: x\n\n" + piece * (30_000 // len(piece))).encode(), name=name)


def test_tables_of_raw_html_with_blank_lines_hold_no_code() -> None:
    row = "    <tr>\n      <td><p>\n\n        The path.\n\n      </p></td>\n      <td>b</td>\n    </tr>\n"
    found = text(f"<table>\n  <tbody>\n\n{row}\n{row}  </tbody>\n</table>\n\nAfter\n")
    assert "<" not in found and found.count("The path.") == 2 and found.endswith("After")
    assert text("<table><tr><td>\n\n```\nif a:\n    b\n```\n\n</td></tr></table>") == "if a:\n    b"


def test_a_fence_is_not_closed_by_one_that_is_indented_as_code() -> None:
    example = '``` title="x"\n=== "C"\n\n    ``` c\n    1\n    ```\n\n=== "D"\n```'
    assert text(example) == 'x\n\n=== "C"\n\n    ``` c\n    1\n    ```\n\n=== "D"'


def test_comments_of_myst_may_hold_marks_of_code() -> None:
    note = "```{note}\nRead this.\n```\n\n"
    assert text(f"{note}% ```{{mermaid}}\n% A --> B\n% ```\n\nText.") == "Read this.\n\nText."


def test_texts_that_jekyll_filters_are_gone() -> None:
    page = "---\nlayout: x\n---\nUse [plugins]({{ '/docs/' | relative_url }}) or {{ \"x\" | upcase }} and {{ own }}."
    assert text(page) == "Use plugins or and {{ own }}."


def test_front_matter_of_toml_may_follow_a_blank_line() -> None:
    assert MarkdownParser().parse(b'\n+++\ntitle = "Coast"\n+++\n\nWords.\n', name="a.md").title == "Coast"
