"""Commands of the serving part."""
