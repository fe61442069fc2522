"""Somebody under pressure looks for a file: the command loads what a look needs, and no more."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from courseops.adapters.store import open_store_in
from courseops.model.backups.backup import AUTO, Snapshot, shard_tag
from courseops.model.backups.restore import Sighting

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SLOW = ("alembic", "asyncio", "httpx", "jinja2", "nbgrader", "sqlalchemy")

CONFIG = """
[site]
state = "state"
time_zone = "UTC"

[hubs.campus]
url = "http://127.0.0.1:1"
token = {file = "token"}
homes = "HOMES/{username}"

[hubs.campus.backup]
repository = "nowhere"
password = {file = "password"}
restic = "/nowhere/restic"
"""

LOOK = f"""
import sys
from courseops.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print("loaded:", *sorted(set(sys.modules).intersection({SLOW})), file=sys.stderr)
"""


def test_a_lost_file_is_found_without_restic_and_without_what_is_slow_to_load(tmp_path: Path):
    (tmp_path / "homes/ada").mkdir(parents=True)
    (tmp_path / "config.toml").write_text(CONFIG.replace("HOMES", f"{tmp_path}/homes"))
    lost = Sighting(
        path="ps1/hw1.ipynb",
        snapshot_id="",
        taken_at=MONDAY,
        modified_at=MONDAY,
        size_bytes=4242,
        mode=0o644,
        uid=1000,
        gid=100,
    )
    made = Snapshot(id="e" * 64, taken_at=MONDAY, paths=(), tags=(AUTO, shard_tag(0)))
    with open_store_in(tmp_path / "state") as store:
        store.catalogue.add("campus", made, {"ada": [lost]})

    config = ["--config", str(tmp_path / "config.toml")]
    found = subprocess.run(
        [sys.executable, "-c", LOOK, "restore", "find", "campus", "ada", "hw1.ipynb", *config],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert found.returncode == 0, found.stderr
    assert "ps1/hw1.ipynb" in found.stdout
    assert "4242" in found.stdout.replace(",", "").replace(" ", "")
    assert found.stderr.strip() == "loaded:"
