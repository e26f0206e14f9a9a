"""Links of wikitext become what a reader sees of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

# Names of namespaces in the languages of large wikis. A dump says its own as well; a page by itself says none.
FILES = frozenset(
    """file image media afbeelding archivo arquivo bestand bild datei dosya fichier ficheiro fil fitxer fájl grafika
    immagine kép lêer plik soubor tiedosto изображение файл ملف ファイル 文件 檔案 파일""".split()  # noqa: SIM905
)
CATEGORIES = frozenset(
    """category categoria categorie categoría catégorie kategori kategoria kategorie kategória luokka категория
    категорія تصنيف カテゴリ 分类 分類 분류""".split()  # noqa: SIM905
)

_BRACKETS = re.compile(r"\[\[|\]\]")
_OPTION_LENGTH = 6  # code points, of a script without capitals
_DEEPEST = 20  # captions hold links, and links hold no more
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,10}){0,3}")
_MEDIUM = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|tiff?|og[agv]|webm|mp[34]|wav|flac|mid|pdf|djvu|stl)$", re.IGNORECASE
)
_OPTION = re.compile(
    r"(?:thumb(?:nail)?|frame(?:d|less)?|border|left|right|cent(?:er|re)|none|upright|baseline|middle|sub|super|"
    r"text-(?:top|bottom)|top|bottom|\d{0,5}(?:x\d{1,5})?px|\w{1,10}=.*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(slots=True)
class Links:
    """Names that the links of one page are known by, and the categories that they put it in.

    `files` and `categories` are more names of the namespaces, in lower case: each wiki has them in its own language.
    """

    files: Collection[str] = ()
    categories: Collection[str] = ()
    found: list[str] = field(default_factory=list)

    def shown(self, text: str) -> str:
        """The text with the text of its links. What is never closed stays."""
        open_parts: list[list[str]] = [[]]
        at = 0
        for bracket in _BRACKETS.finditer(text):
            open_parts[-1] += filter(None, [text[at : bracket.start()]])
            at = bracket.end()
            if bracket[0] == "[[" and len(open_parts) <= _DEEPEST:
                open_parts.append([])
            elif bracket[0] == "]]" and len(open_parts) > 1:
                content = "".join(open_parts.pop())
                open_parts[-1] += filter(None, [self._link(content, begins=_begins(open_parts))])
            else:
                open_parts[-1].append(bracket[0])
        open_parts[-1].append(text[at:])
        return "[[".join("".join(parts) for parts in open_parts)

    def _link(self, content: str, *, begins: bool) -> str:
        """The text of a link. `begins`: it stands at the beginning of a line."""
        target, bar, label = content.partition("|")
        target = target.strip()
        space, colon, name = target.partition(":")
        space = space.strip().lower()
        if space and colon and (space in FILES or space in self.files or _MEDIUM.search(name)):
            caption = _caption(label.split("|"))
            return f"\n\n{caption}\n\n" if caption and begins else ""
        if colon and (space in CATEGORIES or space in self.categories):
            self.found.append(" ".join(name.replace("_", " ").split()))
            return ""
        if colon and not bar and begins and _LANGUAGE.fullmatch(space):  # the page in another language
            return ""
        return label if label.strip() else target.lstrip(":").strip()


def _begins(parts: Sequence[Sequence[str]]) -> bool:
    return len(parts) == 1 and (not parts[0] or parts[0][-1].endswith("\n"))


def _caption(options: Sequence[str]) -> str:
    """The last of a file's options if it is a sentence for readers."""
    last = " ".join(options[-1].split())
    return "" if _OPTION.fullmatch(last) or _is_option(last) else last


def _is_option(text: str) -> bool:
    """Whether it may be an option in another language, such as `mini` or `左`: one word, in lower case or short."""
    letters = [letter for letter in text if letter.isalpha()]
    cased = all(letter.islower() for letter in letters)
    return " " not in text and (cased or len(text) <= _OPTION_LENGTH) and not any(map(str.isupper, letters))
