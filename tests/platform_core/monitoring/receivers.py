"""The other side of the wire: a webhook and a mail server on loopback."""

import http.server
import socketserver
import threading
from contextlib import contextmanager


@contextmanager
def webhook(*statuses):
    """Run a server that answers each call with the next status, the last one for ever; give its calls."""
    calls, left = [], list(statuses)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            calls.append((self.path, dict(self.headers), body))
            status = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    with _running(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}", calls


@contextmanager
def mail_server():
    """Run a server that takes letters; give its port and the letters."""
    letters = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.say("220 here")
            while line := self.rfile.readline():
                command = line[:4].upper()
                if command == b"DATA":
                    self.say("354 go on")
                    letters.append(self.letter())
                if command == b"QUIT":
                    self.say("221 bye")
                    return
                self.say("250 fine")

        def letter(self):
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            return b"".join(lines).decode()

        def say(self, words):
            self.wfile.write(words.encode() + b"\r\n")

    with _running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, letters


@contextmanager
def _running(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
