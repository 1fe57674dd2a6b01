"""REST routes of the monitoring part."""
