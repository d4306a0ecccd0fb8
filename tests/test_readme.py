"""The README against what it tells of: settings, commands, scopes, pictures."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import yaml

from bot.__main__ import _RUN
from bot.command_line import parser
from bot.settings import Settings, load
from tests.test_outside import TO_FILL_IN, example

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")

LARGEST_PICTURE = 200_000


def table(heading: str) -> list[list[str]]:
    """The cells of each row of the table whose first column is called so."""
    [found] = re.findall(rf"^\| {heading} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    rows = [re.split(r"(?<!\\)\|", row) for row in found.splitlines()]
    return [[cell.strip() for cell in cells[1:-1]] for cells in rows]


def test_the_settings_are_all_there_once_with_their_defaults() -> None:
    told = {name.strip("`"): default for name, default, _ in table("name")}
    assert sorted(told) == sorted(name.upper() for name in Settings.model_fields)
    assert len(table("name")) == len(told)
    shown = dict(line.removeprefix("# ").split("=", 1) for line in example())
    stated = {name: default for name, value in shown.items() if (default := value) and name != "HOST"}
    assert {name: told[name].strip("`") for name in stated} == stated
    assert {name for name, field in Settings.model_fields.items() if field.is_required()} == {
        name.lower() for name, default in told.items() if default == "required"
    }


def test_the_settings_it_recommends_are_accepted_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    [recommended] = re.findall(r"```sh\n(APPROVAL_CHANNEL=(?:.*\n)+?)```", README)
    filled_in = [f"{name}={value}" for name, value in TO_FILL_IN.items()]
    (tmp_path / ".env").write_text("\n".join([*filled_in, recommended]), "utf-8")
    settings = load(tmp_path / ".env")
    named = {line.split("=")[0].lower() for line in recommended.splitlines()}
    assert {name for name in named if getattr(settings, name) != Settings.model_fields[name].default} == named


def help_of(*command: str) -> str:
    """What `--help` says of it; nothing when there is no such command."""
    said = io.StringIO()
    with pytest.raises(SystemExit), redirect_stdout(said):
        parser().parse_args([*command, "--help"])
    return said.getvalue()


def test_every_command_is_told_of_with_options_that_it_has_and_no_other() -> None:
    usages = [usage for cell, _ in table("command") for usage in re.findall("`([^`]+)`", cell)]
    told = {usage: re.match("[a-z-]+(?: [a-z]+)?", usage) for usage in usages}
    commands = {usage: found[0] for usage, found in told.items() if found is not None}
    assert set(commands.values()) == set(_RUN)
    for usage, command in commands.items():
        options = re.findall("--[a-z-]+", usage)
        assert [option for option in options if option not in help_of(*command.split())] == [], usage


def test_the_commands_to_be_copied_can_be_typed() -> None:
    lines = re.findall(r"(?:-m bot|bin/buynumber) ([a-z][^`\n>)|&]*)", README)
    assert {line.split()[0] for line in lines} >= {"demo", "manifest", "env", "check", "serve"}
    for line in lines:
        parser().parse_args(line.split())


def test_each_scope_that_the_manifest_asks_for_is_explained_and_no_other() -> None:
    scopes = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))["oauth_config"]["scopes"]
    told = {scope for cell, _ in table("scope") for scope in re.findall("`([^`]+)`", cell)}
    assert told == {*scopes["bot"], *scopes["bot_optional"], "connections:write"}


def test_what_it_links_to_is_there_and_no_picture_is_too_large() -> None:
    headings = re.findall("^#+ (.+)$", README, re.MULTILINE)
    anchors = {f"#{re.sub('[^a-z0-9 -]', '', heading.lower()).replace(' ', '-')}" for heading in headings}
    links = {link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("https://")}
    assert {link for link in links if link.startswith("#")} <= anchors
    files = [ROOT / link for link in links if not link.startswith("#")]
    assert [file for file in files if not file.is_file()] == []
    pictures = [*(ROOT / "tests" / "pictures").glob("*.png")]
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []
