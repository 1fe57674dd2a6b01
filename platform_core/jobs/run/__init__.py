"""One job in its own process: guard, preloaded Django, the entry function, the recorded end."""
