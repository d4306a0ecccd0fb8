"""The settings: what people write, what it means, and what is said when it is wrong. Defaults: `test_outside.py`."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import opentelemetry.sdk.environment_variables
import pytest
from pydantic import SecretStr

from bot.domain.money import Money
from bot.setting_sources import PROXIES, known_secrets
from bot.settings import Settings, WrongSettings, given, load, load_database_url, load_for_operator
from tests.bot.conftest import REQUIRED

NAMES = {name.upper() for name in Settings.model_fields}

READ: dict[str, dict[str, object]] = {
    "SLACK_BOT_TOKEN": {"xoxb-2-other": SecretStr("xoxb-2-other")},
    "SLACK_APP_TOKEN": {"xapp-1-A0": SecretStr("xapp-1-A0")},
    "SLACK_SIGNING_SECRET": {"0123abcd": SecretStr("0123abcd")},
    "SLACK_API_URL": {
        "http://127.0.0.1:9/api": "http://127.0.0.1:9/api/",
        "http://[::1]:9/api/": "http://[::1]:9/api/",
        "https://gateway.example/slack/": "https://gateway.example/slack/",
    },
    "VOBIZ_AUTH_ID": {"SA_SUB1": "SA_SUB1"},
    "VOBIZ_AUTH_TOKEN": {"t0ken": SecretStr("t0ken")},
    "VOBIZ_BASE_URL": {"http://127.0.0.1:9/api": "http://127.0.0.1:9/api"},
    "VOBIZ_TIMEOUT": {"5s": timedelta(seconds=5), "1m": timedelta(minutes=1)},
    "DATABASE_URL": {
        "sqlite:////var/lib/bot.db": SecretStr("sqlite:////var/lib/bot.db"),
        "postgresql://bot:in@db.example/n": SecretStr("postgresql://bot:in@db.example/n"),
    },
    "APPROVERS": {
        "U0MEERA01, W0VIKRAM1,S0MANAGER,U0MEERA01": ("U0MEERA01", "W0VIKRAM1", "S0MANAGER"),
        "U1,S2": ("U1", "S2"),
    },
    "APPROVAL_CHANNEL": {"C0NUMBERS": "C0NUMBERS", "C1": "C1"},
    "ALLOWED_CHANNELS": {"C0NUMBERS, G0PRIVATE": frozenset({"C0NUMBERS", "G0PRIVATE"})},
    "ALLOW_SELF_APPROVAL": {"true": True, "false": False},
    "SECOND_APPROVAL_ABOVE": {"INR:10000, USD:199.99": {"INR": Money.of("10000 INR"), "USD": Money.of("199.99 USD")}},
    "MONTHLY_BUDGET": {"INR:5000": {"INR": Money.of("5000 INR")}},
    "MAX_CHARGE": {"INR:5000,USD:9.5": {"INR": Money.of("5000 INR"), "USD": Money.of("9.5 USD")}},
    "MAX_PURCHASES_PER_DAY": {"1": 1, " 20 ": 20, "007": 7},
    "TIME_ZONE": {"UTC": "UTC", "Asia/Kolkata": "Asia/Kolkata"},
    "REQUEST_EXPIRES_AFTER": {
        "90s": timedelta(seconds=90),
        "30m": timedelta(minutes=30),
        "72h": timedelta(hours=72),
        "7d": timedelta(days=7),
    },
    "REMIND_AFTER": {"12h": timedelta(hours=12), "0": None, "0s": None},
    "DEFAULT_COUNTRY": {"US": "US", "gb": "GB"},
    "HOST": {"127.0.0.1": "127.0.0.1"},
    "PORT": {"0": 0, "65535": 65535},
    "METRICS_LISTEN": {"127.0.0.1:9100": ("127.0.0.1", 9100), "[::1]:0": ("::1", 0)},
    "LOG_LEVEL": {"debug": "DEBUG"},
    "LOG_FORMAT": {"json": "json"},
}

REFUSED: dict[str, list[str]] = {
    "SLACK_BOT_TOKEN": ["xoxp-secret-of-a-person", "xoxb-sécret", "xoxb-secret\u200b", "xoxb-secret\nX-Other: 1"],
    "SLACK_APP_TOKEN": ["xoxb-secret-of-the-bot", "xapp-1-“secret”"],
    "SLACK_SIGNING_SECRET": ["s\u0435cret"],
    "SLACK_API_URL": [
        "slack.example",
        "https://slack.example:http/api",
        "https://sl\u00e4ck.example",
        "https://[::1/api",
    ],
    "VOBIZ_AUTH_ID": ["MA secret"],
    "VOBIZ_AUTH_TOKEN": ["two secrets", "s\u00e9cret", "secret\udce9"],
    "VOBIZ_BASE_URL": ["ftp://secret.example", "https://vobiz.example/\u00fc", "https://"],
    "VOBIZ_TIMEOUT": ["20", "0s", "6m"],
    "DATABASE_URL": [
        "mysql://secret@db.example/numbers",
        "sqlite://",
        "postgresql+asyncpg://bot:secret@db.example/numbers",
        "postgresql://bot:secret@db.example/numbers?no_parameter=1",
        "postgresql://bot:secret%zz@db.example/numbers",
        "postgresql://bot:sec@ret@db.example/numbers",
        "postgresql://bot:sec/ret@db.example/numbers",
        "postgresql://bot:12/ret@db.example/numbers",
    ],
    "APPROVERS": [",", "U0MEERA01,@vikram", "C0NUMBERS"],
    "APPROVAL_CHANNEL": ["#numbers", "D0DIRECT1"],
    "ALLOWED_CHANNELS": ["C0NUMBERS,general", ","],
    "ALLOW_SELF_APPROVAL": ["perhaps"],
    "SECOND_APPROVAL_ABOVE": ["10000", "INR:1,INR:2", "INR:-1", "ZZZ:10000"],
    "MONTHLY_BUDGET": ["5000"],
    "AUTO_APPROVE_UP_TO": ["INR"],
    "MAX_CHARGE": ["5000", "ZZZ:1"],
    "MAX_PURCHASES_PER_DAY": ["0", "-1", "2.0", "1_0", "+3", "many", "9999999"],
    "TIME_ZONE": ["Mars/Olympus", "../etc/passwd"],
    "REQUEST_EXPIRES_AFTER": ["-1h", "0s", "three days"],
    "REMIND_AFTER": ["24"],
    "DEFAULT_COUNTRY": ["XQ", "India"],
    "HOST": ["two words"],
    "PORT": ["65536", "http"],
    "METRICS_LISTEN": [":9100", "9100", "localhost", "::1:9100", "localhost:65536", "localhost:http", "a b:1"],
    "LOG_LEVEL": ["LOUD"],
    "LOG_FORMAT": ["xml"],
}

Changes = dict[str, str | None]
Read = Callable[[Changes], Settings]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper() in NAMES.union(PROXIES)]:
        monkeypatch.delenv(name)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Loads with what is required, and these, in the environment; `None` takes one out."""

    def loaded(changes: Changes) -> Settings:
        for name, value in {**REQUIRED, **changes}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return load(tmp_path / ".env")

    return loaded


