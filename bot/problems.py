"""What ends a command with words instead of a traceback."""


class Problem(Exception):
    """Wrong use or wrong settings: one plain line each, for whoever runs the command. Ends it with exit code 2."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines
