"""The command line: help, wrong use and wrong settings, and how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.process import ROOT, Run


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([], "serve"),
        (["demo"], "--port"),
        (["serve"], "Run the bot"),
        (["check"], "without spending anything"),
        (["requests"], "pending, approved"),
        (["why"], "who approved it"),
        (["receipt"], "--verify FILE"),
        (["report"], "renewals"),
        (["freeze"], "Stop approving and buying at once"),
        (["unfreeze"], "Lift the freeze"),
        (["resolve"], "--without-asking"),
        (["audit"], "verify"),
        (["audit", "verify"], "no entry was changed"),
        (["audit", "export"], "an entry itself"),
        (["migrate"], "up to date"),
    ],
)
def test_help_is_there_everywhere(run: Run, command: list[str], words: str) -> None:
    ran = run(*command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert words in ran.out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "buynumber: the following arguments are required: COMMAND"),
        (["dmeo"], "buynumber: argument COMMAND: invalid choice: 'dmeo' (choose from 'demo', 'serve', "),
        (["serve", "now"], "buynumber: unrecognized arguments: now"),
        (["requests", "--status", "lost"], "buynumber requests: argument --status: invalid choice: 'lost'"),
        (["why", "IN 80"], "buynumber why: argument NUMBER: a number is written with + and its country code"),
        (["report", "November"], "buynumber report: argument MONTH: a month is written as 2026-11"),
        (["resolve"], "buynumber resolve: the following arguments are required: ID, outcome"),
        (["resolve", "5", "maybe"], "buynumber resolve: argument outcome: invalid choice: 'maybe'"),
        (["demo", "--port", "65536"], "buynumber demo: argument --port: a port is a number up to 65535"),
        (["demo", "--port", "http"], "buynumber demo: argument --port: a port is a number up to 65535"),
    ],
)
def test_wrong_use_is_said_in_one_line(run: Run, arguments: list[str], line: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(line)
    assert ran.err.count("\n") == 1


def test_wrong_settings_are_all_named_a_line_each_and_no_value_is_shown(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("APPROVERS=letmein-4\nVOBIZ_AUTH_TOKEN=letmein 5\n", "utf-8")
    wrong = {"SLACK_BOT_TOKEN": "letmein-1", "DATABASE_URL": "mysql://bot:letmein-2@db.example/x", "PORT": "letmein-3"}
    ran = run("serve", **wrong)
    assert (ran.code, ran.out) == (2, "")
    assert [line.split(": ")[:2] for line in ran.err.splitlines()] == [
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
    assert "letmein" not in ran.err
    assert [entry.name for entry in tmp_path.iterdir()] == [".env"]


def test_it_runs_as_a_module_and_ends_with_the_commands_code(tmp_path: Path) -> None:
    command, env = [sys.executable, "-m", "bot", "requests"], {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "buynumber: there is no database at buynumber.db: `serve` makes one\n"


@pytest.mark.parametrize("way", ["raises", "stops"])
def test_what_a_command_says_at_its_end_holds_no_secret(tmp_path: Path, way: str) -> None:
    (tmp_path / ".env").write_text("VOBIZ_AUTH_TOKEN=letmein-token\n", "utf-8")
    kind = "Problem" if way == "stops" else "ValueError"
    code = (
        "import sys, bot.__main__ as line\n"
        "from bot.problems import Problem\n"
        "def fails(_):\n"
        f"    raise {kind}('https://bot:letme%40in@x xoxb-1 ' + repr(b'letmein-token'))\n"
        "line._RUN['requests'] = fails\n"
        "sys.exit(line.main(['requests']))\n"
    )
    env = {"PYTHONPATH": str(ROOT), "DATABASE_URL": "postgresql://bot:letme%40in@db.example/n"}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    said = ran.stderr.splitlines()[-1]
    assert (ran.returncode, said.count("[redacted]")) == ((2, 3) if way == "stops" else (1, 3))
    assert "letme" not in said
    assert "xoxb" not in said
