"""Models trained elsewhere, read into bundles."""