def problems_of(load_them: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(WrongSettings) as wrong:
        load_them()
    return wrong.value.lines


@pytest.mark.parametrize(
    ("name", "written", "meant"), [(name, *known) for name, forms in READ.items() for known in forms.items()]
)
def test_a_setting_means_what_people_write(read: Read, name: str, written: str, meant: object) -> None:
    assert getattr(read({name: written}), name.lower()) == meant


@pytest.mark.parametrize(("name", "written"), [(name, written) for name, forms in REFUSED.items() for written in forms])
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(read: Read, name: str, written: str) -> None:
    expected = f"{name}: expected {Settings.model_fields[name.lower()].description}"
    assert problems_of(lambda: read({name: written})) == (expected,)


def test_every_setting_stands_in_the_examples_above() -> None:
    assert READ.keys() | {"AUTO_APPROVE_UP_TO"} == NAMES
    assert REFUSED.keys() == NAMES


def test_an_automatic_limit_stands_beside_its_budget(read: Read) -> None:
    settings = read({"AUTO_APPROVE_UP_TO": "INR:500", "MONTHLY_BUDGET": "INR:5000", "MAX_CHARGE": "INR:500"})
    assert settings.auto_approve_up_to == {"INR": Money.of("500 INR")}


AUTOMATIC: Changes = {"AUTO_APPROVE_UP_TO": "INR:500"}
WITHIN_A_BUDGET: Changes = {**AUTOMATIC, "MONTHLY_BUDGET": "INR:5000"}
NO_BUDGET = "AUTO_APPROVE_UP_TO: needs a MONTHLY_BUDGET in INR"
TOO_HIGH = "AUTO_APPROVE_UP_TO: must lie below SECOND_APPROVAL_ABOVE in INR"
PAST_MAX = "AUTO_APPROVE_UP_TO: must not lie above MAX_CHARGE in INR"
ONE_APPROVER = "SECOND_APPROVAL_ABOVE: needs two approvers, but APPROVERS names only one"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (AUTOMATIC, NO_BUDGET),
        ({**AUTOMATIC, "MONTHLY_BUDGET": "USD:100"}, NO_BUDGET),
        ({**WITHIN_A_BUDGET, "SECOND_APPROVAL_ABOVE": "INR:500"}, TOO_HIGH),
        ({**WITHIN_A_BUDGET, "SECOND_APPROVAL_ABOVE": "USD:900"}, TOO_HIGH),
        ({**WITHIN_A_BUDGET, "MAX_CHARGE": "INR:499.99"}, PAST_MAX),
        ({**WITHIN_A_BUDGET, "MAX_CHARGE": "USD:900"}, PAST_MAX),
        ({"SECOND_APPROVAL_ABOVE": "INR:10000", "APPROVERS": "U0MEERA01"}, ONE_APPROVER),
    ],
)
def test_what_other_settings_contradict_is_refused(read: Read, changes: Changes, problem: str) -> None:
    assert problems_of(lambda: read(changes)) == (problem,)


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


