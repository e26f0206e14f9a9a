"""Subtitles: sentences over cues, speakers, times."""

from __future__ import annotations

import pytest

from indexer.parsers import Parsed
from indexer.parsers.lines.subtitles import SubtitlesParser
from tests.unit.indexer.places import place_of


def parse(text: str, name: str = "film.srt") -> Parsed:
    return SubtitlesParser().parse(text.encode(), name=name)


def test_sentences_run_on_over_cues_and_pauses_make_paragraphs() -> None:
    parsed = parse(
        "1\n00:00:01,000 --> 00:00:02,500\nWe <i>went</i> to\n\n2\n00:00:02,600 --> 00:00:04,000\nthe river.\n\n"
        "3\n01:00:09,000 --> 01:00:10,000\n{\\an8}Later &amp; on.\n"
    )
    assert parsed.text == "We went to the river.\n\nLater & on."
    assert [place_of(parsed, word, "time") for word in ("We", "river", "Later")] == ["0:00:01", "0:00:02", "1:00:09"]


def test_webvtt_with_speakers_notes_and_names_of_cues() -> None:
    parsed = parse(
        "WEBVTT - a title\n\nNOTE hidden\nstill\n\nSTYLE\n::cue {}\n\nintro\n00:01.000 --> 00:02.000 align:left\n"
        "<v Ann>Hello <b>there</b>.\n\n00:02.000 --> 00:03.000\n<v Ann>How are you?\n\n00:03.000 --> 00:04.000\n<v Bob>Fine.\n",
        "talk.vtt",
    )
    assert parsed.text == "Ann: Hello there. How are you?\n\nBob: Fine."


def test_captions_that_roll_up_are_said_once() -> None:
    parsed = parse(
        "WEBVTT\n\n00:01.000 --> 00:02.000\none two\n\n00:02.000 --> 00:03.000\none two\nthree four\n\n"
        "00:03.000 --> 00:04.000\nthree four\nfive\n",
        "auto.vtt",
    )
    assert parsed.text == "one two three four five"


def test_cues_without_full_stops_are_lines_where_a_pause_and_a_capital_tell() -> None:
    parsed = parse("1\n00:00:01,000 --> 00:00:02,000\nA TITLE\n\n2\n00:00:04,000 --> 00:00:05,000\nThen words\n")
    assert parsed.text == "A TITLE\nThen words"


def test_a_file_without_times_is_text_and_says_so() -> None:
    parsed = parse("just words\n")
    assert parsed.text == "just words" and "no times" in parsed.remarks[0]


@pytest.mark.parametrize("times", ["00:00:0,000 --> 00:1:2,5", "0:0:0 --> 0:1:2", "00:00:00:000 -> 00:01:02:500"])
def test_times_are_read_however_they_are_written(times: str) -> None:
    parsed = parse(f"1\n{times}\nWe went.\n\n2\n00:2:7,000 --> 00:2:8,000\nBack.\n")
    assert parsed.text == "We went.\n\nBack." and place_of(parsed, "Back", "time") == "0:02:07"
