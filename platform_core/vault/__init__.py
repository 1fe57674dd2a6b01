"""Keys and ciphertext: the key hierarchy, encrypted streams, encrypted fields, the object store, signatures."""
