"""How long a test waits before it gives up.

Patience is for what hangs: on a machine that is busy with other things it does not run out. pytest's own timeout is
longer, so that a test that gives up says what it waited for.
"""

PATIENCE = 120.0
"""Seconds."""
