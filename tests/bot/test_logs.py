"""Log lines: every secret is taken out of them, whoever wrote them and in whichever form."""

import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from bot.logs import REDACTED, Redaction, set_up

TOKEN = "letmein-token"
SECRETS = [SecretStr(TOKEN), SecretStr("let me sign"), SecretStr("")]

CHATTY = ("httpx", "httpcore", "slack_sdk", "slack_bolt", "aiohttp.access")

LOOK_SECRET = [
    "xoxb-1000000000-2000000000-abcDEF",
    "xoxp-1-2-3",
    "xoxe-1-abc",
    "xapp-1-A0BUYNUMB-3000-abc",
    "https://hooks.slack.com/commands/T0DEMO001/1/s3cret",
    "https://hooks.slack.com/actions/T0DEMO001/1/s3cret",
    "https://hooks.slack.com/services/T0/B0/s3cret",
    "http://127.0.0.1:8080/commands/T0DEMO001/1/s3cret",
    "wss://wss-primary.slack.com/link/?ticket=s3cret",
    "xwfp-1-abc",
]


@pytest.fixture
def logging_of_its_own() -> Iterator[None]:
    """Leaves the process' logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in CHATTY}
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def redacted(**fields: object) -> dict[str, object]:
    return dict(Redaction(SECRETS)(None, "info", fields))


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err.splitlines()


@pytest.mark.parametrize("text", LOOK_SECRET)
def test_what_looks_like_a_secret_is_taken_out_though_nobody_named_it(text: str) -> None:
    assert redacted(event=f"sent to {text} just now") == {"event": f"sent to {REDACTED} just now"}


def test_the_password_of_a_database_is_taken_out_and_the_rest_of_its_address_stays() -> None:
    found = redacted(event="postgresql://bot:s3cret@db.example/numbers")
    assert found == {"event": f"postgresql://{REDACTED}@db.example/numbers"}


@pytest.mark.parametrize(
    "text", ["https://api.vobiz.ai/api/v1/numbers", "+918069000142", "#7 abababababab", "C0NUMBERS"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(event=text) == {"event": text}


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


def test_numbers_and_nothing_stay_what_they_are() -> None:
    assert redacted(count=3, share=0.5, done=True, missing=None) == {
        "count": 3,
        "share": 0.5,
        "done": True,
        "missing": None,
    }


def test_a_secret_inside_a_longer_one_leaves_nothing_of_either() -> None:
    redaction = Redaction([SecretStr("abc"), SecretStr("abcdef")])
    assert redaction(None, "info", {"event": "abcdef abc"}) == {"event": f"{REDACTED} {REDACTED}"}


def test_without_secrets_everything_stays() -> None:
    assert Redaction([SecretStr("")])(None, "info", {"event": "hello"}) == {"event": "hello"}


def test_for_machines_a_line_is_one_json_object_on_stderr(
    logging_of_its_own: None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up("INFO", "json", SECRETS)
    structlog.get_logger().info("work waits", reason="timeout", seconds=2.5)
    [line] = lines(capsys)
    found = json.loads(line)
    assert found.pop("timestamp").endswith("Z")
    assert found == {"event": "work waits", "level": "info", "reason": "timeout", "seconds": 2.5}


def test_for_people_a_line_reads_event_first(logging_of_its_own: None, capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "console", SECRETS)
    structlog.get_logger().warning("work is parked", reason="is_archived")
    [line] = lines(capsys)
    assert "work is parked" in line
    assert "reason=is_archived" in line


@pytest.mark.parametrize("form", ["console", "json"])
def test_our_own_lines_hold_no_secret(logging_of_its_own: None, capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up("INFO", "json" if form == "json" else "console", SECRETS)
    structlog.get_logger().info(f"calling with {TOKEN}", url=LOOK_SECRET[4], headers={"Authorization": TOKEN})
    assert_clean(lines(capsys))


@pytest.mark.parametrize("form", ["console", "json"])
def test_the_libraries_lines_hold_no_secret(
    logging_of_its_own: None, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    set_up("DEBUG", "json" if form == "json" else "console", SECRETS)
    logging.getLogger("slack_sdk.web").warning("token %s at %s", TOKEN, LOOK_SECRET[4])
    logging.getLogger("aiohttp.server").error("failed: %r", {"token": TOKEN})
    assert_clean(lines(capsys))


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_stack_trace_holds_no_secret_whoever_logged_it(
    logging_of_its_own: None, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    set_up("INFO", "json" if form == "json" else "console", SECRETS)
    try:
        int(f"{TOKEN} at {LOOK_SECRET[4]}")
    except ValueError:
        structlog.get_logger().exception("a handler failed")
        logging.getLogger("aiohttp.server").exception("Error handling request")
    said = lines(capsys)
    assert_clean(said)
    assert "\n".join(said).count("ValueError") >= 2


def test_a_warning_of_the_interpreter_goes_the_same_way(
    logging_of_its_own: None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up("INFO", "json", SECRETS)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"unclosed {TOKEN}", ResourceWarning, stacklevel=1)
    assert_clean(lines(capsys))


def test_what_is_below_the_level_is_not_said(logging_of_its_own: None, capsys: pytest.CaptureFixture[str]) -> None:
    set_up("WARNING", "json", SECRETS)
    structlog.get_logger().info("quiet")
    logging.getLogger("somebody").info("quiet")
    structlog.get_logger().warning("loud")
    assert ["loud" in line for line in lines(capsys)] == [True]


@pytest.mark.parametrize("name", CHATTY)
def test_chatty_libraries_say_only_what_is_worth_a_warning(
    logging_of_its_own: None, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    set_up("INFO", "json", SECRETS)
    logging.getLogger(name).info("200 OK")
    logging.getLogger(name).warning("slow")
    assert ["slow" in line for line in lines(capsys)] == [True]


def assert_clean(said: list[str]) -> None:
    """There are lines, something was taken out, and nothing secret is left."""
    text = "\n".join(said)
    assert REDACTED in text
    assert TOKEN not in text
    assert "s3cret" not in text
