"""The command line: `python -m bot COMMAND`. Exit codes: 0 done, 1 not all right, 2 wrong use or wrong settings."""

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from bot.domain.request import Status

DONE, NOT_ALL_RIGHT, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code. Problems are lines on stderr, never a traceback."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    return run(chosen)


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
    listing = add("requests", _requests, "list requests, newest first; needs DATABASE_URL alone")
    states = [status.value for status in Status]
    listing.add_argument("--status", choices=states, metavar="S", help=f"only those in this state: {', '.join(states)}")
    listing.add_argument("--json", action="store_true", help="one object a line, for scripts")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number up to 65535")
    return int(text)


def _demo(chosen: argparse.Namespace) -> int:
    from bot.sandbox.demo import CannotShow, run

    try:
        asyncio.run(run(port=chosen.port))
    except CannotShow as reason:
        return _stop(str(reason))
    return DONE


def _serve(_: argparse.Namespace) -> int:
    from bot import logs
    from bot.app import CannotServe
    from bot.commands.serve import serve
    from bot.settings import WrongSettings, load
    from bot.store.store import StoreError

    try:
        settings = load(Path(".env"))
    except WrongSettings as wrong:
        return _stop(*wrong.problems)
    logs.set_up(settings.log_level, settings.log_format, settings.secrets)
    try:
        asyncio.run(serve(settings))
    except (CannotServe, StoreError) as reason:
        return _stop(str(reason))
    return DONE


def _requests(chosen: argparse.Namespace) -> int:
    from bot.commands.requests import print_requests
    from bot.settings import WrongSettings, load_database_url
    from bot.store.database import open_to_read
    from bot.store.store import StoreError

    try:
        store = open_to_read(load_database_url(Path(".env")).get_secret_value())
    except WrongSettings as wrong:
        return _stop(*wrong.problems)
    except StoreError as reason:
        return _stop(str(reason))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    status = None if chosen.status is None else Status(chosen.status)
    try:
        asyncio.run(print_requests(store, sys.stdout, status=status, as_json=chosen.json))
        sys.stdout.flush()
    except StoreError as reason:
        return _stop(str(reason))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        store.close()
    return DONE


def _stop(*problems: str) -> int:
    for problem in problems:
        sys.stderr.write(f"buynumber: {problem}\n")
    return WRONG_USE


if __name__ == "__main__":
    sys.exit(main())
