"""A certificate authority made for one test session, and a server's certificate by it.

The certificate is for 127.0.0.1 only, so that `localhost` is a wrong name.
"""

import subprocess
from pathlib import Path


def make_certificates(folder: Path) -> None:
    """Write ca.pem, ca.key, server.pem and server.key into a folder."""
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    _openssl(folder, f"req -x509 {key} -days 2 -keyout ca.key -out ca.pem -subj /CN=ca.test")
    _openssl(folder, f"req {key} -keyout server.key -out server.csr -subj /CN=server.test")
    _openssl(
        folder,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile names -out server.pem",
    )


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(
        ["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True, timeout=60
    )
