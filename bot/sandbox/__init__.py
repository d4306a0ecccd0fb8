"""Stand-ins for Slack and for the provider, each a real server, and the demo that runs the real bot between them.

The tests run against the same two. Nothing in the service knows of this room.
"""
