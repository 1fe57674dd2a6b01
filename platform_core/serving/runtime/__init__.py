"""The runtime process: one event loop that answers predictions; web processes never import it."""
