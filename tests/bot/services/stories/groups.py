"""Every story of the book, by groups."""

from collections.abc import Mapping

from tests.bot.services.stories import asking, buying, keeping
from tests.bot.services.stories.book import Stories

STORIES: Mapping[str, Stories] = {
    "asking": asking.ASKING,
    "refusing": asking.REFUSING,
    "deciding": asking.DECIDING,
    "buying": buying.BUYING,
    "finding_out": buying.FINDING_OUT,
    "sweeping": keeping.SWEEPING,
    "stopping": keeping.STOPPING,
}
