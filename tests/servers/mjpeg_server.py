"""A real HTTP camera for tests: JPEG pictures of a film, one part after the other, endlessly.

    python tests/servers/mjpeg_server.py --file street.mp4 --fps 10 --user me --password secret

It prints ``ready PORT`` when it listens. SIGUSR1 halves the picture size, as a camera whose settings were changed.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import signal
import sys
import threading
import time
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import av

NONCE = "7b1f"
REALM = "camera"


def pictures(path: str, count: int, width: int) -> list[bytes]:
    """The film's first pictures as JPEG files of a width."""
    found: list[bytes] = []
    coder: Any = None
    with av.open(path) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if coder is None:
                coder = av.CodecContext.create("mjpeg", "w")
                coder.width, coder.height = width, frame.height * width // frame.width // 2 * 2
                coder.pix_fmt, coder.time_base = "yuvj420p", Fraction(1, 10)
            scaled = frame.reformat(coder.width, coder.height, "yuvj420p")
            scaled.pts, scaled.time_base = number, Fraction(1, 10)
            found += [bytes(packet) for packet in coder.encode(scaled)]
            if len(found) >= count:
                break
    return found


class Camera(ThreadingHTTPServer):
    """The device: what it shows and who may look."""

    daemon_threads = True

    def __init__(self, args: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", args.port), Answer)
        self.args = args
        self.sizes = [pictures(args.file, 20, args.width), pictures(args.file, 20, args.width // 2)]
        self.shown = 0

    def may(self, header: str, method: str) -> bool:
        """Whether an Authorization header opens the door."""
        user, password = self.args.user, self.args.password
        if not user:
            return True
        if self.args.basic:
            return header == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        if not header.startswith("Digest "):
            return False
        fields = dict(part.strip().split("=", 1) for part in header[7:].split(","))
        given = {name: value.strip('"') for name, value in fields.items()}
        one, two = md5(f"{user}:{REALM}:{password}"), md5(f"{method}:{given.get('uri', '')}")
        return given.get("response") == md5(f"{one}:{NONCE}:{two}") and given.get("username") == user


def md5(text: str) -> str:
    """RFC 2617's hash, as old cameras use it."""
    return hashlib.md5(text.encode()).hexdigest()


class Answer(BaseHTTPRequestHandler):
    """One viewer."""

    server: Camera
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        """Send pictures until the viewer goes."""
        args = self.server.args
        if not self.server.may(self.headers.get("Authorization", ""), "GET"):
            kind = f'Basic realm="{REALM}"' if args.basic else f'Digest realm="{REALM}", nonce="{NONCE}"'
            self.plain(401, "who are you", ("WWW-Authenticate", kind))
        elif self.path == "/page":
            self.plain(200, "<html>" + "camera menu " * 4000, ("Content-Type", "text/html"))
        elif self.path == "/away":
            self.plain(302, "", ("Location", "http://127.0.0.1:1/video"))
        elif self.path != "/video":
            self.plain(404, "nothing here")
        else:
            self.video(args)

    def video(self, args: argparse.Namespace) -> None:
        """The stream itself."""
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        number = 0
        while not args.stop_after or number < args.stop_after:
            shown = self.server.sizes[self.server.shown]
            picture = shown[number % len(shown)]
            length = b"" if args.no_length else f"Content-Length: {len(picture)}\r\n".encode()
            try:
                self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n" + length + b"\r\n" + picture + b"\r\n")
                self.wfile.flush()
            except OSError:
                return
            number += 1
            time.sleep(1 / args.fps)

    def plain(self, status: int, text: str, *headers: tuple[str, str]) -> None:
        """A short answer."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(description="an HTTP camera played from a file")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--file", required=True)
    parser.add_argument("--fps", type=float, default=10.0)
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--basic", action="store_true")
    parser.add_argument("--no-length", action="store_true")
    parser.add_argument("--stop-after", type=int, default=0)
    camera = Camera(parser.parse_args())

    def smaller(_number: int, _frame: Any) -> None:
        camera.shown = 1

    signal.signal(signal.SIGUSR1, smaller)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=camera.shutdown).start())
    sys.stdout.write(f"ready {camera.server_address[1]}\n")
    sys.stdout.flush()
    camera.serve_forever()


if __name__ == "__main__":
    main()
