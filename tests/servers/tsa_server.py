"""A real time-stamping authority (RFC 3161) for tests: openssl answers, this carries the answers over HTTP.

    python tests/servers/tsa_server.py FOLDER

It makes its root certificate and key in FOLDER (``root.pem``, ``tsa.pem``) and prints ``ready PORT``.
"""

from __future__ import annotations

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Test time authority
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
default_policy = 1.2.3.4.1
digests = sha256, sha512
signer_digest = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def found(folder: Path) -> None:
    """Root, key and certificate of the authority."""
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ("-newkey", "rsa:2048", "-nodes", "-config", "tsa.cnf")
    openssl(
        folder, "req", "-x509", *new, "-keyout", "root.key", "-out", "root.pem", "-days", "30", "-extensions", "root"
    )
    openssl(folder, "req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test stamper")
    signing = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "tsa.cnf", "-extensions", "leaf")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", *signing, "-days", "20", "-out", "tsa.pem")


class Answer(BaseHTTPRequestHandler):
    """One question, one stamp."""

    def do_POST(self) -> None:
        folder = Path(sys.argv[1])
        (folder / "question.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        reply = ("ts", "-reply", "-config", "tsa.cnf", "-section", "here", "-queryfile", "question.tsq")
        openssl(folder, *reply, "-out", "answer.tsr")
        body = (folder / "answer.tsr").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its parent's name)
        """Say nothing."""


if __name__ == "__main__":
    found(Path(sys.argv[1]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    sys.stdout.write(f"ready {server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
