"""Block Kit's elements: buttons, menus, inputs, pictures, with Slack's limits, and where each may stand.

Knows nothing of blocks. Source: Slack's reference for block elements and composition objects.
"""

from collections.abc import Mapping

from bot.sandbox.slack.rules import (
    Problems,
    Rule,
    Shape,
    any_text,
    anything,
    exactly_one,
    flag,
    listed,
    one_of,
    plain,
    typed,
    whole,
    words,
)
from bot.sandbox.slack.shapes import Json

ID = words(255)
URL = words(3000)
STYLE = one_of("primary", "danger")

CONFIRM = Shape(
    required={"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)},
    optional={"style": STYLE},
)


def _option(text: Rule, *, with_url: bool = False) -> Shape:
    more: Mapping[str, Rule] = {"url": URL} if with_url else {}
    return Shape(required={"text": text, "value": words(150)}, optional={"description": any_text(75), **more})


MENU_OPTION = _option(plain(75))
TICK_OPTION = _option(any_text(75))
OPTION_GROUP = Shape(required={"label": plain(75), "options": listed(MENU_OPTION, most=100)})
OPTIONS_ANSWER = Shape(
    optional={"options": listed(MENU_OPTION, most=100, least=0), "option_groups": listed(OPTION_GROUP, most=100)}
)

_ACTION: Mapping[str, Rule] = {"type": anything, "action_id": ID}
_ASKING: Mapping[str, Rule] = {**_ACTION, "confirm": CONFIRM, "focus_on_load": flag}
_MENU: Mapping[str, Rule] = {**_ASKING, "placeholder": plain(150)}
_TYPED: Mapping[str, Rule] = {**_ACTION, "placeholder": plain(150), "focus_on_load": flag}
_DISPATCH = Shape(optional={"trigger_actions_on": listed(one_of("on_enter_pressed", "on_character_entered"), most=2)})


def _either(shape: Shape, *keys: str) -> Rule:
    """`shape`, and exactly one of `keys` in it."""

    def check(problems: Problems, value: Json, pointer: str) -> None:
        shape(problems, value, pointer)
        if isinstance(value, dict):
            exactly_one(problems, dict(value), pointer, keys)

    return check


def _typed_in(longest: int = 3000) -> Shape:
    optional: Mapping[str, Rule] = {**_TYPED, "initial_value": words(longest), "dispatch_action_config": _DISPATCH}
    return Shape(optional=optional)


def _static(**more: Rule) -> Rule:
    options: Mapping[str, Rule] = {
        "options": listed(MENU_OPTION, most=100),
        "option_groups": listed(OPTION_GROUP, most=100),
    }
    return _either(Shape(optional={**_MENU, **options, **more}), "options", "option_groups")


_MANY: Mapping[str, Rule] = {"max_selected_items": whole(1, 100)}
_CHOSEN: Rule = listed(MENU_OPTION, most=100)
_IDS: Rule = listed(ID, most=100)
_FILTER = Shape(
    optional={
        "include": listed(one_of("im", "mpim", "private", "public"), most=4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    }
)
_CONVERSATIONS: Mapping[str, Rule] = {"default_to_current_conversation": flag, "filter": _FILTER}

IMAGE = _either(
    Shape(required={"type": anything, "alt_text": words(2000)}, optional={"image_url": URL, "slack_file": anything}),
    "image_url",
    "slack_file",
)

BUTTON = Shape(
    required={"text": plain(75)},
    optional={
        **_ACTION,
        "url": URL,
        "value": words(2000),
        "style": STYLE,
        "confirm": CONFIRM,
        "accessibility_label": words(75),
    },
)

OVERFLOW = Shape(
    required={"options": listed(_option(plain(75), with_url=True), most=5)}, optional={**_ACTION, "confirm": CONFIRM}
)

RADIO = Shape(required={"options": listed(TICK_OPTION, most=10)}, optional={**_ASKING, "initial_option": TICK_OPTION})
CHECKBOXES = Shape(
    required={"options": listed(TICK_OPTION, most=10)},
    optional={**_ASKING, "initial_options": listed(TICK_OPTION, most=10)},
)

_SINGLE_MENUS: Mapping[str, Rule] = {
    "static_select": _static(initial_option=MENU_OPTION),
    "external_select": Shape(optional={**_MENU, "min_query_length": whole(0, 3000), "initial_option": MENU_OPTION}),
    "users_select": Shape(optional={**_MENU, "initial_user": ID}),
    "conversations_select": Shape(
        optional={**_MENU, **_CONVERSATIONS, "initial_conversation": ID, "response_url_enabled": flag}
    ),
    "channels_select": Shape(optional={**_MENU, "initial_channel": ID, "response_url_enabled": flag}),
}

_MULTI_MENUS: Mapping[str, Rule] = {
    "multi_static_select": _static(initial_options=_CHOSEN, **_MANY),
    "multi_external_select": Shape(
        optional={**_MENU, **_MANY, "min_query_length": whole(0, 3000), "initial_options": _CHOSEN}
    ),
    "multi_users_select": Shape(optional={**_MENU, **_MANY, "initial_users": _IDS}),
    "multi_conversations_select": Shape(optional={**_MENU, **_MANY, **_CONVERSATIONS, "initial_conversations": _IDS}),
    "multi_channels_select": Shape(optional={**_MENU, **_MANY, "initial_channels": _IDS}),
}

_DATES: Mapping[str, Rule] = {
    "datepicker": Shape(optional={**_MENU, "initial_date": words(10, shortest=10)}),
    "timepicker": Shape(optional={**_MENU, "initial_time": words(5, shortest=5), "timezone": words(255)}),
}

_CHOICES: Mapping[str, Rule] = {"radio_buttons": RADIO, "checkboxes": CHECKBOXES}
_DATE_TIME: Mapping[str, Rule] = {
    "datetimepicker": Shape(optional={**_ASKING, "initial_date_time": whole(10**9, 10**10 - 1)})
}

_PLAIN_INPUT = Shape(
    optional={**_typed_in().optional, "multiline": flag, "min_length": whole(0, 3000), "max_length": whole(1, 3000)}
)
_NUMBER_INPUT = Shape(
    required={"is_decimal_allowed": flag},
    optional={**_typed_in().optional, "min_value": words(255), "max_value": words(255)},
)

ACCESSORIES = typed(
    {"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE, **_SINGLE_MENUS, **_MULTI_MENUS, **_DATES, **_CHOICES}
)
ACTIONS = typed(
    {"button": BUTTON, "overflow": OVERFLOW, **_SINGLE_MENUS, **_MULTI_MENUS, **_DATES, **_DATE_TIME, **_CHOICES}
)
INPUTS = typed(
    {
        "plain_text_input": _PLAIN_INPUT,
        "number_input": _NUMBER_INPUT,
        "email_text_input": _typed_in(),
        "url_text_input": _typed_in(),
        "rich_text_input": Shape(optional={**_TYPED, "initial_value": anything, "dispatch_action_config": _DISPATCH}),
        "file_input": Shape(optional={**_ACTION, "filetypes": listed(words(20), most=100), "max_files": whole(1, 10)}),
        **_SINGLE_MENUS,
        **_MULTI_MENUS,
        **_DATES,
        **_DATE_TIME,
        **_CHOICES,
    }
)
CONTEXT_ELEMENTS = typed(
    {
        "image": IMAGE,
        "plain_text": Shape(required={"type": anything, "text": words(3000)}, optional={"emoji": flag}),
        "mrkdwn": Shape(required={"type": anything, "text": words(3000)}, optional={"verbatim": flag}),
    }
)
