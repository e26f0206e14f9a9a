"""Spreadsheets (.xlsx, .xlsb, .xls) by calamine: a table for each sheet, with the values that formulas came to."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import PurePath
from typing import IO, Any

from engine.errors import DependencyMissing, ParseFailed
from engine.extras import needs
from engine.types import MetadataValue
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.html import HtmlParser
from indexer.parsers.office.package import Package, document
from indexer.parsers.office.properties import core_properties
from indexer.parsers.office.sheet_parts import add_hanging, sheet_parts
from indexer.parsers.office.tables import add_sheet
from indexer.parsers.text import TextParser

_KIND = "spreadsheet"
_CELLS = 20_000_000  # of one sheet, from its first used corner to its last: calamine takes memory for each
_CELL = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^<>]*(?<!/)>')
_CHUNK = 2**20
_EXACT = 10**15  # a float holds each whole number up to here
_REMEDY = "Save it again from its program, without a password."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DEFAULT = re.compile(  # names that programs give
    r"(?:sheet|tabelle|feuil|hoja|foglio|planilha|blad|ark|munka|arkusz|list|лист|シート|工作表)[ _]?\d{0,3}",
    re.IGNORECASE,
)


class SheetParser:
    name = "sheet"
    label = "Excel"
    version = "3"
    suffixes = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".xlt")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        try:
            with needs("office", "Reading spreadsheets"):
                from python_calamine import CalamineError, load_workbook
        except DependencyMissing as error:  # is a failure of this file alone
            raise ParseFailed(error.message, error.remedy) from error
        if not data.startswith((b"PK", _OLE)):
            return _exported(data, name)
        with document(_KIND):
            package = Package(data, _KIND) if data.startswith(b"PK") else None
            if package:
                _check_extent(package)
            try:
                return _workbook(load_workbook(io.BytesIO(data)), package, name)
            except CalamineError as error:
                if package is None:  # an encrypted workbook is wrapped up as the old format is
                    raise ParseFailed("The spreadsheet is encrypted or damaged.", _REMEDY) from error
                reason = clean(str(error)).strip().rstrip(".")
                raise ParseFailed(f"The spreadsheet is damaged: {reason}.", _REMEDY) from error
            except BaseException as error:
                if type(error).__name__ == "PanicException":  # what stands for a crash in a library in Rust
                    raise ParseFailed("The spreadsheet cannot be read.", "Save it as .xlsx.") from error
                raise


def _exported(data: bytes, name: str) -> Parsed:
    """Parse what many programs export under the name of a spreadsheet: a page, or lines of text."""
    stem = PurePath(name).stem
    if b"<table" in data[:65536].lower() or b"<html" in data[:65536].lower():
        return HtmlParser().parse(data, name=f"{stem}.html")
    try:
        return TextParser().parse(data, name=f"{stem}.txt")
    except ParseFailed as error:
        raise ParseFailed("The spreadsheet is damaged, or older than Excel 5.", "Save it as .xlsx.") from error


def _workbook(workbook: Any, package: Package | None, name: str) -> Parsed:
    builder = TextBuilder()
    remarks: list[str] = []
    parts = dict(sheet_parts(package)) if package else {}
    for sheet in workbook.sheet_names:
        try:
            rows = [[_shown(cell) for cell in row] for row in workbook.get_sheet_by_name(sheet).iter_rows()]
        except ValueError as error:  # a sheet of another kind, such as a chart, or a damaged one
            remarks.append(f"The sheet {clean(sheet)!r} was left out: {clean(str(error)).rstrip('.')}.")
            continue
        named = _DEFAULT.fullmatch(sheet) is None
        add_sheet(builder, clean(sheet), enumerate(rows, start=1), headed=named)
        if package and sheet in parts:
            add_hanging(builder, package, parts[sheet], clean(sheet))
    declared, language, metadata = core_properties(package) if package else ("", None, {})
    sheets: dict[str, MetadataValue] = {"sheets": len(workbook.sheet_names)}
    return builder.parsed(declared or None, name=name, language=language, metadata=sheets | metadata, remarks=remarks)


def _shown(cell: Any) -> str:
    """A value as text: dates as in ISO 8601, whole numbers without a fraction."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("seconds")
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _check_extent(package: Package) -> None:
    """Raise ParseFailed where two used cells of a sheet lie so far apart that all between them would fill the
    memory.
    """
    for sheet, part in sheet_parts(package):
        first, last = [2**31, 2**31], [0, 0]
        with package.open(part) as stream:
            for row, column in _cells(stream):
                first = [min(first[0], row), min(first[1], column)]
                last = [max(last[0], row), max(last[1], column)]
        if (last[0] - first[0] + 1) * (last[1] - first[1] + 1) > _CELLS and last[0]:
            raise ParseFailed(
                f"The sheet {clean(sheet)!r} reaches to row {last[0]}, column {last[1]}; {_CELLS} cells are allowed.",
                "Delete the cells far from the table, or save it as CSV.",
            )


def _cells(stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Row and column of each cell that is not empty."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        text = rest + chunk
        cut = text.rfind(b"<")
        rest = text[cut:] if cut >= 0 and len(text) - cut < _CHUNK else b""
        for cell in _CELL.finditer(text, 0, len(text) - len(rest)):
            column = 0
            for letter in cell[1]:
                column = column * 26 + letter - ord("A") + 1
            yield int(cell[2]), column
    # The end of the file is the end of its root element, not of a cell.
