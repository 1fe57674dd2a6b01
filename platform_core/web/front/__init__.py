"""The door of the web process: ASGI outside, Django's WSGI inside, with a thread only where one is needed."""
