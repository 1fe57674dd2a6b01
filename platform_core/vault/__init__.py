"""Keys and ciphertext: key hierarchy, encrypted streams and fields, object store, signatures."""
