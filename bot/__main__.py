"""The command line: `python -m bot COMMAND`. Exit codes: 0 done, 1 not all right, 2 wrong use or wrong settings."""

import argparse
import asyncio
import gc
import io
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from bot.domain.numbers import E164, e164
from bot.domain.request import Status
from bot.problems import Problem
from bot.redaction import Redactor

DONE, NOT_ALL_RIGHT, WRONG_USE = 0, 1, 2

ENV_FILE = Path(".env")

LONGEST_ROW = 18
"""Digits of a row's number: both databases keep it in 64 bits."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code. Problems are lines on stderr, never a traceback."""
    sys.excepthook = _say_bug
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        return run(chosen)
    except Problem as problem:
        sys.stderr.writelines(f"buynumber: {_hidden(line)}\n" for line in problem.lines)
        return WRONG_USE


def _hidden(text: str) -> str:
    """Without the secrets, whether the settings are right or not."""
    from bot.setting_sources import known_secrets

    return Redactor(known_secrets(ENV_FILE))(text)


def _say_bug(kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    """As Python says what ends the process, and no secret in it."""
    sys.stderr.write(_hidden("".join(traceback.format_exception(kind, bug, trace))))


class _Parser(argparse.ArgumentParser):
    """Says what was wrong in one line, as all problems are said."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="buynumber", description="A Slack bot with which a team buys phone numbers, approved first, bought once."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        command.set_defaults(run=run)
        return command

    demo = add("demo", _demo, "try it: a Slack channel on a web page, no account of any kind needed")
    demo.add_argument("--port", type=_port, default=8080, help="where the page is, on 127.0.0.1 (default: 8080)")
    add("serve", _serve, "run the bot; settings come from the environment or a .env file")
    add("check", _check, "try every credential and setting, without spending anything")

    listing = add("requests", _requests, "list requests, newest first; needs DATABASE_URL alone")
    states = [status.value for status in Status]
    listing.add_argument("--status", choices=states, metavar="S", help=f"only those in this state: {', '.join(states)}")
    listing.add_argument("--json", action="store_true", help="one object a line, for scripts")

    asking = add("why", _why, "say who asked for a number, who approved it and what it costs; needs DATABASE_URL alone")
    asking.add_argument("number", type=_number, metavar="NUMBER", help="with + and its country code")
    asking.add_argument("--json", action="store_true", help="one object, for scripts")

    receipt = add("receipt", _receipt, "print one purchase with its part of the chain, or check what was printed")
    which = receipt.add_mutually_exclusive_group(required=True)
    which.add_argument("request", nargs="?", metavar="ID", help="the request's id; needs DATABASE_URL alone")
    which.add_argument("--verify", type=Path, metavar="FILE", help="check this receipt; needs no database")

    report = add("report", _report, "print the month's spend, renewals and approvals; needs DATABASE_URL alone")
    report.add_argument("month", nargs="?", type=_month, metavar="MONTH", help="2026-11; the present one unless given")
    report.add_argument("--csv", action="store_true", help="a table, for programs")

    for name, words in (("freeze", "stop approving and buying at once"), ("unfreeze", "lift the freeze")):
        add(name, _freeze, f"{words}; needs DATABASE_URL alone").set_defaults(command=name)

    resolving = add("resolve", _resolve, "say what became of a purchase; needs DATABASE_URL alone")
    resolving.add_argument("request", metavar="ID", help="the request's id, as `requests` lists it")
    resolving.add_argument("outcome", choices=("bought", "not-bought"))
    resolving.add_argument(
        "--without-asking", action="store_true", help="on your word alone, when the provider can never be asked again"
    )
    parked = add("parked", _parked, "list work that waits for an operator, or settle it; needs DATABASE_URL alone")
    which = parked.add_mutually_exclusive_group()
    which.add_argument("--again", type=_row, metavar="ID", help="try this one again")
    which.add_argument("--drop", type=_row, metavar="ID", help="let this one go")
    _add_audit(add("audit", _audit_verify, "check the audit trail; needs DATABASE_URL alone"))
    add("migrate", _migrate, "bring the database up to date; needs DATABASE_URL alone")
    return parser


def _add_audit(audit: argparse.ArgumentParser) -> None:
    """The commands beneath `audit`."""
    commands = audit.add_subparsers(title="commands", metavar="COMMAND", required=True)
    about = "check that no entry was changed, cut out or put in; 1 with the first that is wrong"
    verify = commands.add_parser("verify", help=about, description=f"{about[0].upper()}{about[1:]}.")
    verify.set_defaults(run=_audit_verify)
    verify.add_argument(
        "--slack", action="store_true", help="compare with what the channels still show, too; needs all settings"
    )
    about = "write all entries, oldest first; that is an entry itself"
    export = commands.add_parser("export", help=about, description=f"{about[0].upper()}{about[1:]}.")
    export.set_defaults(run=_audit_export)
    export.add_argument(
        "--format", choices=("jsonl", "csv", "xlsx"), default="jsonl", help="default: jsonl, for scripts"
    )
    export.add_argument("--since", type=_day, metavar="DATE", help="only entries from that day on (2026-11-01, UTC)")
    export.add_argument("--output", type=Path, metavar="FILE", help="default: stdout; xlsx needs a file")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number up to 65535")
    return int(text)


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
        raise argparse.ArgumentTypeError("an id is a number, as `parked` lists it")
    return int(text)


def _demo(chosen: argparse.Namespace) -> int:
    from bot.sandbox.demo import run

    asyncio.run(run(port=chosen.port))
    return DONE


def _serve(_: argparse.Namespace) -> int:
    gc.disable()  # until it serves: imports leave hardly any garbage, and looking for it took an eighth of the start
    from bot import logs
    from bot.commands.serve import serve
    from bot.settings import load

    settings = load(ENV_FILE)
    logs.set_up(settings.log_level, settings.log_format, settings.secrets)
    asyncio.run(serve(settings))
    return DONE


def _check(_: argparse.Namespace) -> int:
    from bot import logs
    from bot.commands.check import check
    from bot.settings import load

    settings = load(ENV_FILE)
    logs.set_up("ERROR", settings.log_format, settings.secrets)
    return DONE if asyncio.run(check(settings, sys.stdout)) else NOT_ALL_RIGHT


def _requests(chosen: argparse.Namespace) -> int:
    from bot.commands.requests import print_requests
    from bot.settings import load_database_url
    from bot.store.database import open_to_read

    store = open_to_read(load_database_url(ENV_FILE).get_secret_value())
    status = None if chosen.status is None else Status(chosen.status)
    try:
        with _writing_to_stdout():
            asyncio.run(print_requests(store, sys.stdout, status=status, as_json=chosen.json))
    finally:
        store.close()
    return DONE


def _why(chosen: argparse.Namespace) -> int:
    from bot.commands.why import print_why
    from bot.settings import load_database_url
    from bot.store.database import open_to_read

    store = open_to_read(load_database_url(ENV_FILE).get_secret_value())
    try:
        with _writing_to_stdout():
            is_known = asyncio.run(print_why(store, sys.stdout, chosen.number, as_json=chosen.json))
    finally:
        store.close()
    return DONE if is_known else NOT_ALL_RIGHT


def _receipt(chosen: argparse.Namespace) -> int:
    from bot.commands.receipt import print_receipt, verify
    from bot.settings import load_database_url
    from bot.store.database import open_to_read

    if chosen.verify is not None:
        return DONE if verify(sys.stdout, chosen.verify) else NOT_ALL_RIGHT
    store = open_to_read(load_database_url(ENV_FILE).get_secret_value())
    try:
        with _writing_to_stdout():
            is_there = asyncio.run(print_receipt(store, sys.stdout, chosen.request))
    finally:
        store.close()
    return DONE if is_there else NOT_ALL_RIGHT


def _report(chosen: argparse.Namespace) -> int:
    from bot.commands.report import print_report
    from bot.settings import load_for_operator
    from bot.store.database import open_to_read

    settings = load_for_operator(ENV_FILE)
    store = open_to_read(settings.database_url.get_secret_value())
    try:
        with _writing_to_stdout():
            asyncio.run(print_report(store, sys.stdout, settings.rules, chosen.month, as_csv=chosen.csv))
    finally:
        store.close()
    return DONE


def _freeze(chosen: argparse.Namespace) -> int:
    from bot.commands.freeze import set_freeze
    from bot.settings import load_for_operator
    from bot.store.database import open_to_change

    settings = load_for_operator(ENV_FILE)
    store = open_to_change(settings.database_url.get_secret_value())
    try:
        changed = asyncio.run(set_freeze(store, sys.stdout, settings.rules, freezes=chosen.command == "freeze"))
    finally:
        store.close()
    return DONE if changed else NOT_ALL_RIGHT


def _resolve(chosen: argparse.Namespace) -> int:
    from bot.commands.resolve import PATIENCE, resolve, take_the_word
    from bot.domain.policy import Resolution
    from bot.settings import load_database_url, load_for_operator
    from bot.store.database import may_be_served, open_to_change

    resolution = Resolution.BOUGHT if chosen.outcome == "bought" else Resolution.NOT_BOUGHT
    url = load_database_url(ENV_FILE).get_secret_value()
    store = open_to_change(url)
    try:
        if chosen.without_asking:
            rules = load_for_operator(ENV_FILE).rules
            recorded = asyncio.run(take_the_word(store, sys.stdout, rules, chosen.request, resolution))
        else:
            patience = PATIENCE if may_be_served(url) else 0
            recorded = asyncio.run(resolve(store, sys.stdout, chosen.request, resolution, patience=patience))
    finally:
        store.close()
    return DONE if recorded else NOT_ALL_RIGHT


def _parked(chosen: argparse.Namespace) -> int:
    from bot.commands.parked import print_parked, settle
    from bot.settings import load_database_url
    from bot.store.database import open_to_change, open_to_read

    url = load_database_url(ENV_FILE).get_secret_value()
    row = chosen.again if chosen.drop is None else chosen.drop
    store = open_to_read(url) if row is None else open_to_change(url)
    try:
        if row is None:
            asyncio.run(print_parked(store, sys.stdout))
            return DONE
        settled = asyncio.run(settle(store, sys.stdout, row, drops=chosen.drop is not None))
    finally:
        store.close()
    return DONE if settled else NOT_ALL_RIGHT


def _audit_verify(chosen: argparse.Namespace) -> int:
    from bot.commands.audit import verify
    from bot.settings import load, load_database_url
    from bot.store.database import open_to_read

    settings = load(ENV_FILE) if chosen.slack else None
    store = open_to_read(load_database_url(ENV_FILE).get_secret_value())
    try:
        is_whole = asyncio.run(verify(store, sys.stdout))
        if is_whole and settings is not None:
            from bot.commands.witness import compare_with_slack

            is_whole = asyncio.run(compare_with_slack(store, sys.stdout, settings))
        return DONE if is_whole else NOT_ALL_RIGHT
    finally:
        store.close()


def _audit_export(chosen: argparse.Namespace) -> int:
    from bot.commands.export import Format, export
    from bot.settings import load_database_url
    from bot.store.database import open_to_change

    store = open_to_change(load_database_url(ENV_FILE).get_secret_value())
    try:
        with _writing_to_stdout():
            asyncio.run(export(store, Format(chosen.format), chosen.output, since=chosen.since))
    finally:
        store.close()
    return DONE


@contextmanager
def _writing_to_stdout() -> Iterator[None]:
    """In UTF-8, line ends as they are; whoever reads it may stop reading."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _migrate(_: argparse.Namespace) -> int:
    from bot.commands.migrate import migrate
    from bot.settings import load_database_url

    migrate(load_database_url(ENV_FILE).get_secret_value(), sys.stdout)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
