"""Log lines: every secret is taken out of them, whoever wrote them and in whichever form."""

import json
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
import structlog
from pydantic import SecretStr

from bot.logs import Redaction, set_up
from bot.redaction import REDACTED

Form = Literal["console", "json"]
Said = Callable[[], list[str]]

TOKEN = "letmein-token"
SECRETS = [SecretStr(TOKEN), SecretStr("let me sign"), SecretStr("")]
RESPONSE_URL = "https://hooks.slack.com/commands/T0DEMO001/1/s3cret"

CHATTY = ("slack_sdk", "slack_bolt", "aiohttp.access")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[Said]:
    """The lines that were written since last asked; leaves the process' logging as it was."""

    def lines() -> list[str]:
        printed = capsys.readouterr()
        assert printed.out == ""
        return printed.err.splitlines()

    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in CHATTY}
    yield lines
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def redacted(**fields: object) -> dict[str, object]:
    return dict(Redaction(SECRETS)(None, "info", fields))


@pytest.mark.parametrize(
    "text",
    [
        "xoxb-1000000000-2000000000-abcDEF",
        "xoxp-1-2-3",
        "xoxe-1-abc",
        "xapp-1-A0BUYNUMB-3000-abc",
        RESPONSE_URL,
        "https://hooks.slack.com/actions/T0DEMO001/1/s3cret",
        "https://hooks.slack.com/services/T0/B0/s3cret",
        "http://127.0.0.1:8080/commands/T0DEMO001/1/s3cret",
        "wss://wss-primary.slack.com/link/?ticket=s3cret",
        "xwfp-1-abc",
    ],
)
def test_what_looks_like_a_secret_is_taken_out_though_nobody_named_it(text: str) -> None:
    assert redacted(event=f"sent to {text} just now") == {"event": f"sent to {REDACTED} just now"}


@pytest.mark.parametrize(
    ("before", "password", "after"),
    [
        ("postgresql://", "bot:s3cret", "@db.example/numbers"),
        ("postgresql:///n?host=/x&password=", "s3cret", "&sslmode=disable"),
        ("host=db.example password=", "s3cret", " user=bot"),
        ("password=", "'s3 cr\\'et'", " user=bot"),
    ],
)
def test_a_database_password_alone_is_taken_out_wherever_drivers_put_it(before: str, password: str, after: str) -> None:
    assert redacted(event=f"{before}{password}{after}") == {"event": f"{before}{REDACTED}{after}"}


def test_what_is_no_secret_stays_what_it_is() -> None:
    for text in ("https://api.vobiz.ai/api/v1/numbers", "+918069000142", "#7 abababababab", "C0NUMBERS"):
        assert redacted(event=text) == {"event": text}
    fields = {"count": 3, "share": 0.5, "done": True, "missing": None}
    assert redacted(**fields) == fields
    assert Redaction([SecretStr("")])(None, "info", {"event": "hello"}) == {"event": "hello"}


def test_known_secrets_are_taken_out_wherever_they_stand() -> None:
    found = redacted(
        event=f"x{TOKEN}y",
        nested={"deeper": [f"a {TOKEN}", {"deepest": TOKEN}]},
        several=(TOKEN, "plain"),
        an_object=ValueError(f"bad {TOKEN}"),
        some_bytes=TOKEN.encode(),
    )
    assert TOKEN not in str(found)
    assert str(found).count(REDACTED) == 6


def test_a_secret_inside_a_longer_one_leaves_nothing_of_either() -> None:
    redaction = Redaction([SecretStr("abc"), SecretStr("abcdef")])
    assert redaction(None, "info", {"event": "abcdef abc"}) == {"event": f"{REDACTED} {REDACTED}"}


def test_for_machines_a_line_is_one_json_object_on_stderr(said: Said) -> None:
    set_up("INFO", "json", SECRETS)
    structlog.get_logger().info("work waits", reason="timeout", seconds=2.5)
    [line] = said()
    found = json.loads(line)
    assert found.pop("timestamp").endswith("Z")
    assert found == {"event": "work waits", "level": "info", "reason": "timeout", "seconds": 2.5}


def test_for_people_a_line_reads_event_first(said: Said) -> None:
    set_up("INFO", "console", SECRETS)
    structlog.get_logger().warning("work is parked", reason="is_archived")
    [line] = said()
    assert "work is parked" in line
    assert "reason=is_archived" in line


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_line_holds_a_secret_whoever_wrote_it(said: Said, form: Form) -> None:
    set_up("DEBUG", form, SECRETS)
    structlog.get_logger().info(f"calling with {TOKEN}", url=RESPONSE_URL, headers={"Authorization": TOKEN})
    logging.getLogger("slack_sdk.web").warning("token %s at %s", TOKEN, RESPONSE_URL)
    logging.getLogger("aiohttp.server").error("failed: %r", {"token": TOKEN})
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"unclosed {TOKEN}", ResourceWarning, stacklevel=1)
    lines = said()
    assert sum(REDACTED in line for line in lines) == 4
    assert [line for line in lines if TOKEN in line or "s3cret" in line] == []


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_stack_trace_holds_no_secret_whoever_logged_it(said: Said, form: Form) -> None:
    set_up("INFO", form, SECRETS)
    try:
        int(f"{TOKEN} at {RESPONSE_URL}")
    except ValueError:
        structlog.get_logger().exception("a handler failed")
        logging.getLogger("aiohttp.server").exception("Error handling request")
    text = "\n".join(said())
    assert text.count("ValueError") >= 2
    assert text.count(REDACTED) >= 2
    assert TOKEN not in text
    assert "s3cret" not in text


def test_what_is_below_the_level_is_not_said_nor_what_chatty_libraries_find_worth_no_warning(said: Said) -> None:
    set_up("INFO", "json", SECRETS)
    for name in CHATTY:
        logging.getLogger(name).info("200 OK")
        logging.getLogger(name).warning("slow")
    assert [json.loads(line)["event"] for line in said()] == ["slow"] * len(CHATTY)
    set_up("WARNING", "json", SECRETS)
    structlog.get_logger().info("quiet")
    logging.getLogger("somebody").info("quiet")
    structlog.get_logger().warning("loud")
    assert ["loud" in line for line in said()] == [True]


def test_what_others_wrote_begins_no_line_and_commands_no_terminal(said: Said) -> None:
    set_up("INFO", "console", SECRETS)
    evil = "\x1b[2J\x9b0m\u202eso\r\n2026-11-29 [info] all\u2028well\a"
    structlog.get_logger().warning(evil, reason=evil, user=evil.replace(" ", ""), of={evil: evil})
    logging.getLogger("a library").error("it said %s", evil)
    lines = said()
    assert len(lines) == 2
    assert [line for line in lines if not line.isprintable()] == []


def test_a_traceback_keeps_its_lines_and_what_it_quotes_has_none(said: Said) -> None:
    set_up("INFO", "console", SECRETS)

    def fail() -> None:
        raise ValueError("\x1b[2J")

    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("failed")
    lines = said()
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == r"ValueError: \x1b[2J"
