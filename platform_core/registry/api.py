"""Public door of registry: signed model versions with lineage, metrics, cards and aliases."""