def test_the_file_is_read_the_environment_beats_it_and_given_values_know_neither(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = REQUIRED | {"PORT": "3001", "HOST": "127.0.0.2", "LOG_LEVEL": "DEBUG", "SOMETHING_ELSE": "secret"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in written.items()), "utf-8")
    monkeypatch.setenv("PORT", "3002")
    monkeypatch.setenv("HOST", "")
    settings = load(tmp_path / ".env")
    assert (settings.port, settings.host, settings.log_level) == (3002, "127.0.0.2", "DEBUG")
    assert given(REQUIRED).port == 3000


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"SLACK_BOT_TOKEN=\xff\xfe\n", "it is not UTF-8 text"),
        ("SLACK_BOT_TOKEN=1\n".encode("utf-16"), "it is not UTF-8 text"),
        (b"SLACK_BOT_TOKEN=xoxb-1\0\n", "it holds a NUL, so it is no text"),
    ],
)
def test_a_file_that_is_not_text_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / ".env").write_bytes(content)
    assert problems_of(lambda: load(tmp_path / ".env")) == (f"the file .env cannot be read: {why}",)


def test_what_stands_in_the_place_of_the_file_and_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert problems_of(lambda: load(tmp_path / ".env")) == ("the file .env cannot be read: is a directory",)
    (tmp_path / "circle").symlink_to("circle")
    [problem] = problems_of(lambda: load(tmp_path / "circle"))
    assert problem.startswith("the file circle cannot be read: ")
    os.mkfifo(tmp_path / "pipe")
    assert problems_of(lambda: load(tmp_path / "pipe")) == ("the file pipe cannot be read: it is no plain file",)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    written = "".join(f"{name}={value}\n" for name, value in {**REQUIRED, "PORT": "3001"}.items())
    (tmp_path / ".env").write_text(written, "utf-8-sig")
    assert load(tmp_path / ".env").slack_bot_token == SecretStr(REQUIRED["SLACK_BOT_TOKEN"])


