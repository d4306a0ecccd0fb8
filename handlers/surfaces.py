"""What every surface is given: where to hand things in, whom to ask, and what the command rests on."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.domain.rules import Rules
from bot.services.acts import Reception
from bot.services.ports import Provider
from bot.services.tell.queries import FormQueries
from handlers.outgoing import SlackMessenger
from handlers.people import SlackPeople


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """`messenger` is for lazy listeners alone; `default_country` is ISO 3166 alpha-2."""

    messenger: SlackMessenger
    reception: Reception
    forms: FormQueries
    people: SlackPeople
    provider: Provider
    rules: Rules
    clock: Clock
    default_country: str
