"""Job kinds that only tests know."""
