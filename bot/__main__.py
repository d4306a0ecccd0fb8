"""The command line: `python -m bot COMMAND`. Exit codes: 0 done, 1 not all right, 2 wrong use or wrong settings."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.domain.request import Status

DONE, NOT_ALL_RIGHT, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code. Problems are lines on stderr, never a traceback."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    return run(chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="buynumber", description="A Slack bot with which a team buys phone numbers, approved first, bought once."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="try it: a Slack channel on a web page, no account of any kind needed")
    demo.add_argument("--port", type=_port, default=8080, help="where the page is, on 127.0.0.1 (default: 8080)")
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="run the bot; settings come from the environment or a .env file")
    serve.set_defaults(run=_serve)

    check = commands.add_parser("check", help="try every credential and setting, without spending anything")
    check.set_defaults(run=_check)

    listing = commands.add_parser("requests", help="list requests, newest first; needs DATABASE_URL alone")
    listing.add_argument("--status", type=Status, choices=list(Status), metavar="S", help="only those in this state")
    listing.add_argument("--json", action="store_true", help="one object a line, for scripts")
    listing.set_defaults(run=_requests)

    migrating = commands.add_parser("migrate", help="bring the database up to date; needs DATABASE_URL alone")
    migrating.set_defaults(run=_migrate)
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number up to 65535")
    return port


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


def _check(_: argparse.Namespace) -> int:
    from bot.commands.check import check
    from bot.settings import WrongSettings, load

    try:
        settings = load(Path(".env"))
    except WrongSettings as wrong:
        return _stop(*wrong.problems)
    return DONE if asyncio.run(check(settings, sys.stdout)) else NOT_ALL_RIGHT


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
    try:
        asyncio.run(print_requests(store, sys.stdout, status=chosen.status, as_json=chosen.json))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        store.close()
    return DONE


def _migrate(_: argparse.Namespace) -> int:
    from bot.commands.migrate import migrate
    from bot.settings import WrongSettings, load_database_url
    from bot.store.store import StoreError

    try:
        migrate(load_database_url(Path(".env")).get_secret_value(), sys.stdout)
    except WrongSettings as wrong:
        return _stop(*wrong.problems)
    except StoreError as reason:
        return _stop(str(reason))
    return DONE


def _stop(*problems: str) -> int:
    for problem in problems:
        sys.stderr.write(f"buynumber: {problem}\n")
    return WRONG_USE


if __name__ == "__main__":
    sys.exit(main())
