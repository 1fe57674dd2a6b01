"""REST routes of the datasets part."""
