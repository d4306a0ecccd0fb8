"""What the command line does, a module per command. Each says what became of it; exit codes are `__main__.py`'s."""
