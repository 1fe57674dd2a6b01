"""Open Inference Protocol v2: tensors to and from JSON, the binary extension and gRPC messages."""
