"""What can be typed after `buynumber`: the commands, their arguments, and the forms of these. Nothing is run here."""

import argparse
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NoReturn

from bot.domain.numbers import E164, e164
from bot.domain.request import Status
from bot.invocation import program, typed

WRONG_USE = 2
"""The exit code."""

LONGEST_ROW = 18
"""Digits of a row's number: both databases keep it in 64 bits."""


class _Parser(argparse.ArgumentParser):
    """Says what was wrong in one line, as all problems are said."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message}; see {self.prog} --help\n")


def _add(add_parser: Callable[..., argparse.ArgumentParser], command: str, about: str) -> argparse.ArgumentParser:
    """`command` in all its words: `audit verify`."""
    added = add_parser(command.split()[-1], help=about, description=f"{about[0].upper()}{about[1:]}.")
    added.set_defaults(command=command)
    return added


def parser() -> argparse.ArgumentParser:
    """What is chosen has `command`, the words of it: `audit verify`."""
    whole = _Parser(
        prog=program(), description="A Slack bot with which a team buys phone numbers, approved first, bought once."
    )
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return _add(commands.add_parser, name, about)

    demo = add("demo", "try it: a Slack channel on a web page, no account of any kind needed")
    demo.add_argument("--port", type=_port, default=8080, help="where the page is, on 127.0.0.1 (default: 8080)")
    add("serve", "run the bot; settings come from the environment or a .env file")
    checking = add("check", "try every credential and setting, without spending, posting or changing anything")
    checking.add_argument("--json", action="store_true", help="one object a line, for scripts")

    listing = add("requests", "list requests, newest first; needs DATABASE_URL alone")
    states = [status.value for status in Status]
    listing.add_argument("--status", choices=states, metavar="S", help=f"only those in this state: {', '.join(states)}")
    listing.add_argument("--json", action="store_true", help="one object a line, for scripts")

    asking = add("why", "say who asked for a number, who approved it and what it costs; needs DATABASE_URL alone")
    asking.add_argument("number", type=_number, metavar="NUMBER", help="with + and its country code")
    asking.add_argument("--json", action="store_true", help="one object, for scripts")
    _add_archives(asking)

    receipt = add("receipt", "print one purchase with its part of the chain, or check what was printed")
    which = receipt.add_mutually_exclusive_group(required=True)
    which.add_argument("request", nargs="?", metavar="ID", help="the request's id; needs DATABASE_URL alone")
    which.add_argument("--verify", type=Path, metavar="FILE", help="check this receipt; needs no database")
    _add_archives(receipt)

    report = add("report", "print the month's spend, renewals and approvals; needs DATABASE_URL alone")
    report.add_argument("month", nargs="?", type=_month, metavar="MONTH", help="2026-11; the present one unless given")
    report.add_argument("--csv", action="store_true", help="a table, for programs")

    add("freeze", "stop approving and buying at once; needs DATABASE_URL alone")
    lifting = add("unfreeze", "lift the freeze; needs DATABASE_URL alone")
    lifting.add_argument(
        "--without-asking", action="store_true", help="of a copy, on your word alone: before a sweep has compared it"
    )

    resolving = add("resolve", "say what became of a purchase; needs DATABASE_URL alone")
    resolving.add_argument("request", metavar="ID", help=f"the request's id, as {typed('requests')} lists it")
    outcomes = ("bought", "not-bought", "write-off")
    resolving.add_argument("outcome", choices=outcomes, help="write-off: what was alerted of it is given up")
    resolving.add_argument(
        "--without-asking", action="store_true", help="on your word alone, when the provider can never be asked again"
    )
    parked = add("parked", "list work that waits for an operator, or settle it; needs DATABASE_URL alone")
    which = parked.add_mutually_exclusive_group()
    which.add_argument("--again", type=_row, metavar="ID", help="try this one again")
    which.add_argument("--drop", type=_row, metavar="ID", help="let this one go")
    known = add("acknowledge", "take what a sweep found off what is listed; needs DATABASE_URL alone")
    known.add_argument("subject", metavar="ID", help=f"a number, a charge's or attempt's id: see {typed('check')}")
    _add_audit(add("audit", "check the audit trail; needs DATABASE_URL alone"))
    backup = add("backup", "write a consistent copy of a SQLite database while it is served; needs DATABASE_URL alone")
    backup.add_argument("file", type=Path, metavar="FILE", help="is made; never overwritten")
    moving = add("move-to", "move a SQLite database, its trail whole, to an empty one on PostgreSQL")
    moving.add_argument("url", metavar="URL", help="postgresql://user@host/db; a password may stand in PGPASSWORD")
    add("migrate", "bring the database up to date; needs DATABASE_URL alone")
    add("env", "print all settings with their defaults, to copy to .env")
    manifest = add("manifest", "print the Slack app's manifest, for Socket Mode unless an address is given")
    manifest.add_argument(
        "--url", type=_address, metavar="URL", help="over HTTP: where Slack reaches the bot, https://…"
    )
    return whole


def _add_audit(audit: argparse.ArgumentParser) -> None:
    """The commands beneath `audit`."""
    commands = audit.add_subparsers(title="commands", metavar="COMMAND", required=True)
    about = "check that no entry was changed, cut out or put in; 1 with the first that is wrong"
    verify = _add(commands.add_parser, "audit verify", about)
    verify.add_argument(
        "--slack", action="store_true", help="compare with what the channels still show, too; needs all settings"
    )
    _add_archives(verify)
    export = _add(commands.add_parser, "audit export", "write all entries, oldest first; that is an entry itself")
    export.add_argument(
        "--format", choices=("jsonl", "csv", "xlsx"), default="jsonl", help="default: jsonl, for scripts"
    )
    export.add_argument("--since", type=_day, metavar="DATE", help="only entries from that day on (2026-11-01, UTC)")
    export.add_argument("--output", type=Path, metavar="FILE", help="default: stdout; xlsx needs a file")
    archive = _add(commands.add_parser, "audit archive", "move old entries to a file that the trail seals")
    archive.add_argument(
        "--before", type=_day, metavar="DATE", required=True, help="entries from before that day (2026-11-01, UTC)"
    )
    archive.add_argument("file", type=Path, metavar="FILE", help="a new file, to be kept")


def _add_archives(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--archive",
        dest="archives",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="where old entries were archived to; once for each such file",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number up to 65535")
    return int(text)


def _address(text: str) -> str:
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?", text):
        raise argparse.ArgumentTypeError("an address is written as https://bot.example.com")
    return text


def _number(text: str) -> E164:
    try:
        return e164(re.sub(r"[\s().-]", "", text))
    except ValueError:
        raise argparse.ArgumentTypeError("a number is written with + and its country code: +91 98765 43210") from None


def _month(text: str) -> str:
    if not re.fullmatch("[1-9][0-9]{3}-(?:0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError("a month is written as 2026-11")
    return text


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time.min, UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("a date is written as 2026-11-01") from None


def _row(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ROW):
        raise argparse.ArgumentTypeError(f"an id is a number, as {typed('parked')} lists it")
    return int(text)
