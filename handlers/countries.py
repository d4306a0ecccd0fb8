"""Countries as people name them: `india`, `uk`, `United States 212`. Knows those that have phone numbers."""

from collections.abc import Collection
from functools import lru_cache

from handlers.views.wording import country

_WORDS_IN_A_NAME = 6
_ALSO_CALLED = {
    **dict.fromkeys(("uk", "britain", "great britain", "england"), "GB"),
    **dict.fromkeys(("usa", "america"), "US"),
    "uae": "AE",
}
"""Beside their English names."""


def named_country(asked: str) -> tuple[str, str] | None:
    """The country whose name it begins with, and the rest."""
    words = asked.split(" ")
    for end in range(min(len(words), _WORDS_IN_A_NAME), 0, -1):
        code = _names().get(" ".join(words[:end]).casefold())
        if code is not None:
            return code, " ".join(words[end:])
    return None


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Countries with phone numbers, by what they are called."""
    return {country(code).casefold(): code for code in supported()} | _ALSO_CALLED


def supported() -> Collection[str]:
    from phonenumbers import SUPPORTED_REGIONS

    return SUPPORTED_REGIONS
