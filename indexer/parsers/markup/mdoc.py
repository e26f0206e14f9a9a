"""The semantic macros of mdoc pages, those that stand in a line of text: options, arguments, names, quotes."""

from __future__ import annotations

from collections.abc import Sequence

_PAIRS = {  # those that enclose the rest of their line
    "Op": ("[", "]"), "Bq": ("[", "]"), "Pq": ("(", ")"), "Aq": ("<", ">"), "Brq": ("{", "}"), "Dq": ("“", "”"),
    "Sq": ("‘", "’"), "Qq": ('"', '"'), "Ql": ("‘", "’"), "En": ("", ""),
}  # fmt: skip
_OPENS = {"Oo": "[", "Bo": "[", "Po": "(", "Ao": "<", "Bro": "{", "Do": "“", "So": "‘", "Qo": '"', "Xo": "", "Eo": ""}
_CLOSES = {"Oc": "]", "Bc": "]", "Pc": ")", "Ac": ">", "Brc": "}", "Dc": "”", "Sc": "’", "Qc": '"', "Xc": "", "Ec": ""}
_SYSTEMS = {
    "Ux": "UNIX", "Fx": "FreeBSD", "Nx": "NetBSD", "Ox": "OpenBSD", "Dx": "DragonFly", "Bx": "BSD", "Bsx": "BSD/OS",
    "At": "AT&T UNIX", "St": "",
}  # fmt: skip
_BARE = {  # those that need no words: what they say
    **{name: [sign, ""] for name, sign in _OPENS.items()},
    **{name: ["", sign] for name, sign in _CLOSES.items()},
    **{name: [system] for name, system in _SYSTEMS.items()},
    "Ns": [""],
    "Ap": ["", "'", ""],
    "Ta": ["\t"],
}
_ARGUED = frozenset(
    """Ad An Ar Bf Cd Cm Dv Em Er Ev Fa Fc Fl Fn Fo Fr Ft Ic In Lb Li Lk Ms Mt Nm No Pa Pf Sx Sy Tn Va Vt Xr %A %B
    %C %D %I %J %N %O %P %Q %R %T %U %V""".split()  # noqa: SIM905
)
_ALL = _PAIRS.keys() | _BARE.keys() | _ARGUED
_AFTER = frozenset(".,:;)]?!")  # punctuation that no space stands before
_BEFORE = frozenset("([")
LITERAL = "\0"  # before a word that is no macro and no punctuation, whatever it looks like


class MdocText:
    """`name` is what the page is about, which its macro says without saying it."""

    def __init__(self) -> None:
        self.name = ""
        self.spaced = True  # words stand together while spacing is off

    def said(self, words: Sequence[str]) -> str:
        """The text of a line: macros are those of its words that are names of some."""
        words, stops = list(words), list[str]()
        while len(words) > 1 and words[-1] in _AFTER:
            stops = [*_punctuated(words.pop()), *stops]  # they stand outside of what is enclosed
        parts: list[str] = []  # words, and "" where the next one follows without a space
        closing: list[str] = []
        at = 0
        while at < len(words):
            word, at = words[at], at + 1
            if word not in _ALL:
                parts += _punctuated(word)
            elif word in _PAIRS:
                opening, end = _PAIRS[word]
                parts += [opening, ""]
                closing = ["", end, *closing]
            elif word in _BARE:
                parts += _BARE[word]
            else:
                end_of = next((place for place in range(at, len(words)) if words[place] in _ALL), len(words))
                parts += self._argued(word, list(words[at:end_of]))
                at = end_of
        return self._joined([*parts, *closing, *stops])

    def _argued(self, macro: str, words: list[str]) -> list[str]:
        """A macro with the words up to the next one; punctuation around them is none of its arguments."""
        before: list[str] = []
        after: list[str] = []
        while words and words[0] in _BEFORE:
            before += _punctuated(words.pop(0))
        while words and words[-1] in _AFTER:
            after = [*_punctuated(words.pop()), *after]
        if macro == "Nm" and words and not self.name:
            self.name = words[0]
        if macro == "An" and words and words[0] in ("-split", "-nosplit"):
            words = words[1:]
        if not words:
            return [*before, *_alone(macro, self.name), *after]
        match macro:
            case "Fl":
                words = [part for word in words for part in (_punctuated(word) if word in _AFTER else [f"-{word}"])]
            case "Xr" if len(words) > 1:
                words = [f"{words[0]}({words[1]})", *words[2:]]
            case "Fn":
                words = [f"{words[0]}({', '.join(words[1:])})"]
            case "Fo":
                words = [words[0], "", "(", ""]
            case "Pf":
                words = [words[0], "", *words[1:]]
            case "Lk":
                words = words[1:] or words
            case _:
                words = [part for word in words for part in _punctuated(word)]
        return [*before, *words, *after]

    def _joined(self, parts: Sequence[str]) -> str:
        """The words with spaces between them, but where an empty one stands."""
        said: list[str] = []
        glued = True
        for part in parts:
            if part and not glued and self.spaced:
                said.append(" ")
            said.append(part)
            glued = not part
        return "".join(said).replace(LITERAL, "")


def _punctuated(word: str) -> list[str]:
    return ["", word] if word in _AFTER else [word, ""] if word in _BEFORE else [word]


def _alone(macro: str, name: str) -> list[str]:
    """The words of a macro that is given none."""
    return {"Nm": [name], "Ar": ["file ..."], "Fl": ["-", ""], "Pa": ["~"], "Fc": ["", ")"]}.get(macro, [])