def test_a_line_of_the_file_that_sets_nothing_is_named(tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in REQUIRED.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "# the month's", "MONTHLY_BUDGET INR:5000", ""]), "utf-8")
    line = f"the file .env, line {len(lines) + 2}: expected NAME=value"
    assert problems_of(lambda: load(tmp_path / ".env")) == (line,)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("MONTHLY_BUGET", "MONTHLY_BUDGET"),
        ("monthly_budgets", "MONTHLY_BUDGET"),
        ("SECOND_APROVAL_ABOVE", "SECOND_APPROVAL_ABOVE"),
        ("AUTO_APPROVE_UPTO", "AUTO_APPROVE_UP_TO"),
        ("ALLOWED_CHANNEL", "ALLOWED_CHANNELS"),
        ("TIMEZONE", "TIME_ZONE"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("SLACK_SIGNING_SECRTE", "SLACK_SIGNING_SECRET"),
        ("MAX_PURCHASES", "MAX_PURCHASES_PER_DAY"),
        ("MAX_PURCHASE", "MAX_PURCHASES_PER_DAY"),
        ("PURCHASES_PER_DAY", "MAX_PURCHASES_PER_DAY"),
        ("MAX_CHARGE_INR", "MAX_CHARGE"),
        ("VOBIZ_MAX_CHARGES", "MAX_CHARGE"),
        ("SECOND_APPROVAL", "SECOND_APPROVAL_ABOVE"),
        ("AUTO_APPROVE", "AUTO_APPROVE_UP_TO"),
        ("AUTO_APPROVE_UP_TO_IN_INR", "AUTO_APPROVE_UP_TO"),
        ("REQUEST_EXPIRES", "REQUEST_EXPIRES_AFTER"),
        ("BUYNUMBER_MONTHLY_BUDGET", "MONTHLY_BUDGET"),
        ("team_monthly_buget_inr", "MONTHLY_BUDGET"),
        ("BUYNUMBER_ALLOWED_CHANNELS", "ALLOWED_CHANNELS"),
    ],
)
def test_a_name_close_to_a_setting_is_refused_with_the_right_one(
    read: Read, tmp_path: Path, name: str, right: str
) -> None:
    problem = f"{name}: is no setting, did you mean {right}?"
    (tmp_path / ".env").write_text(f"{name}=letmein\n", "utf-8")
    assert problems_of(lambda: read({})) == (problem,)
    (tmp_path / ".env").unlink()
    assert problems_of(lambda: read({name: "letmein"})) == (problem,)


@pytest.mark.parametrize("name", ["AUTO_APPROVAL", "TEAM_APPROVERS", "REMIND_AFTER_HOURS", "HOSTS"])
def test_in_the_bots_own_file_a_name_need_not_be_as_close(read: Read, tmp_path: Path, name: str) -> None:
    read({name: "letmein"})
    (tmp_path / ".env").write_text(f"{name}=letmein\n", "utf-8")
    [problem] = problems_of(lambda: read({}))
    assert problem.startswith(f"{name}: is no setting")


def test_settings_of_other_software_are_let_through(read: Read, tmp_path: Path) -> None:
    near_to_generic_names = ["HOSTNAME", "HOST_NAME", "APP_PORT", "POSTGRES_PORT", "LOG_LEVEL_X", "LOGLEVEL", "TZ"]
    near_to_longer_ones = ["TEST_DATABASE_URL", "DATABASE_HOST", "ALLOWED_HOSTS", "DEFAULT_CURRENCY", "METRICS_PORT"]
    slack = ["SLACK_API_TOKEN", "SLACK_USER_TOKEN", "SLACK_CLIENT_ID", "SLACK_WEBHOOK_URL"]
    traces = [name for name in dir(opentelemetry.sdk.environment_variables) if name.startswith("OTEL_")]
    near_to_limits = ["TF_AUTO_APPROVE", "BUDGET", "CHANNELS", "EXPIRES", "PER_DAY", "UP_TO", "MAX_PER_DAY"]
    of_the_place = ["PATH", "DATABASE_URL_TEST", "BUYNUMBER_PORT", "LOG_DIR"]
    others = [*near_to_generic_names, *near_to_longer_ones, *slack, *near_to_limits, *traces]
    (tmp_path / ".env").write_text("".join(f"{name}=1\n" for name in others), "utf-8")
    assert read(dict.fromkeys([*others, *of_the_place], "1")) == read({})


