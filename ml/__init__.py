"""The machine-learning library: arrays in, arrays out; no Django, no database, no HTTP."""
