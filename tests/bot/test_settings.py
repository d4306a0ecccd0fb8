"""The settings: what people write, what it means, and what is said when it is wrong."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.money import Money
from bot.settings import Settings, WrongSettings, given, load, load_database_url

ROOT = Path(__file__).parents[2]

REQUIRED = {
    "SLACK_BOT_TOKEN": "xoxb-1-letmein",
    "SLACK_SIGNING_SECRET": "letmesign",
    "VOBIZ_AUTH_ID": "MA_TEAM1",
    "VOBIZ_AUTH_TOKEN": "letmebuy",
    "APPROVERS": "U0MEERA01",
}

NAMES = {name.upper() for name in Settings.model_fields}

READ: list[tuple[str, str, object]] = [
    ("SLACK_BOT_TOKEN", "xoxb-2-other", SecretStr("xoxb-2-other")),
    ("SLACK_APP_TOKEN", "xapp-1-A0", SecretStr("xapp-1-A0")),
    ("SLACK_SIGNING_SECRET", "0123abcd", SecretStr("0123abcd")),
    ("SLACK_API_URL", "http://127.0.0.1:9/api", "http://127.0.0.1:9/api/"),
    ("SLACK_API_URL", "https://gateway.example/slack/", "https://gateway.example/slack/"),
    ("VOBIZ_AUTH_ID", "SA_SUB1", "SA_SUB1"),
    ("VOBIZ_AUTH_TOKEN", "t0ken", SecretStr("t0ken")),
    ("VOBIZ_BASE_URL", "http://127.0.0.1:9/api", "http://127.0.0.1:9/api"),
    ("VOBIZ_TIMEOUT", "5s", timedelta(seconds=5)),
    ("VOBIZ_TIMEOUT", "1m", timedelta(minutes=1)),
    ("DATABASE_URL", "sqlite:////var/lib/bot.db", SecretStr("sqlite:////var/lib/bot.db")),
    ("APPROVERS", "U0MEERA01, W0VIKRAM1,S0MANAGER,U0MEERA01", ("U0MEERA01", "W0VIKRAM1", "S0MANAGER")),
    ("APPROVERS", "U1,S2", ("U1", "S2")),
    ("APPROVAL_CHANNEL", "C0NUMBERS", "C0NUMBERS"),
    ("APPROVAL_CHANNEL", "C1", "C1"),
    ("ALLOWED_CHANNELS", "C0NUMBERS, G0PRIVATE", frozenset({"C0NUMBERS", "G0PRIVATE"})),
    ("ALLOW_SELF_APPROVAL", "true", True),
    ("ALLOW_SELF_APPROVAL", "false", False),
    ("DATABASE_URL", "postgresql://bot:in@db.example/n", SecretStr("postgresql://bot:in@db.example/n")),
    ("TIME_ZONE", "UTC", "UTC"),
    ("TIME_ZONE", "Asia/Kolkata", "Asia/Kolkata"),
    ("MONTHLY_BUDGET", "INR:5000", {"INR": Money(Decimal(5000), "INR")}),
    ("REQUEST_EXPIRES_AFTER", "90s", timedelta(seconds=90)),
    ("REQUEST_EXPIRES_AFTER", "30m", timedelta(minutes=30)),
    ("REQUEST_EXPIRES_AFTER", "72h", timedelta(hours=72)),
    ("REQUEST_EXPIRES_AFTER", "7d", timedelta(days=7)),
    ("REMIND_AFTER", "12h", timedelta(hours=12)),
    ("REMIND_AFTER", "0", None),
    ("REMIND_AFTER", "0s", None),
    ("DEFAULT_COUNTRY", "US", "US"),
    ("DEFAULT_COUNTRY", "gb", "GB"),
    ("HOST", "127.0.0.1", "127.0.0.1"),
    ("PORT", "0", 0),
    ("PORT", "65535", 65535),
    ("LOG_LEVEL", "debug", "DEBUG"),
    ("LOG_FORMAT", "json", "json"),
]

REFUSED: list[tuple[str, str]] = [
    ("SLACK_BOT_TOKEN", "xoxp-secret-of-a-person"),
    ("SLACK_APP_TOKEN", "xoxb-secret-of-the-bot"),
    ("SLACK_API_URL", "slack.example"),
    ("VOBIZ_AUTH_ID", "MA secret"),
    ("VOBIZ_AUTH_TOKEN", "two secrets"),
    ("VOBIZ_BASE_URL", "ftp://secret.example"),
    ("VOBIZ_TIMEOUT", "20"),
    ("VOBIZ_TIMEOUT", "0s"),
    ("VOBIZ_TIMEOUT", "6m"),
    ("DATABASE_URL", "mysql://secret@db.example/numbers"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "postgresql+asyncpg://bot:secret@db.example/numbers"),
    ("DATABASE_URL", "postgresql://bot:secret@db.example/numbers?no_parameter=1"),
    ("DATABASE_URL", "postgresql://bot:secret%zz@db.example/numbers"),
    ("APPROVERS", ","),
    ("APPROVERS", "U0MEERA01,@vikram"),
    ("APPROVERS", "C0NUMBERS"),
    ("APPROVAL_CHANNEL", "#numbers"),
    ("APPROVAL_CHANNEL", "D0DIRECT1"),
    ("ALLOWED_CHANNELS", "C0NUMBERS,general"),
    ("ALLOWED_CHANNELS", ","),
    ("ALLOW_SELF_APPROVAL", "perhaps"),
    ("SECOND_APPROVAL_ABOVE", "10000"),
    ("SECOND_APPROVAL_ABOVE", "INR:1,INR:2"),
    ("SECOND_APPROVAL_ABOVE", "INR:-1"),
    ("SECOND_APPROVAL_ABOVE", "ZZZ:10000"),
    ("MONTHLY_BUDGET", "5000"),
    ("AUTO_APPROVE_UP_TO", "INR"),
    ("TIME_ZONE", "Mars/Olympus"),
    ("TIME_ZONE", "../etc/passwd"),
    ("REQUEST_EXPIRES_AFTER", "-1h"),
    ("REQUEST_EXPIRES_AFTER", "0s"),
    ("REQUEST_EXPIRES_AFTER", "three days"),
    ("REMIND_AFTER", "24"),
    ("DEFAULT_COUNTRY", "XQ"),
    ("DEFAULT_COUNTRY", "India"),
    ("HOST", "two words"),
    ("PORT", "65536"),
    ("PORT", "http"),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_FORMAT", "xml"),
]

NOT_YET: list[tuple[str, str]] = [("METRICS_LISTEN", "127.0.0.1:7777")]

Read = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper() in NAMES]:
        monkeypatch.delenv(name)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Loads with what is required, and these, in the environment; `None` takes one out."""

    def loaded(changes: dict[str, str | None]) -> Settings:
        for name, value in {**REQUIRED, **changes}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return load(tmp_path / ".env")

    return loaded


