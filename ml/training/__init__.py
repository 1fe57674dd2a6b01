"""Training of models that people describe themselves; see README.md."""
