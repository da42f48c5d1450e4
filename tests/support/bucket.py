"""A server that speaks as much of S3 as keeping files takes: PUT, HEAD, GET and DELETE of an object, by path."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

Objects = dict[str, bytes]


@contextmanager
def bucket_server() -> Iterator[tuple[str, Objects]]:
    """Its address, and the objects it keeps by `bucket/key`."""
    objects: Objects = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            objects[self._key()] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200)

        def do_HEAD(self) -> None:
            self._find()

        def do_GET(self) -> None:
            self._find()

        def do_DELETE(self) -> None:
            objects.pop(self._key(), None)
            self._answer(204)

        def log_message(self, *args: object) -> None:
            """Quiet."""

        def _key(self) -> str:
            return unquote(self.path.split("?", 1)[0]).lstrip("/")

        def _find(self) -> None:
            if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=reader/"):
                self._answer(403)
            elif self._key() in objects:
                self._answer(200, objects[self._key()])
            else:
                self._answer(404)

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')
            self.send_header("Last-Modified", "Wed, 01 Feb 2012 00:00:00 GMT")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", objects
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
