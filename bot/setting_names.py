"""Names that are nearly a setting's: a limit that is misspelt would be no limit at all, without a word.

Other software has settings of its own, so in the environment a name has to be closer than in the bot's own `.env`.
"""

from collections.abc import Iterable
from difflib import get_close_matches

SHARED = frozenset({"DATABASE_URL", "HOST", "LOG_FORMAT", "LOG_LEVEL", "PORT", "TIME_ZONE"})
"""Others have settings of these names and longer ones: `LOG_LEVEL_ROOT` and `TEST_DATABASE_URL` are theirs."""

OTHERS = frozenset({"HOSTNAME", "LOGLEVEL", "SLACK_API_TOKEN", "SLACK_CLIENT_SIGNING_SECRET", "SLACK_USER_TOKEN"})
"""Well-known names of others that come close."""

CLOSE, CLOSE_TO_SHARED = 0.85, 0.9
"""By `difflib`: MONTHLY_BUGET is 0.96 of MONTHLY_BUDGET, DATABASE_HOST 0.72 of DATABASE_URL."""

IN_FILE = 0.05
"""How much less is close enough in the file."""


def meant(name: str, settings: Iterable[str], *, in_file: bool) -> str | None:
    """The setting that `name`, which is none, was probably meant to be: MONTHLY_BUDGET for MONTHLY_BUGET."""
    known, name = [*settings], name.upper()
    if name in known or name in OTHERS:
        return None
    less = IN_FILE if in_file else 0.0
    for found in get_close_matches(name, known, cutoff=CLOSE - less):
        if not _is_shared(found):
            return found
        if not _adds_words(name, found) and get_close_matches(name, [found], cutoff=CLOSE_TO_SHARED - less):
            return found
    own = (found for found in known if not _is_shared(found) and _adds_words(name, found))
    return next(own, None) if in_file else None


def _is_shared(setting: str) -> bool:
    return setting in SHARED or setting.startswith("SLACK_")


def _adds_words(name: str, setting: str) -> bool:
    return name.startswith(f"{setting}_") or name.endswith(f"_{setting}")
