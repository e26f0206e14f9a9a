"""Uploads as an attacker would send them, from a seed: bombs, floods, loops, deep nests, false names, noise."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.support.pdfs import make_pdf

MEGABYTE = 2**20


@dataclass(frozen=True)
class Upload:
    kind: str
    name: str
    data: bytes


def uploads(count: int, *, seed: int = 7, scale: float = 1.0) -> Iterator[Upload]:
    """The kinds in turn, each time of another size; `scale` makes all of them larger or smaller."""
    generator = random.Random(seed)
    for number in range(count):
        kind = _KINDS[number % len(_KINDS)]
        size = scale * generator.choice((0.1, 0.3, 1.0))
        name, data = kind(generator, size)
        yield Upload(kind.__name__.strip("_"), name, data)


Kind = Callable[[random.Random, float], tuple[str, bytes]]


def _count(scale: float, most: int) -> int:
    return max(1, int(scale * most))


def _pdf_bomb(_: random.Random, scale: float) -> tuple[str, bytes]:
    """A page whose contents unpack to a thousand times their size."""
    packed = zlib.compress(b"BT /F1 9 Tf (aaaa) Tj ET\n" * _count(scale, 40 * MEGABYTE // 25), 9)
    return "report.pdf", _pdf([b"<</Length %d /Filter /FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)])


def _pdf_pages(_: random.Random, scale: float) -> tuple[str, bytes]:
    return "book.pdf", make_pdf([[f"Page {number}"] for number in range(_count(scale, 10_000))])


def _pdf_loop(_: random.Random, scale: float) -> tuple[str, bytes]:
    """A page tree that holds itself."""
    data = make_pdf([["text"]] * 3)
    return "loop.pdf", data.replace(b"/Kids [", b"/Kids [2 0 R ").replace(b"/Count 3", b"/Count 2000000000")


def _pdf_cut(generator: random.Random, scale: float) -> tuple[str, bytes]:
    data = bytearray(make_pdf([["some text"] * 20] * _count(scale, 30)))
    for _ in range(30):
        data[generator.randrange(len(data))] = generator.randrange(256)
    return "cut.pdf", bytes(data[: generator.randrange(len(data))])


def _pdf(streams: list[bytes]) -> bytes:
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    body += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9e9 9e9]/Contents 5 0 R/Resources<</Font<</F1 4 0 R>>>>>>endobj\n"
    body += b"4 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    body += b"".join(b"%d 0 obj%s\nendobj\n" % (5 + number, stream) for number, stream in enumerate(streams))
    return body + b"trailer<</Root 1 0 R>>\n%%EOF"


def _zip_bomb(generator: random.Random, scale: float) -> tuple[str, bytes]:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../etc/cron.d/x", b"\0" * _count(scale, 50 * MEGABYTE))
    return generator.choice(("a.txt", "a.html", "a.md", "a.pdf", "a.zip", "a.docx", "a.epub")), stream.getvalue()


def _gzip_bomb(generator: random.Random, scale: float) -> tuple[str, bytes]:
    packed = gzip.compress(gzip.compress(b"a" * _count(scale, 50 * MEGABYTE)))
    return generator.choice(("a.txt", "a.jsonl.gz", "a.html", "a.md")), packed


def _symlinks(generator: random.Random, _: float) -> tuple[str, bytes]:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return generator.choice(("a.txt", "a.html", "a.tar", "a.pdf")), stream.getvalue()


def _xml_laughs(_: random.Random, scale: float) -> tuple[str, bytes]:
    depth = _count(scale, 12)
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, depth + 1))
    return (
        "laughs.xhtml",
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "ha">{entities}]><html><body>&l{depth};</body></html>'.encode(),
    )


def _external_entity(generator: random.Random, _: float) -> tuple[str, bytes]:
    target = generator.choice(("file:///etc/passwd", "http://127.0.0.1:9/", "/proc/self/environ"))
    return (
        "outside.xhtml",
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "{target}">]><html><body>&x;<iframe src="{target}"></body></html>'.encode(),
    )


def _yaml_laughs(_: random.Random, scale: float) -> tuple[str, bytes]:
    lines = [
        "a0: &a0 [lol, lol]",
        *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, _count(scale, 40))),
    ]
    return "laughs.md", ("---\n" + "\n".join(lines) + "\n---\ntext").encode()


def _yaml_merges(_: random.Random, scale: float) -> tuple[str, bytes]:
    lines = [
        "a0: &a0 {x: 1}",
        *(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, _count(scale, 30))),
    ]
    return "merges.md", ("---\n" + "\n".join(lines) + "\n---\ntext").encode()


def _yaml_deep(generator: random.Random, scale: float) -> tuple[str, bytes]:
    opening = generator.choice(("[", "{a: ", "- ", "? "))
    return "deep.md", ("---\na: " + opening * _count(scale, 12_000) + "\n---\ntext").encode()


def _html_deep(generator: random.Random, scale: float) -> tuple[str, bytes]:
    tag = generator.choice(
        ("div", "b", "table><tr><td", "ul><li", "a href=x", "font", "svg", "select", "p", "blockquote", "h1")
    )
    data = f"<{tag}>" * _count(scale, 100_000) + "text"
    return "deep.html", (generator.choice(("", "<!doctype html><body>")) + data).encode()


def _html_flood(generator: random.Random, scale: float) -> tuple[str, bytes]:
    piece = generator.choice(
        (
            "<!--",
            "<p",
            "<a b=",
            "&amp",
            "&#x110000;",
            "<![CDATA[",
            "</p>",
            "<br>",
            "<td>a",
            "<script>",
            "<p>a",
            '"><',
            "<?x",
            "<h1>a",
        )
    )
    return "flood.html", ("<html><body>" + piece * _count(scale, 300_000)).encode()


def _html_attributes(_: random.Random, scale: float) -> tuple[str, bytes]:
    attributes = " ".join(f"a{number}='{'x' * 50}'" for number in range(_count(scale, 50_000)))
    return "attributes.html", f"<html><body><p {attributes}>text".encode()


def _markdown_flood(generator: random.Random, scale: float) -> tuple[str, bytes]:
    piece = generator.choice(
        (
            "[",
            "![",
            "*a ",
            "**a_",
            "`" * 3 + "`a",
            "> ",
            "- ",
            "<",
            "[a](",
            "[a]: b\n",
            "|a",
            "\\",
            "&",
            "1. ",
            "~~a ",
            "_",
            "](",
            "\n#",
            "<a ",
            "[x][",
            "`a``",
            "***",
            "a](<b",
            "<!--",
            "![[]()",
            "[[a|",
            "%%a\n",
            ":::a\n",
            "```{note}\n",
            "[^a]: ",
            "{{< a ",
            "<A b={",
            "{/*",
            "$a",
        )
    )
    return generator.choice(("flood.md", "flood.mdx")), (piece * _count(scale, 60_000)).encode()


def _markdown_nested(generator: random.Random, scale: float) -> tuple[str, bytes]:
    depth = _count(scale, 1500)
    if generator.random() < 0.5:
        return "nested.md", "\n".join("  " * level + "- item" for level in range(depth)).encode()
    return "nested.md", "\n".join("> " * level + "quote" for level in range(depth)).encode()


def _markdown_table(_: random.Random, scale: float) -> tuple[str, bytes]:
    width = _count(scale, 2000)
    return "table.md", ("|a" * width + "|\n" + "|-" * width + "|\n" + "|\n" * width).encode()


def _liquid(generator: random.Random, scale: float) -> tuple[str, bytes]:
    piece = generator.choice(("{% ", "{% raw %}", "{{ site.", "{: .a ", "{% include a content='", "\t\t{%", " {:"))
    return "page.md", ("---\n---\n" + piece * _count(scale, 200_000)).encode()


def _front_matter(generator: random.Random, scale: float) -> tuple[str, bytes]:
    piece = generator.choice(
        (
            "---\n",
            "--- \n",
            "a: [\n",
            "a: 'b\n",
            "&a ",
            "? ",
            "a: !!python/object/apply:os.system ['id']\n",
            "a:\t",
            "b: *x\n",
            ": \n",
        )
    )
    return "matter.md", ("---\n" + piece * _count(scale, 60_000) + "\n---\nbody").encode()


def _one_line(generator: random.Random, scale: float) -> tuple[str, bytes]:
    piece = generator.choice(
        (b"a", b" ", b"a ", b"\t", b"\xc3\xa9", b"<", b"-", b"\xe5\xa4\xa9", b".", b"\n", b"\r", b"\xe2\x80\xa8")
    )
    return generator.choice(("line.txt", "line.md", "line.html")), piece * (_count(scale, 20 * MEGABYTE) // len(piece))


def _encodings(generator: random.Random, scale: float) -> tuple[str, bytes]:
    text = "naïve Grüße 天地玄黄 שלום 🦉 \0 " * _count(scale, 20_000)
    encoding = generator.choice(("utf-16", "utf-16-le", "utf-32", "utf-7", "shift_jis", "gb18030", "cp037", "utf-8"))
    data = bytearray(text.encode(encoding, "replace"))
    for _ in range(100):
        data[generator.randrange(len(data))] = generator.randrange(256)
    return generator.choice(("text.txt", "text.html", "text.md")), bytes(data[: -generator.randrange(1, 4)])


def _false_charset(generator: random.Random, scale: float) -> tuple[str, bytes]:
    charset = generator.choice(
        (
            "utf-16",
            "utf-7",
            "idna",
            "punycode",
            "unicode_escape",
            "rot13",
            "zlib",
            "hex",
            "mbcs",
            "x" * 200,
            "undefined",
        )
    )
    body = generator.randbytes(_count(scale, 100_000)).replace(b"\0", b"a")
    return "charset.html", f'<meta charset="{charset}"><p>'.encode() + body


def _noise(generator: random.Random, scale: float) -> tuple[str, bytes]:
    return f"noise{generator.choice(('.txt', '.md', '.html', '.pdf'))}", generator.randbytes(_count(scale, MEGABYTE))


def _nuls(generator: random.Random, scale: float) -> tuple[str, bytes]:
    return f"nul{generator.choice(('.txt', '.md', '.html', '.pdf'))}", b"\0" * _count(scale, 10 * MEGABYTE)


def _names(generator: random.Random, _: float) -> tuple[str, bytes]:
    name = generator.choice(
        (
            "../../../../etc/passwd",
            "../../etc/passwd.txt",
            "..\\..\\windows\\system32\\a.txt",
            "/dev/zero",
            "a.txt\0.html",
            "\x1b[2J\x07a.txt",
            "",
            ".",
            "..",
            "/",
            "con.txt",
            "a" * 100_000 + ".md",
            "." * 5000,
            "\u202etxt.exe",
            "\ud800.txt",
            "a\n.txt",
            "$(id).txt",
            "%2e%2e%2fpasswd.txt",
            "a." + "b" * 9999,
        )
    )
    return name, b"The river and the city."


def _mutated(generator: random.Random, _: float) -> tuple[str, bytes]:
    """A good document of which some bytes are not."""
    name, data = generator.choice(
        (
            (
                "good.html",
                b"<html><head><title>T</title></head><body><h1>T</h1><p>A paragraph.</p><ul><li>a</ul></body></html>"
                * 20,
            ),
            ("good.md", b"---\ntitle: T\ntags: [a, b]\n---\n# H\n\n- a\n- b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n" * 20),
            ("good.pdf", make_pdf([["First page", "of two"], ["Second page"]], title="T")),
        )
    )
    changed = bytearray(data)
    for _ in range(generator.randrange(1, 60)):
        at = generator.randrange(len(changed))
        changed[at : at + generator.randrange(3)] = generator.randbytes(generator.randrange(4))
    return name, bytes(changed)


_KINDS: tuple[Kind, ...] = (
    *(_pdf_bomb, _pdf_pages, _pdf_loop, _pdf_cut, _zip_bomb, _gzip_bomb, _symlinks, _xml_laughs, _external_entity),
    *(_yaml_laughs, _yaml_merges, _yaml_deep, _html_deep, _html_flood, _html_attributes, _markdown_flood),
    *(_markdown_nested, _markdown_table, _liquid, _front_matter, _one_line, _encodings, _false_charset, _noise, _nuls),
    *(_names, _mutated, _html_flood, _markdown_flood, _html_deep),
)
