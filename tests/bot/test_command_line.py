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
        (["freeze"], "Stop approving and buying at once"),
        (["unfreeze"], "Lift the freeze"),
        (["resolve"], "--without-asking"),
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


def test_wrong_settings_are_all_named_a_line_each_and_no_value_is_shown(run: Run) -> None:
    wrong = {"SLACK_BOT_TOKEN": "xoxp-of-a-person", "VOBIZ_AUTH_TOKEN": "two words", "PORT": "eighty"}
    ran = run("serve", VOBIZ_AUTH_ID="MA_1", **wrong)
    assert (ran.code, ran.out) == (2, "")
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "VOBIZ_AUTH_TOKEN",
        "APPROVERS",
        "PORT",
    ]
    assert [value for value in wrong.values() if value in ran.err] == []


def test_it_runs_as_a_module_and_ends_with_the_commands_code(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "requests"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "buynumber: there is no database at buynumber.db: `serve` makes one\n"


def test_what_is_not_available_yet_is_refused_rather_than_ignored(run: Run) -> None:
    ended = run("serve", METRICS_LISTEN="127.0.0.1:9090")
    assert ended.code == 2
    assert "buynumber: METRICS_LISTEN: is not available yet: leave it out" in ended.err.splitlines()
