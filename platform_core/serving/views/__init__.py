"""Pages of endpoints: what there is, how it does, where requests go, a place to try it."""
