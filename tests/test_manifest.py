"""`manifest.yml` against Slack's schema, and against what the code calls and listens to.

The schema is Slack's own (`slackapi/manifest-schema`, MIT). It does not notice a scope too few or too many.
"""

import ast
import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import templates
from bot.sandbox.slack import InstalledApp
from handlers import checkup

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / "manifest.yml"

Manifest = dict[str, Any]

SCOPES: dict[str, set[str]] = {
    "apps_connections_open": set(),
    "auth_test": set(),
    "blocks_validate": set(),
    "chat_getPermalink": set(),
    "conversations_history": set(),
    "conversations_replies": set(),
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


OPTIONAL = {"channels:history", "groups:history"}
"""For reading public and private channels, which `audit verify --slack` does and nothing else."""


@pytest.fixture
def manifest() -> Manifest:
    return parsed(templates.manifest(None))


def parsed(text: str) -> Manifest:
    read: Manifest = yaml.safe_load(text)
    return read


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the bot itself with its name; the stand-ins serve Slack's methods instead of calling them."""
    for folder in ("bot", "handlers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "sandbox" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield name, ast.parse(path.read_text("utf-8"))


def methods_called() -> set[str]:
    """Slack's methods named anywhere in the code, as `client.chat_postMessage` or as the text `chat.postMessage`."""
    known = {name for name, _ in inspect.getmembers(AsyncWebClient, inspect.iscoroutinefunction) if "_" in name} - {
        "api_call"
    }
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
            match node:
                case ast.Call(ast.Attribute(ast.Name("app"), attr), arguments) if attr == kind:
                    match arguments:
                        case [ast.Constant(str(text))]:
                            found.add(text)
                        case [ast.Name(constant)]:
                            found.add(str(getattr(import_module(name), constant)))
                        case _:
                            found.add(ast.unparse(node))
                case _:
                    pass
    return found


@pytest.mark.parametrize("url", [None, "https://bot.example.com:8443/numbers"])
def test_slacks_schema_accepts_the_manifest(url: str | None) -> None:
    manifest = parsed(templates.manifest(url))
    schema = json.loads((ROOT / "tests" / "manifest.schema.2.0.0.json").read_text("utf-8"))
    checker = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in checker.iter_errors(manifest)] == []


def test_the_scopes_are_those_of_the_methods_the_code_calls_and_no_others(manifest: Manifest) -> None:
    assert methods_called() == set(SCOPES)
    asked_for, optional = (manifest["oauth_config"]["scopes"][name] for name in ("bot", "bot_optional"))
    assert set(optional) == OPTIONAL == set(checkup.OPTIONAL_SCOPES)
    assert sorted(asked_for) == sorted({"commands"}.union(*SCOPES.values()))
    assert set(checkup.SCOPES) == set(asked_for)


def test_the_manifest_declares_the_commands_the_handlers_listen_to_with_a_hint_and_mentions_escaped(
    manifest: Manifest,
) -> None:
    commands = manifest["features"]["slash_commands"]
    assert {entry["command"] for entry in commands} == listened_to("command")
    assert all(entry["should_escape"] and entry["usage_hint"] for entry in commands)


def test_the_manifest_subscribes_to_the_events_the_handlers_listen_to(manifest: Manifest) -> None:
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == listened_to("event")


def test_the_manifest_declares_the_shortcuts_the_handlers_listen_to(manifest: Manifest) -> None:
    declared = manifest["features"]["shortcuts"]
    assert sorted(entry["callback_id"] for entry in declared) == sorted(listened_to("shortcut"))
    assert sorted(entry["type"] for entry in declared) == ["global", "message"]


def test_the_stand_in_offers_what_the_manifest_declares(manifest: Manifest) -> None:
    """So the demo's page shows the command's hint and the shortcuts as Slack does."""
    app, features = InstalledApp(), manifest["features"]
    [command] = features["slash_commands"]
    assert (app.name, app.command) == (manifest["display_information"]["name"], command["command"])
    assert (app.command_note, app.command_hint) == (command["description"], command["usage_hint"])
    declared = [(one["type"], one["callback_id"], one["name"], one["description"]) for one in features["shortcuts"]]
    assert [(one.kind, one.callback_id, one.name, one.note) for one in app.shortcuts] == declared


def test_app_home_clicks_forms_and_options_reach_the_bot_without_an_address(manifest: Manifest) -> None:
    app_home = manifest["features"]["app_home"]
    assert app_home["home_tab_enabled"] is ("views_publish" in methods_called())
    assert app_home["messages_tab_enabled"]
    assert app_home["messages_tab_read_only_enabled"]  # nobody reads what is written there
    assert all(listened_to(kind) for kind in ("action", "view", "options"))
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["settings"]["socket_mode_enabled"]
    assert "http" not in MANIFEST.read_text("utf-8")


@pytest.mark.parametrize("url", ["https://bot.example.com", "https://bot.example.com/slack/events/"])
def test_over_http_everything_goes_to_one_address_and_nothing_else_differs(manifest: Manifest, url: str) -> None:
    over_http, events = parsed(templates.manifest(url)), "https://bot.example.com/slack/events"
    settings, [command] = over_http["settings"], over_http["features"]["slash_commands"]
    interactivity = settings["interactivity"]
    assert (interactivity.pop("request_url"), interactivity.pop("message_menu_options_url")) == (events, events)
    assert (settings["event_subscriptions"].pop("request_url"), command.pop("url")) == (events, events)
    assert settings["socket_mode_enabled"] is False
    settings["socket_mode_enabled"] = True
    assert over_http == manifest