def problems_of(load_them: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(WrongSettings) as wrong:
        load_them()
    return wrong.value.lines


@pytest.mark.parametrize(("name", "written", "meant"), READ)
def test_a_setting_means_what_people_write(read: Read, name: str, written: str, meant: object) -> None:
    assert getattr(read({name: written}), name.lower()) == meant


def test_amounts_are_exact_and_by_currency(read: Read) -> None:
    settings = read({"APPROVERS": "S0MANAGER", "SECOND_APPROVAL_ABOVE": "INR:10000, USD:199.99"})
    assert settings.second_approval_above == {
        "INR": Money(Decimal(10000), "INR"),
        "USD": Money(Decimal("199.99"), "USD"),
    }


def test_an_automatic_limit_stands_beside_its_budget(read: Read) -> None:
    settings = read({"AUTO_APPROVE_UP_TO": "INR:500", "MONTHLY_BUDGET": "INR:5000"})
    assert settings.auto_approve_up_to == {"INR": Money(Decimal(500), "INR")}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "needs a MONTHLY_BUDGET in INR"),
        ({"MONTHLY_BUDGET": "USD:100"}, "needs a MONTHLY_BUDGET in INR"),
        (
            {"MONTHLY_BUDGET": "INR:5000", "SECOND_APPROVAL_ABOVE": "INR:500"},
            "must lie below SECOND_APPROVAL_ABOVE in INR",
        ),
        (
            {"MONTHLY_BUDGET": "INR:5000", "SECOND_APPROVAL_ABOVE": "USD:900"},
            "must lie below SECOND_APPROVAL_ABOVE in INR",
        ),
    ],
)
def test_an_automatic_limit_that_the_others_contradict_is_refused(
    read: Read, changes: dict[str, str | None], words: str
) -> None:
    [problem] = problems_of(lambda: read({"APPROVERS": "S0MANAGER", "AUTO_APPROVE_UP_TO": "INR:500", **changes}))
    assert problem == f"AUTO_APPROVE_UP_TO: {words}"


