"""`manifest.yml` against Slack's schema, and against what the code calls and listens to.

The schema is Slack's own (`slackapi/manifest-schema`, MIT). It does not notice a scope too few or too many.
"""

import ast
import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import BaseModel
from slack_sdk.web.async_client import AsyncWebClient

from handlers import checkup

ROOT = Path(__file__).parents[1]

SCOPES: dict[str, set[str]] = {
    "apps_connections_open": set(),
    "auth_test": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write", "chat:write.public"},
    "chat_update": {"chat:write"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_update": set(),
}
"""What a bot token needs for each method, by the SDK's names (source: docs.slack.dev/reference/methods and /scopes).

`apps.connections.open` takes the app-level token, whose own scope no manifest can ask for.

`chat:write.public` because the card stands where the command was typed, and that may be a public channel the bot was
never invited to.
"""


class SlashCommand(BaseModel):
    command: str
    should_escape: bool
    usage_hint: str


class AppHome(BaseModel):
    home_tab_enabled: bool
    messages_tab_enabled: bool


class Features(BaseModel):
    app_home: AppHome
    slash_commands: list[SlashCommand]


class Scopes(BaseModel):
    bot: list[str]


class OAuth(BaseModel):
    scopes: Scopes


class Events(BaseModel):
    bot_events: list[str]


class Interactivity(BaseModel):
    is_enabled: bool


class AppSettings(BaseModel):
    event_subscriptions: Events
    interactivity: Interactivity
    socket_mode_enabled: bool


class Manifest(BaseModel):
    features: Features
    oauth_config: OAuth
    settings: AppSettings


@pytest.fixture
def manifest() -> Manifest:
    return Manifest.model_validate(yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8")))


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the bot itself with its name; the stand-ins serve Slack's methods instead of calling them."""
    for folder in ("bot", "handlers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "sandbox" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield name, ast.parse(path.read_text("utf-8"))


def methods_called() -> set[str]:
    """Slack's methods named anywhere in the code, as `client.chat_postMessage` or as the text `chat.postMessage`."""
    known = {name for name, _ in inspect.getmembers(AsyncWebClient, inspect.iscoroutinefunction) if "_" in name}
    named = set[str]()
    for _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                named.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value.replace(".", "_"))
    return named & known


def listened_to(kind: str) -> set[str]:
    """What is handed to `app.command`, `app.event`, … ; a name stands for the module's constant."""
    found = set[str]()
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == kind:
                match node.func.value, node.args:
                    case ast.Name("app"), [ast.Constant(str(text))]:
                        found.add(text)
                    case ast.Name("app"), [ast.Name(constant)]:
                        found.add(str(getattr(import_module(name), constant)))
                    case ast.Name("app"), _:
                        found.add(ast.unparse(node))
                    case _:
                        pass
    return found


def test_slacks_schema_accepts_the_manifest() -> None:
    schema = json.loads((ROOT / "tests" / "manifest.schema.2.0.0.json").read_text("utf-8"))
    checker = jsonschema.validators.validator_for(schema)(schema)
    assert [
        error.message for error in checker.iter_errors(yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8")))
    ] == []


def test_every_method_the_code_calls_has_its_scopes_written_down() -> None:
    assert methods_called() == set(SCOPES)


def test_the_scopes_are_those_of_the_methods_the_code_calls_and_no_others(manifest: Manifest) -> None:
    needed = {"commands"}.union(*(SCOPES[method] for method in methods_called()))
    assert sorted(manifest.oauth_config.scopes.bot) == sorted(needed)


def test_a_checkup_asks_for_the_scopes_of_the_manifest(manifest: Manifest) -> None:
    assert set(checkup.SCOPES) == set(manifest.oauth_config.scopes.bot)


def test_the_manifest_declares_the_commands_the_handlers_listen_to(manifest: Manifest) -> None:
    assert {entry.command for entry in manifest.features.slash_commands} == listened_to("command")


def test_mentions_and_channels_in_a_command_arrive_as_ids(manifest: Manifest) -> None:
    assert all(entry.should_escape for entry in manifest.features.slash_commands)


def test_the_manifest_subscribes_to_the_events_the_handlers_listen_to(manifest: Manifest) -> None:
    assert set(manifest.settings.event_subscriptions.bot_events) == listened_to("event")


def test_app_home_has_its_tab_because_the_bot_publishes_one(manifest: Manifest) -> None:
    assert manifest.features.app_home.home_tab_enabled == ("views_publish" in methods_called())


def test_clicks_forms_and_options_reach_the_bot(manifest: Manifest) -> None:
    listened = {kind for kind in ("action", "view", "options") if listened_to(kind)}
    assert listened == {"action", "view", "options"}
    assert manifest.settings.interactivity.is_enabled


def test_socket_mode_is_on_so_that_no_address_is_needed(manifest: Manifest) -> None:
    assert manifest.settings.socket_mode_enabled
    assert "http" not in (ROOT / "manifest.yml").read_text("utf-8")
