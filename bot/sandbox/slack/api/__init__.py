"""Slack's Web API: one module per family of methods, `dispatch.py` in front of them.

Pure functions over the workspace; knows nothing of HTTP.
"""