@pytest.mark.parametrize(("name", "written"), REFUSED)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(read: Read, name: str, written: str) -> None:
    [problem] = problems_of(lambda: read({name: written}))
    assert problem == f"{name}: expected {Settings.model_fields[name.lower()].description}"


@pytest.mark.parametrize(("name", "written"), NOT_YET)
def test_a_setting_of_a_later_feature_is_refused_instead_of_ignored(read: Read, name: str, written: str) -> None:
    [problem] = problems_of(lambda: read({name: written}))
    assert problem.startswith(f"{name}: ")
    assert "not available yet" in problem
    assert "letmein" not in problem
    assert "777" not in problem


def test_every_setting_stands_in_the_examples_above() -> None:
    exact = {"SECOND_APPROVAL_ABOVE", "AUTO_APPROVE_UP_TO"}
    assert {name for name, *_ in (*READ, *NOT_YET)} | exact == NAMES
    anything_goes = {"SLACK_SIGNING_SECRET"}
    assert {name for name, _ in (*REFUSED, *NOT_YET)} | anything_goes == NAMES


def test_what_is_not_set_has_its_documented_default(read: Read) -> None:
    settings = read({})
    assert settings.model_dump(exclude={name.lower() for name in REQUIRED}) == {
        "slack_app_token": None,
        "slack_api_url": "https://slack.com/api/",
        "vobiz_base_url": "https://api.vobiz.ai/api",
        "vobiz_timeout": timedelta(seconds=20),
        "database_url": SecretStr("sqlite:///buynumber.db"),
        "approval_channel": None,
        "allowed_channels": None,
        "allow_self_approval": False,
        "second_approval_above": None,
        "auto_approve_up_to": None,
        "monthly_budget": None,
        "time_zone": "UTC",
        "request_expires_after": timedelta(hours=72),
        "remind_after": timedelta(hours=24),
        "default_country": "IN",
        "host": "0.0.0.0",
        "port": 3000,
        "metrics_listen": None,
        "log_level": "INFO",
        "log_format": "console",
    }


def test_an_empty_value_counts_as_not_set(read: Read) -> None:
    assert read(dict.fromkeys(NAMES - REQUIRED.keys(), "")) == read({})
    assert problems_of(lambda: read({"VOBIZ_AUTH_ID": ""})) == problems_of(lambda: read({"VOBIZ_AUTH_ID": None}))


def test_every_wrong_setting_is_named_in_one_go() -> None:
    wrong = {"PORT": "http", "LOG_FORMAT": "xml", "SECOND_APPROVAL_ABOVE": "10000", "METRICS_LISTEN": ":9000"}
    problems = problems_of(lambda: given(wrong))
    assert {line.split(":")[0] for line in problems} == REQUIRED.keys() | wrong.keys()
    assert len(problems) == len(REQUIRED | wrong)


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_required_setting_that_is_missing_is_named(read: Read, name: str) -> None:
    [problem] = problems_of(lambda: read({name: None}))
    assert problem.startswith(f"{name}: is missing")


