"""Command line of the serving part."""
