"""How this process was started, and so how the next command is typed where its words are read."""

import shlex
import sys
from pathlib import Path


def program() -> str:
    """`buynumber`, or in a clone `python -m bot` with the interpreter as it was typed: `.venv/bin/python -m bot`."""
    is_module = Path(sys.argv[0]).parts[-2:] == ("bot", "__main__.py")
    return f"{shlex.quote(sys.orig_argv[0])} -m bot" if is_module else "buynumber"


def typed(command: str) -> str:
    """Marked as words to be typed: `buynumber parked --again 7` for `parked --again 7`."""
    return f"`{program()} {command}`"
