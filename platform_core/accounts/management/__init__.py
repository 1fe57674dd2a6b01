"""Commands of the accounts part."""
