"""Whether what a checkup lists can be settled: by a command that exists, a setting, or a place where people go."""

import shlex
from collections.abc import Iterable

from bot.command_line import parser
from bot.services.checkup.line import Line, Mark
from bot.settings import Settings

PLACES = ("Slack", "Vobiz", "api.slack.com", "DATABASE_URL", "the log of", "time server", "update the bot", "restore a")
SETTINGS = tuple(name.upper() for name in Settings.model_fields)


def leading_somewhere(lines: Iterable[Line]) -> list[Line]:
    """The lines, each looked at: those of the bot's own commands are understood as they are typed."""
    looked_at = [*lines]
    for line in looked_at:
        for command in line.commands:
            if command.startswith("buynumber "):
                parser().parse_args(shlex.split(command)[1:])
        assert line.mark is Mark.OK or line.commands or any(name in line.way for name in (*PLACES, *SETTINGS)), line
    return looked_at
