"""Pages of the datasets part."""
