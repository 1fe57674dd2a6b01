"""Features of events: one definition, computed over tables (`batch`) and event by event (`online`)."""
