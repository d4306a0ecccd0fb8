"""What the command line does, a module per command. Each returns its exit code; imports stay inside the command."""
