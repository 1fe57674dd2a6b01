"""The worker: claims jobs, runs each in its own process group, keeps its lease, ends it."""
