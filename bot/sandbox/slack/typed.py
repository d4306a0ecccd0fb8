"""What a person types into a command, as Slack passes it on with `should_escape`.

Knows the names in the workspace; knows nothing of commands.
"""

import re

from bot.sandbox.slack.workspace import Workspace

_PHONE = re.compile(r"(?<![\w<|:+])\+?\d(?:[ ().-]{0,2}\d){7,14}(?!\w)")
_MENTION = re.compile(r"(?<![\w<])@([\w.-]+)")
_CHANNEL = re.compile(r"(?<![\w<])#([\w-]+)")
_ESCAPED_ALREADY = re.compile(r"<(?:[@#!]|tel:|mailto:|https?:)[^>]*>")


def as_sent(workspace: Workspace, text: str) -> str:
    """`&`, `<`, `>` as entities, `@name` as `<@U…>`, `#channel` as `<#C…>`; what is written that way already stays."""
    parts: list[str] = []
    end = 0
    for found in _ESCAPED_ALREADY.finditer(text):
        parts += [_escaped(workspace, text[end : found.start()]), found.group()]
        end = found.end()
    return "".join([*parts, _escaped(workspace, text[end:])])


def _escaped(workspace: Workspace, text: str) -> str:
    users = {person.name: person.id for person in workspace.people}
    groups = {group.handle: group.id for group in workspace.people.groups()}
    channels = {channel.name: channel.id for channel in workspace.channels if not channel.is_im}

    def mention(found: re.Match[str]) -> str:
        name = found.group(1)
        if name in groups:
            return f"<!subteam^{groups[name]}>"
        return f"<@{users[name]}>" if name in users else found.group()

    def channel(found: re.Match[str]) -> str:
        name = found.group(1)
        return f"<#{channels[name]}>" if name in channels else found.group()

    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = _CHANNEL.sub(channel, _MENTION.sub(mention, escaped))
    return _PHONE.sub(_linked, escaped) if workspace.tel_links else escaped


def _linked(found: re.Match[str]) -> str:
    written = found.group()
    digits = re.sub(r"[^\d+]", "", written)
    return f"<tel:{digits}|{written}>"
