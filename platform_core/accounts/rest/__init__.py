"""REST routes of the accounts part."""
