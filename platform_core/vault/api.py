"""Public door of vault: keys and ciphertext: the key hierarchy, encrypted streams, encrypted fields, the object store, signatures."""
