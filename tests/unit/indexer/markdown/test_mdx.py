"""MDX, in `.mdx` and where `.md` holds some."""

from __future__ import annotations

import pytest

from indexer.parsers.markdown import MarkdownParser


def text(source: str, name: str = "page.mdx") -> str:
    return MarkdownParser().parse(source.encode(), name=name).text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import A from '@theme/A';\nimport {\n  B,\n  C,\n} from 'b'\n\n# Title", "Title"),
        ("import A from 'a'\nText right below", "Text right below"),
        ("import 'a.css';\n\nimport {\n never closed", "import { never closed"),
        ("export const a = () => {\n  one()\n\n  two()\n}\n\nText", "Text"),
        ("export const tabs = [{label: 'Linux', value: 'l'}]\n\nText", "Linux\n\nText"),
        ('<Tabs>\n  <TabItem value="l" label="Linux">\n    Run *it*.\n  </TabItem>\n</Tabs>', "Linux\n\nRun it."),
        ("<Tabs\n  values={[\n    {label: 'macOS', value: 'm'},\n  ]}>\nText\n</Tabs>", "macOS\n\nText"),
        ('<div className="card">\n  ## New\n\n  It *is*.\n</div>', "New\n\nIt is."),
        ('<Card title="A card" href="/x">inside</Card>', "A card\n\ninside"),
        ("<Note>\n\n    indented is no code\n\n</Note>", "indented is no code"),
        ("<Step>\n    ```js\n    a < b\n    ```\n</Step>", "a < b"),
        ("Text {/* a\n\ncomment */}with{' '}space", "Text with space"),
        ('{"quoted"} and {id}', "quoted and {id}"),
        ("<>\nText\n</>", "Text"),
        ('<div style={{width: "50%"}} className="x">\n\nText\n\n</div>', "Text"),
        ('<img src={logo} alt="The logo" />', "The logo"),
        ("A List<String> and <API_KEY> in prose.", "A List<String> and <API_KEY> in prose."),
        ("a < b and b > c", "a < b and b > c"),
        ("Use `<Tabs>` so.", "Use <Tabs> so."),
        ("Escaped \\{x} and \\<A/>", "Escaped {x} and <A/>"),
        ("Open {brace and <Tag", "Open {brace and <Tag"),
        ("Text\nimport {a} from 'b' is a line of prose", "Text import {a} from 'b' is a line of prose"),
    ],
)
def test_javascript_goes_and_text_stays(source: str, expected: str) -> None:
    assert text(source) == expected


def test_markdown_with_imported_components_is_mdx() -> None:
    source = "---\nid: a\n---\n\nimport T from '@theme/T';\n\n# H\n\n<T>\n\n      Text {/* no */}\n\n</T>"
    assert text(source, "page.md") == "H\n\nText"


def test_markdown_without_imports_loses_only_what_is_surely_a_component() -> None:
    assert text('<CodeGroup>\n\nText\n\n</CodeGroup>\n\nNew <Badge text="beta" />', "page.md") == "Text\n\nNew beta"
    for prose in ("The <Counter> is a component.", "Put <App/> there.", "<Foo>bar</Foo> inline", "{/* kept */}"):
        assert text(prose, "page.md") == prose


def test_a_line_of_code_in_prose_makes_no_mdx() -> None:
    source = "# H\n\nAdd the line\n\nimport x from 'y'\n\nto main.js."
    assert "import x from 'y'" in text(source, "page.md")
