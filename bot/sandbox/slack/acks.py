"""What the app's answer to a delivery does: a command's words, a submission's `response_action`, a menu's options.

Knows nothing of how the answer came. What Slack would not take is told apart from what it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.sandbox.slack.api.views import checked_view
from bot.sandbox.slack.blocks import check_options
from bot.sandbox.slack.changes import Closed, Shown
from bot.sandbox.slack.channels import Channel
from bot.sandbox.slack.delivery import TimedOut, Unreachable
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.posting import content_of, post
from bot.sandbox.slack.shapes import JsonObject, object_of, objects_of, text_of
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The app took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """`words` is what the person sees, `code` Slack's name for it (`operation_timeout`, `dispatch_failed`, …)."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """The modal stays open; `errors` stand under their blocks, by block id."""

    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What an external menu shows."""

    options: tuple[JsonObject, ...] = field(default=())
    option_groups: tuple[JsonObject, ...] = field(default=())


Outcome: TypeAlias = Done | Failed | Invalid


def failure_of_command(answer: TimedOut | Unreachable, command: str) -> Failed:
    code = _code(answer)
    return Failed(code=code, words=f'{command} failed with the error "{code}"')


def failure_of_click(answer: TimedOut | Unreachable) -> Failed:
    if isinstance(answer, TimedOut):
        return Failed(code=_code(answer), words="Operation timed out. Apps need to respond within 3 seconds.")
    words = (
        "This app is not reachable."
        if answer.status is None
        else f"This app responded with Status Code {answer.status}."
    )
    return Failed(code=_code(answer), words=words)


def failure_of_modal(answer: TimedOut | Unreachable) -> Failed:
    return Failed(code=_code(answer), words=TROUBLE)


def _code(answer: TimedOut | Unreachable) -> str:
    return "operation_timeout" if isinstance(answer, TimedOut) else "dispatch_failed"


def apply_to_command(workspace: Workspace, user: str, channel: Channel, command: str, body: JsonObject) -> Outcome:
    """An empty body says nothing; text or blocks go to the caller alone, or to the channel with `in_channel`."""
    if not text_of(body, "text") and not body.get("blocks"):
        return Done()
    try:
        content = content_of(body.get("text"), body.get("blocks"))
    except SlackError:
        code = "invalid_command_response"
        return Failed(code=code, words=f'{command} failed with the error "{code}"')
    for_all = text_of(body, "response_type") == "in_channel"
    post(workspace, channel.id, content, only_for=None if for_all else user)
    return Done()


def apply_to_submission(workspace: Workspace, view: View, body: JsonObject) -> Outcome:
    """Without `response_action` the modal closes; otherwise it does what is said there, if that is valid."""
    try:
        return _apply(workspace, view, body)
    except SlackError as refusal:
        return Failed(code=refusal.code, words=TROUBLE)


def apply_to_search(body: JsonObject) -> Offered | Failed:
    if check_options(body):
        return Failed(code="invalid_options", words="These options could not be loaded.")
    options, groups = objects_of(body, "options"), objects_of(body, "option_groups")
    return Offered(options=tuple(options), option_groups=tuple(groups))


def _apply(workspace: Workspace, view: View, body: JsonObject) -> Outcome:
    match text_of(body, "response_action"):
        case "":
            _close(workspace, view)
        case "clear":
            for opened in reversed(workspace.views.stack(view.user)):
                _close(workspace, opened)
        case "update":
            updated = workspace.views.update(view, checked_view(body.get("view"), "modal"))
            workspace.changes.tell(Shown(view=updated))
        case "push":
            pushed = workspace.views.push(view.user, checked_view(body.get("view"), "modal"))
            workspace.changes.tell(Shown(view=pushed))
        case "errors":
            return Invalid(errors=_errors(view, body))
        case _:
            raise SlackError("invalid_arguments")
    return Done()


def _errors(view: View, body: JsonObject) -> dict[str, str]:
    inputs = {text_of(block, "block_id") for block in view.blocks if text_of(block, "type") == "input"}
    errors = {block: words for block, words in object_of(body, "errors").items() if isinstance(words, str) and words}
    # Slack shows errors under input blocks only, and refuses the whole answer when one names anything else.
    if not errors or not errors.keys() <= inputs:
        raise SlackError("invalid_arguments")
    return errors


def _close(workspace: Workspace, view: View) -> None:
    workspace.views.close(view)
    workspace.changes.tell(Closed(view=view))
