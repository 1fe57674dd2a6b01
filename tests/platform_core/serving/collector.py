"""The other side of the wire: an OpenTelemetry collector on loopback that keeps what it is sent."""

import gzip
import http.server
import threading
import time
from contextlib import contextmanager

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collected:
    """Spans by name, each with its service."""

    def __init__(self):
        self.spans = []

    def take(self, body):
        message = ExportTraceServiceRequest.FromString(body)
        for resource in message.resource_spans:
            service = next(
                a.value.string_value
                for a in resource.resource.attributes
                if a.key == "service.name"
            )
            for scope in resource.scope_spans:
                self.spans += [(service, span) for span in scope.spans]

    def of_trace(self, trace_id, *names, within_s=15.0):
        """Wait for spans of a trace; return name -> (service, span)."""
        ends_at = time.monotonic() + within_s
        while True:
            found = {
                s.name: (service, s) for service, s in self.spans if s.trace_id.hex() == trace_id
            }
            if set(names) <= found.keys():
                return found
            assert time.monotonic() < ends_at, sorted(found)
            time.sleep(0.05)


@contextmanager
def collector():
    """Run a collector; give its address and what it collected."""
    collected = Collected()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            collected.take(body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", collected
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
