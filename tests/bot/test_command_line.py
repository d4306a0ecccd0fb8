"""The command line: help, wrong use and wrong settings, and how it ends."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.command_line import parser
from tests.harness.process import ROOT, Run


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([], "serve"),
        (["demo"], "--port"),
        (["serve"], "Run the bot"),
        (["check"], "posting or changing"),
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
        (["acknowledge"], "attempt's id"),
        (["migrate"], "up to date"),
        (["env"], ".env"),
        (["manifest"], "--url URL"),
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
        (
            ["manifest", "--url", "http://x.example"],
            "buynumber manifest: argument --url: an address is written as https:",
        ),
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
    assert ran.stderr == f"buynumber: there is no database at buynumber.db: `{sys.executable} -m bot serve` makes one\n"


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


def test_words_that_name_a_command_name_it_as_it_is_typed() -> None:
    """On a terminal as the process was started (`invocation.py`), in Slack by the program's name or as `/buynumber`."""
    commands = "|".join(name for action in parser()._actions for name in action.choices or ())
    bare = re.compile(rf"`(?:\S*python -m bot )?(?:{commands})\b")
    sources = [path for folder in ("bot", "handlers") for path in (ROOT / folder).rglob("*.py")]
    assert {path.name: found for path in sources for found in words_in(path) if bare.search(found)} == {}


def words_in(source: Path) -> Iterator[str]:
    """Every text in it that is no docstring."""
    nodes = [*ast.walk(ast.parse(source.read_text("utf-8")))]
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value
