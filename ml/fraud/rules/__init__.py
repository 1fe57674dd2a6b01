"""A small safe language of conditions on one event: text to tree, one event or whole columns."""
