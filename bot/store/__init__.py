"""Tables, queries and migrations. One unit of work is one plain function over a connection; see `store.py`."""
