"""Subtitles (SubRip, WebVTT, YouTube's .sbv): what is said, in sentences again; the places are times."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, PARAGRAPH
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lined import LinedBuilder

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})"
_TIME, _ROUGH = rf"{_CLOCK}[.,](\d{{1,3}})", rf"{_CLOCK}(?:[.,:](\d{{1,3}}))?"
_TIMES = re.compile(rf"\s*{_ROUGH}\s*-{{1,2}}>\s*{_ROUGH}(?!\d)")
_SBV_TIMES = re.compile(rf"\s*{_TIME}\s*,\s*{_TIME}")
_ASIDE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^<>]*)>")
_TAG = re.compile(r"</?[a-zA-Z0-9.:#\"'= _-]{0,200}>|\{[\\a-z][^{}]{0,200}\}")
_SPEAKER = re.compile(r"(?:>>|[-–—]\s?(?=\S))|([^\W\d_][\w .'’-]{0,40}):\s")
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]」]*$")
_PAUSE = 4.0  # seconds after a sentence that make a paragraph
_BREATH = 1.0  # seconds without a full stop after which a capital begins a line
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")


@dataclass(slots=True)
class Cue:
    """Words shown from `start` to `end` (seconds); `speaker` is None where it is the one before, or unknown."""

    start: float
    end: float
    speaker: str | None = None
    lines: list[str] = field(default_factory=list)


class SubtitlesParser:
    name = "subtitles"
    label = "subtitles"
    version = "2"
    suffixes = (".srt", ".vtt", ".sbv")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        lines = decode_lines(data, remarks=remarks)
        builder = LinedBuilder()
        cues = list(_without_repeats(_cues(lines)))
        if cues:
            _write(builder, cues)
        else:
            builder.verbatim(enumerate(lines, 1))
            remarks += ["There are no times in it; it was read as text."] if builder.text else []
        return builder.parsed(None, name=name, remarks=remarks)


def _cues(lines: Sequence[str]) -> Iterator[Cue]:
    cue: Cue | None = None
    aside = False  # in a note or a style sheet
    for index, line in enumerate(lines):
        if times := _times(line):
            if cue is not None:
                yield cue
            cue, aside = Cue(_seconds(times.groups()[:4]), _seconds(times.groups()[4:])), False
        elif not line.strip():
            aside = False
        elif _ASIDE.match(line) and (index == 0 or not lines[index - 1].strip()):
            aside = True
        elif cue is not None and not aside and not _is_name(lines, index):
            _say(cue, line)
    if cue is not None:
        yield cue


def _times(line: str) -> re.Match[str] | None:
    """When a cue begins and ends, however exactly its file says so."""
    return _TIMES.match(line) or _SBV_TIMES.match(line)


def _is_name(lines: Sequence[str], index: int) -> bool:
    """Whether a line is the number or the name of the cue that follows."""
    follows = index + 1 < len(lines) and _times(lines[index + 1]) is not None
    return follows and not lines[index - 1].strip()


def _say(cue: Cue, line: str) -> None:
    voice = _VOICE.search(line)
    if voice is not None and cue.speaker is None:
        cue.speaker = voice[1].strip()
        line = line.replace(voice[0], "", 1)
    text = " ".join(html.unescape(_TAG.sub("", _VOICE.sub(r"\1: ", line))).split())
    if text:
        cue.lines.append(text)


def _without_repeats(cues: Iterator[Cue]) -> Iterator[Cue]:
    """Captions that roll up show each line twice: at the bottom, then above the next."""
    before: list[str] = []
    for cue in cues:
        shown = list(cue.lines)
        while cue.lines and before and cue.lines[0] == before[-1]:
            del cue.lines[0]
        before = shown or before
        if cue.lines:
            yield cue


def _write(builder: LinedBuilder, cues: Sequence[Cue]) -> None:
    """A paragraph for each speaker, or until a pause; in it the sentences run on from cue to cue."""
    last, end, speaker = "", 0.0, None
    for cue in cues:
        changed = cue.speaker is not None and cue.speaker != speaker
        between = PARAGRAPH if changed or not last else _between(last, cue.lines[0], cue.start - end)
        builder.locate("time", _clock(cue.start))
        for number, line in enumerate(cue.lines):
            builder.add(f"{cue.speaker}: {line}" if changed and not number else line, between)
            last = line
            between = _between(line, cue.lines[number + 1], 0.0) if number + 1 < len(cue.lines) else ""
        end, speaker = cue.end, cue.speaker or speaker


def _between(last: str, line: str, pause: float) -> str:
    """The separator of two lines; `pause` is in seconds."""
    if _ENDS.search(last):
        return PARAGRAPH if pause >= _PAUSE else LINE if _SPEAKER.match(line) else " "
    if _SPEAKER.match(line) or (pause >= _BREATH and not line[0].islower()):
        return LINE
    return "" if _CJK.match(last[-1]) and _CJK.match(line) else " "


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _clock(seconds: float) -> str:
    """H:MM:SS."""
    minutes, whole = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{whole:02}"
