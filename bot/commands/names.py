"""Names of new files: a file that is on disk may lose its name in a power failure all the same."""

import os
from pathlib import Path


def keep_names(folder: Path) -> None:
    """Returns once the names in the folder are on disk. Raises `OSError`."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
