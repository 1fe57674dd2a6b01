"""A seeded world of customers, merchants and fraudsters.

`stream.events` goes on without end, `stream.table` is a table of some days.
"""
