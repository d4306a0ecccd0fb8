"""How long a test waits before it gives up.

For what hangs, not for a busy machine; pytest's own timeout is longer, so a test says what it waited for.
"""

PATIENCE = 120.0
"""Seconds."""
