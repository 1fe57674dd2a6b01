"""Search of hyper-parameters; see README.md."""
