"""How long a test waits before it gives up.

For what hangs, not for a busy machine; pytest's own timeout is longer, so a test says what it waited for.
"""

PATIENCE = 120.0
"""Seconds."""

LOOKS_AT_ONCE = (
    "handlers.surfaces.PEOPLE_WITHIN",
    "handlers.command.SURVEYED_WITHIN",
    "handlers.command.ON_SALE_WITHIN",
    "handlers.picker.LOOK_WITHIN",
)
"""How long the handlers look for what they need while Slack waits: `PATIENCE` in tests, less where it is meant."""
