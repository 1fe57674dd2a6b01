"""Pages of the monitoring part."""
