"""The command line: `python -m bot COMMAND`. Exit codes: 0 done, 1 not all right, 2 wrong use or wrong settings."""

import argparse
import asyncio
import gc
import io
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from bot.command_line import WRONG_USE, parser
from bot.problems import Problem

if TYPE_CHECKING:
    from bot.store.store import Store

DONE, NOT_ALL_RIGHT = 0, 1

ENV_FILE = Path(".env")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code. Problems are lines on stderr, never a traceback."""
    sys.excepthook = _say_bug
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    chosen = parser().parse_args(arguments)
    try:
        code = _RUN[chosen.command](chosen)
        sys.stdout.flush()
    except Problem as problem:
        sys.stderr.writelines(f"buynumber: {_hidden(line)}\n" for line in problem.lines)
        return WRONG_USE
    except BrokenPipeError:  # whoever read it has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code


def _hidden(text: str) -> str:
    """Without the secrets, whether the settings are right or not."""
    from bot.redaction import Redactor
    from bot.setting_sources import known_secrets

    return Redactor(known_secrets(ENV_FILE))(text)


def _say_bug(kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    """As Python says what ends the process, and no secret in it."""
    sys.stderr.write(_hidden("".join(traceback.format_exception(kind, bug, trace))))


def _database_url() -> str:
    from bot.settings import load_database_url

    return load_database_url(ENV_FILE).get_secret_value()


@contextmanager
def _reading(url: str) -> Iterator["Store"]:
    """A database that exists. Raises `StoreError`."""
    from bot.store.database import open_to_read

    store = open_to_read(url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _changing(url: str) -> Iterator["Store"]:
    """A database that exists, beside a process that may serve from it. Raises `StoreError`."""
    from bot.store.database import open_to_change

    store = open_to_change(url)
    try:
        yield store
    finally:
        store.close()


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


def _check(chosen: argparse.Namespace) -> int:
    from bot import logs
    from bot.commands.check import check
    from bot.settings import load

    settings = load(ENV_FILE)
    logs.set_up("ERROR", settings.log_format, settings.secrets)
    return DONE if asyncio.run(check(settings, sys.stdout, as_json=chosen.json)) else NOT_ALL_RIGHT


def _requests(chosen: argparse.Namespace) -> int:
    from bot.commands.requests import print_requests
    from bot.domain.request import Status

    status = None if chosen.status is None else Status(chosen.status)
    with _reading(_database_url()) as store:
        asyncio.run(print_requests(store, sys.stdout, status=status, as_json=chosen.json))
    return DONE


def _why(chosen: argparse.Namespace) -> int:
    from bot.commands.why import print_why

    with _reading(_database_url()) as store:
        is_known = asyncio.run(
            print_why(store, sys.stdout, chosen.number, as_json=chosen.json, archives=chosen.archives)
        )
    return DONE if is_known else NOT_ALL_RIGHT


def _receipt(chosen: argparse.Namespace) -> int:
    from bot.commands.receipt import print_receipt, verify

    if chosen.verify is not None:
        return DONE if verify(sys.stdout, chosen.verify) else NOT_ALL_RIGHT
    with _reading(_database_url()) as store:
        is_there = asyncio.run(print_receipt(store, sys.stdout, chosen.request, archives=chosen.archives))
    return DONE if is_there else NOT_ALL_RIGHT


def _report(chosen: argparse.Namespace) -> int:
    from bot.commands.report import print_report
    from bot.settings import load_for_operator

    settings = load_for_operator(ENV_FILE)
    with _reading(settings.database_url.get_secret_value()) as store:
        asyncio.run(print_report(store, sys.stdout, settings.rules, chosen.month, as_csv=chosen.csv))
    return DONE


def _freeze(chosen: argparse.Namespace) -> int:
    from bot.commands.freeze import set_freeze
    from bot.settings import load_for_operator

    settings = load_for_operator(ENV_FILE)
    freezes = chosen.command == "freeze"
    trusts = not freezes and chosen.without_asking
    with _changing(settings.database_url.get_secret_value()) as store:
        changed = asyncio.run(set_freeze(store, sys.stdout, settings.rules, freezes=freezes, without_asking=trusts))
    return DONE if changed else NOT_ALL_RIGHT


def _resolve(chosen: argparse.Namespace) -> int:
    from bot.commands.resolve import PATIENCE, resolve, take_the_word
    from bot.domain.policy import Resolution
    from bot.settings import load_for_operator
    from bot.store.database import may_be_served

    resolution = {"bought": Resolution.BOUGHT, "not-bought": Resolution.NOT_BOUGHT, "write-off": Resolution.WRITE_OFF}[
        chosen.outcome
    ]
    if resolution is Resolution.WRITE_OFF and chosen.without_asking:
        raise Problem("write-off goes by a fresh look: leave --without-asking out")
    url = _database_url()
    with _changing(url) as store:
        if chosen.without_asking:
            rules = load_for_operator(ENV_FILE).rules
            recorded = asyncio.run(take_the_word(store, sys.stdout, rules, chosen.request, resolution))
        else:
            patience = PATIENCE if may_be_served(url) else 0
            recorded = asyncio.run(resolve(store, sys.stdout, chosen.request, resolution, patience=patience))
    return DONE if recorded else NOT_ALL_RIGHT


def _parked(chosen: argparse.Namespace) -> int:
    from bot.commands.parked import print_parked, settle

    row = chosen.again if chosen.drop is None else chosen.drop
    if row is None:
        with _reading(_database_url()) as store:
            asyncio.run(print_parked(store, sys.stdout))
        return DONE
    with _changing(_database_url()) as store:
        settled = asyncio.run(settle(store, sys.stdout, row, drops=chosen.drop is not None))
    return DONE if settled else NOT_ALL_RIGHT


def _acknowledge(chosen: argparse.Namespace) -> int:
    from bot.commands.acknowledge import acknowledge

    with _changing(_database_url()) as store:
        is_listed = asyncio.run(acknowledge(store, sys.stdout, chosen.subject))
    return DONE if is_listed else NOT_ALL_RIGHT


def _audit_verify(chosen: argparse.Namespace) -> int:
    gc.disable()  # millions of entries pass and none of them is in a circle; looking for some took a fifth of the time
    from bot.commands.audit import verify
    from bot.settings import load

    settings = load(ENV_FILE) if chosen.slack else None
    with _reading(_database_url()) as store:
        is_whole = asyncio.run(verify(store, sys.stdout, chosen.archives))
        if is_whole and settings is not None:
            from bot.commands.witness import compare_with_slack

            is_whole = asyncio.run(compare_with_slack(store, sys.stdout, settings, chosen.archives))
    return DONE if is_whole else NOT_ALL_RIGHT


def _audit_export(chosen: argparse.Namespace) -> int:
    from bot.commands.export import Format, export

    with _changing(_database_url()) as store:
        asyncio.run(export(store, Format(chosen.format), chosen.output, since=chosen.since))
    return DONE


def _audit_archive(chosen: argparse.Namespace) -> int:
    from bot.commands.archive import archive_trail

    with _changing(_database_url()) as store:
        is_done = asyncio.run(archive_trail(store, sys.stdout, chosen.file, before=chosen.before))
    return DONE if is_done else NOT_ALL_RIGHT


def _backup(chosen: argparse.Namespace) -> int:
    from bot.commands.backup import backup

    backup(_database_url(), sys.stdout, chosen.file)
    return DONE


def _move_to(chosen: argparse.Namespace) -> int:
    from bot.commands.move_to import move

    move(_database_url(), sys.stdout, chosen.url)
    return DONE


def _env(_: argparse.Namespace) -> int:
    from bot.commands.templates import env

    sys.stdout.write(env())
    return DONE


def _manifest(chosen: argparse.Namespace) -> int:
    from bot.commands.templates import manifest

    sys.stdout.write(manifest(chosen.url))
    return DONE


def _migrate(_: argparse.Namespace) -> int:
    from bot.commands.migrate import migrate

    migrate(_database_url(), sys.stdout)
    return DONE


_RUN = {
    "demo": _demo,
    "serve": _serve,
    "check": _check,
    "requests": _requests,
    "why": _why,
    "receipt": _receipt,
    "report": _report,
    "freeze": _freeze,
    "unfreeze": _freeze,
    "resolve": _resolve,
    "parked": _parked,
    "acknowledge": _acknowledge,
    "audit verify": _audit_verify,
    "audit export": _audit_export,
    "audit archive": _audit_archive,
    "backup": _backup,
    "move-to": _move_to,
    "migrate": _migrate,
    "env": _env,
    "manifest": _manifest,
}


if __name__ == "__main__":
    sys.exit(main())
