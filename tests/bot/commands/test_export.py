"""`audit export`: what stands in it for programs and for tables, and that it tells of itself."""

import csv
import hashlib
import io
import json
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.commands import export
from bot.domain.audit import OPERATOR
from bot.domain.trail import Event
from tests.bot.commands.conftest import on_a_bench
from tests.harness.builders import BOSS, NUMBER
from tests.harness.process import Run
from tests.harness.rows import facts_of
from tests.harness.stores import lay_down_a_database
from tests.harness.workbench import Workbench

FORMULA = '=HYPERLINK("http://x","für alle")'


async def _a_denial(bench: Workbench) -> None:
    await bench.ask()
    (request,) = await bench.requests()
    await bench.deny(request, reason=FORMULA)


def exported(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "trail").read_text("utf-8").splitlines()]


def test_as_lines_it_is_the_whole_chain_which_anybody_can_check(run: Run, tmp_path: Path) -> None:
    on_a_bench(tmp_path, _a_denial)
    ended = run("audit", "export")
    assert (ended.code, ended.err) == (0, "")
    before = "0" * 64
    for line in map(json.loads, ended.out.splitlines()):
        fields = [line[name] for name in ("seq", "at", "actor", "event", "request")]
        told = rfc8785.dumps(line["data"]).decode()
        before = hashlib.sha256(rfc8785.dumps([*fields, told, before])).hexdigest()
        assert before == line["hash"]
    assert [line["event"] for line in map(json.loads, ended.out.splitlines())] == ["requested", "denied", "exported"]


def test_exporting_is_an_entry_of_the_operators_and_the_last_that_is_exported(run: Run, tmp_path: Path) -> None:
    on_a_bench(tmp_path, _a_denial)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for since in ((), ("--since", "2026-01-01"), ("--since", tomorrow.isoformat())):
        assert run("audit", "export", "--output", "trail", *since).code == 0
    assert exported(tmp_path) == []
    last = on_a_bench(tmp_path, lambda bench: bench.last(Event.EXPORTED))
    assert (last.seq, last.actor, last.request) == (5, OPERATOR, None)
    assert facts_of(last) == {"format": "jsonl", "since": f"{tomorrow}T00:00:00+00:00"}
    assert run("audit", "export", "--output", "trail", "--since", "2026-01-01").code == 0
    assert [line["seq"] for line in exported(tmp_path)] == [1, 2, 3, 4, 5, 6]
    assert run("audit", "verify").code == 0
    assert (tmp_path / "trail").stat().st_mode & 0o777 == 0o600


def test_as_a_table_formulas_are_harmless_and_numbers_stay_as_they_are(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 1)
    on_a_bench(tmp_path, _a_denial)
    asked, denied, own = csv.DictReader(io.StringIO(run("audit", "export", "--format", "csv").out))
    assert (asked["e164"], asked["charge"], asked["currency"]) == (NUMBER, "101", "INR")
    assert (denied["actor"], denied["reason"], json.loads(denied["data"])["reason"]) == (BOSS, f"'{FORMULA}", FORMULA)
    assert (own["event"], own["request"], own["reason"]) == ("exported", "", "")


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=8) | st.from_regex(r"\A\s*[=+@-].{0,5}\Z"))
@example("+918069000142")
@example("-5.50")
@example("+1-1")
@example("\t=1")
@example("\uff1d1")
def test_no_cell_begins_as_a_formula_does_unless_it_is_a_number(cell: str) -> None:
    written = export.harmless(cell)
    assert written in (cell, f"'{cell}")
    is_number = cell.lstrip("+-").replace(".", "").isdecimal() and cell.isascii()
    begins = written.lstrip()[:1]
    assert begins not in tuple("=+-@\uff1d\uff0b\uff0d\uff20") or is_number
    assert written[:1] not in ("\t", "\r", "\n")
    if cell in (NUMBER, "-5.50"):
        assert written == cell


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets_of(path: Path) -> list[list[list[str]]]:
    """The texts in its cells; nothing else is there."""
    with zipfile.ZipFile(path) as book:
        names = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
        found = []
        for name in names:
            rows = ElementTree.fromstring(book.read(name)).iter(f"{SHEET}row")
            cells = [row.findall(f"{SHEET}c") for row in rows]
            assert {cell.get("t") for row in cells for cell in row} == {"inlineStr"}
            found.append([["".join(cell.itertext()) for cell in row] for row in cells])
        return found


def test_as_a_sheet_every_cell_is_a_text_and_what_does_not_fit_on_one_is_on_the_next(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS", 2)
    on_a_bench(tmp_path, _a_denial)
    assert run("audit", "export", "--format", "xlsx", "--output", "trail.xlsx").code == 0
    (head, asked, denied), (again, own) = sheets_of(tmp_path / "trail.xlsx")
    assert head == again == [*export.COLUMNS]
    assert asked[5] == NUMBER
    assert FORMULA in denied
    assert own[3] == "exported"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "xlsx"), "--output FILE"),
        (("--format", "pdf"), "invalid choice"),
        (("--since", "yesterday"), "a date is written as 2026-11-01"),
        (("--output", "nowhere/trail"), "cannot be written: No such file"),
    ],
)
def test_what_cannot_be_written_ends_with_2_and_is_no_entry(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    lay_down_a_database(tmp_path / "buynumber.db")
    ended = run("audit", "export", *arguments)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert said in ended.err
    assert run("audit", "verify").out == "The trail is empty.\n"


def test_without_the_extra_package_a_line_says_which(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    lay_down_a_database(tmp_path / "buynumber.db")
    ended = run("audit", "export", "--format", "xlsx", "--output", "trail.xlsx")
    assert (ended.code, ended.err) == (
        2,
        "buynumber: --format xlsx needs XlsxWriter: pip install 'XlsxWriter>=3.2,<4'\n",
    )
    assert not (tmp_path / "trail.xlsx").exists()


def test_without_a_database_none_is_made(run: Run, tmp_path: Path) -> None:
    assert run("audit", "export").code == 2
    assert [*tmp_path.iterdir()] == []


def test_on_a_terminal_a_bar_says_how_far_it_is(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_bench(tmp_path, _a_denial)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    ended = run("audit", "export", "--output", "trail")
    assert "[##############################] 100%" in ended.err
    assert ended.err.endswith("\r")
