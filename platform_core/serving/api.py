"""Public door of serving: endpoints and the model runtime: cache, warm-up, Open Inference Protocol v2."""