def test_a_command_minds_the_names_of_the_settings_it_reads_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("MONTHLY_BUGET=INR:1\nAPPROVER=U1\nDATABASE_URI=letmein\n", "utf-8")
    names = [line.split(":")[0] for line in problems_of(lambda: load_for_operator(tmp_path / ".env"))]
    assert names == ["MONTHLY_BUGET", "DATABASE_URI"]
    assert len(problems_of(lambda: load_database_url(tmp_path / ".env"))) == 1


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("HTTPS_PROXY", "letmein:3128"),
        ("https_proxy", "socks5://letmein:1080"),
        ("HTTP_PROXY", "http://letmein:port"),
        ("ALL_PROXY", "letmein:3128"),
        ("all_proxy", "//letmein:3128"),
    ],
)
def test_a_proxy_that_slack_cannot_be_reached_through_is_named(read: Read, name: str, address: str) -> None:
    line = f"{name}: expected a proxy's address with its scheme, as in http://proxy:3128"
    assert problems_of(lambda: read({name: address})) == (line,)


def test_a_proxy_with_its_scheme_is_let_through(read: Read) -> None:
    proxies = {
        "HTTPS_PROXY": "http://bot:s%40@proxy.example:3128/",
        "ALL_PROXY": "socks5h://[::1]:1080",
        "http_proxy": "",
    }
    assert read({**proxies}) == read({})


def test_no_secret_shows_when_settings_are_printed(read: Read) -> None:
    settings = read({"SLACK_APP_TOKEN": "xapp-1-letmein", "DATABASE_URL": "sqlite:///letmein.db"})
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "letme" not in shown
    assert {secret.get_secret_value() for secret in settings.secrets} == {
        *(REQUIRED[name] for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "VOBIZ_AUTH_TOKEN")),
        "xapp-1-letmein",
        "sqlite:///letmein.db",
    }


def test_a_secret_of_the_file_is_known_where_the_environment_holds_an_empty_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("VOBIZ_AUTH_TOKEN=letmebuy\n", "utf-8")
    monkeypatch.setenv("VOBIZ_AUTH_TOKEN", "")
    assert SecretStr("letmebuy") in known_secrets(tmp_path / ".env")


def test_a_password_in_a_base_url_is_a_secret_too(read: Read) -> None:
    settings = read(
        {"SLACK_API_URL": "https://bot:let%40me@gw.example/", "VOBIZ_BASE_URL": "https://letmein@gw.example"}
    )
    assert {"let%40me", "let@me", "letmein"} <= {secret.get_secret_value() for secret in settings.secrets}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:let%4Din%21@db.example/numbers",
        "postgres://bot:let%4Din%21@/numbers?host=/run/postgresql&sslmode=disable",
        "postgresql://db.example/numbers?user=bot&password=let%4Din%21",
        "postgresql://bot:let%4Din%21?x@db.example/numbers",
        "postgresql://db.example/numbers?sslpassword=let%4Din%21",
    ],
)
def test_the_databases_password_is_a_secret_as_written_and_as_meant(read: Read, url: str) -> None:
    secrets = {secret.get_secret_value() for secret in read({"DATABASE_URL": url}).secrets}
    more = "?x" if "?x" in url else ""
    assert {url, f"let%4Din%21{more}", f"letMin!{more}"} <= secrets


def test_a_database_without_a_password_adds_no_secret_but_its_address(read: Read) -> None:
    url = "postgresql://bot:@/numbers?host=/run/postgresql"
    settings = read({"DATABASE_URL": url})
    assert [secret.get_secret_value() for secret in settings.database_secrets] == [url]


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ({}, "0.0.0.0"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "127.0.0.1"),
        ({"SLACK_APP_TOKEN": "xapp-1", "HOST": "0.0.0.0"}, "0.0.0.0"),
        ({"SLACK_APP_TOKEN": "xapp-1", "HOST": ""}, "127.0.0.1"),
    ],
)
def test_it_listens_to_this_machine_alone_where_nobody_has_to_come_in(written: dict[str, str], host: str) -> None:
    assert given(REQUIRED | written).host == host