def test_socket_mode_needs_no_signing_secret(read: Read) -> None:
    settings = read({"SLACK_APP_TOKEN": "xapp-1-A0", "SLACK_SIGNING_SECRET": None})
    assert settings.slack_signing_secret is None


def test_two_approvals_cannot_be_asked_of_one_approver(read: Read) -> None:
    [problem] = problems_of(lambda: read({"SECOND_APPROVAL_ABOVE": "INR:10000"}))
    assert problem.startswith("SECOND_APPROVAL_ABOVE: needs two approvers")


def test_the_file_is_read_and_the_environment_beats_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = REQUIRED | {"PORT": "3001", "HOST": "127.0.0.2", "LOG_LEVEL": "DEBUG", "SOMETHING_ELSE": "secret"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in written.items()), "utf-8")
    monkeypatch.setenv("PORT", "3002")
    monkeypatch.setenv("HOST", "")
    settings = load(tmp_path / ".env")
    assert (settings.port, settings.host, settings.log_level) == (3002, "127.0.0.2", "DEBUG")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"SLACK_BOT_TOKEN=\xff\xfe\n")
    [problem] = problems_of(lambda: load(tmp_path / ".env"))
    assert ".env" in problem


def test_the_database_address_is_read_whatever_the_other_settings_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///elsewhere.db")
    assert load_database_url(tmp_path / ".env").get_secret_value() == "sqlite:///elsewhere.db"


def test_given_values_know_neither_the_environment_nor_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "3003")
    assert given(REQUIRED).port == 3000


def test_no_secret_shows_when_settings_are_printed(read: Read) -> None:
    settings = read({"SLACK_APP_TOKEN": "xapp-1-letmein", "DATABASE_URL": "sqlite:///letmein.db"})
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "letme" not in shown
    assert {secret.get_secret_value() for secret in settings.secrets} == {
        *(REQUIRED[name] for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "VOBIZ_AUTH_TOKEN")),
        "xapp-1-letmein",
        "sqlite:///letmein.db",
    }


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:let%4Din%21@db.example/numbers",
        "postgres://bot:let%4Din%21@/numbers?host=/run/postgresql&sslmode=disable",
        "postgresql://db.example/numbers?user=bot&password=let%4Din%21",
        "postgresql://db.example/numbers?sslpassword=let%4Din%21",
    ],
)
def test_the_databases_password_is_a_secret_as_written_and_as_meant(read: Read, url: str) -> None:
    secrets = {secret.get_secret_value() for secret in read({"DATABASE_URL": url}).secrets}
    assert {url, "let%4Din%21", "letMin!"} <= secrets


def test_a_database_without_a_password_adds_no_secret_but_its_address(read: Read) -> None:
    url = "postgresql://bot:@/numbers?host=/run/postgresql"
    settings = read({"DATABASE_URL": url})
    assert [secret.get_secret_value() for secret in settings.database_secrets] == [url]


def test_serve_with_wrong_settings_says_one_line_per_problem_and_exits_with_2(tmp_path: Path) -> None:
    wrong = {"SLACK_BOT_TOKEN": "letmein-1", "DATABASE_URL": "mysql://bot:letmein-2@db.example/x", "PORT": "letmein-3"}
    (tmp_path / ".env").write_text("APPROVERS=letmein-4\nVOBIZ_AUTH_TOKEN=letmein 5\n", "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        env={**wrong, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    named = [line.split(": ")[:2] for line in ended.stderr.splitlines()]
    assert named == [
        ["buynumber", name]
        for name in (
            "DATABASE_URL",
            "SLACK_BOT_TOKEN",
            "SLACK_SIGNING_SECRET",
            "VOBIZ_AUTH_ID",
            "VOBIZ_AUTH_TOKEN",
            "APPROVERS",
            "PORT",
        )
    ]
    assert "letmein" not in ended.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == [".env"]
