"""The only door of this part to ml: `checking` for web processes, `job` and `trying` for workers."""
