"""What another version of the bot wrote: on PostgreSQL an old and a new one may serve side by side for a while."""


class NotKnownHere(ValueError):
    """A newer version wrote it, and this one cannot tell what it means. The message names it: `the reason too_far`."""
