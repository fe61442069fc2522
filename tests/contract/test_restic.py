"""What only the real restic can show: its secrets, its endings, its partial successes."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from courseops.adapters.restic.door import Deadlines
from courseops.adapters.restic.repository import Restic
from courseops.errors import CourseOpsError, RefusedError, UnreachableError
from tests.support.backup import PASSWORD, restic_at, volumes

pytestmark = pytest.mark.restic

REAL = shutil.which("restic") or "restic"


@pytest.fixture(autouse=True)
def _restic_is_here(require):
    require("restic", shutil.which("restic"))


def program(place: Path, text: str) -> str:
    """Put a program of ours in restic's place."""
    path = place / "not-restic"
    path.write_text(f"#!{sys.executable} -IS\n{text}")
    path.chmod(0o755)
    return str(path)


def test_the_password_is_in_no_argument_and_no_variable(empty_restic, tmp_path, monkeypatch):
    monkeypatch.setenv("RESTIC_PASSWORD", "somebody else's")
    monkeypatch.setenv("RESTIC_REPOSITORY", "/somewhere/else")
    witness = program(
        tmp_path,
        f"""
import os, sys
with open({str(tmp_path / "seen")!r}, "ab") as seen:
    for what in ("cmdline", "environ"):
        seen.write(open(f"/proc/self/{{what}}", "rb").read() + b"\\n")
os.execv({REAL!r}, [{REAL!r}, *sys.argv[1:]])
""",
    )
    shutil.copytree(empty_restic, tmp_path / "repository")
    repository = restic_at(
        tmp_path,
        program=witness,
        environment={"AWS_REGION": "lake", "RESTIC_PASSWORD": "not even when told"},
    )

    assert repository.snapshots() == []

    seen = (tmp_path / "seen").read_bytes()
    assert b"snapshots" in seen
    assert b"AWS_REGION=lake" in seen
    for secret in (PASSWORD.encode(), b"RESTIC_PASSWORD", b"RESTIC_REPOSITORY", b"somewhere"):
        assert secret not in seen


def test_nothing_of_ours_but_what_a_program_needs_reaches_restic(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEOPS_DATABASE", "postgresql://ops:secret@db/ops")
    teller = program(tmp_path, "import os, sys; sys.exit('Fatal: ' + ' '.join(sorted(os.environ)))")

    with pytest.raises(CourseOpsError) as failure:
        restic_at(tmp_path, program=teller).snapshots()

    assert "PATH" in str(failure.value)
    assert "RESTIC_CACHE_DIR" in str(failure.value)
    assert "COURSEOPS_DATABASE" not in str(failure.value)


def test_the_password_is_not_asked_for_before_it_is_needed(tmp_path):
    def never() -> str:
        raise AssertionError

    assert restic_at(tmp_path, password=never).version >= (0, 14, 0)


@pytest.mark.parametrize("password", ["", "two\nlines"])
def test_a_password_that_cannot_be_one_is_refused(tmp_path, password):
    with pytest.raises(RefusedError, match="empty or more than one line"):
        restic_at(tmp_path, password=lambda: password).snapshots()


def test_a_wrong_password_is_said_and_nothing_is_made(restic, tmp_path):
    stranger = restic_at(tmp_path, password=lambda: "wrong")

    with pytest.raises(RefusedError, match="does not take our password"):
        stranger.exists()
    with pytest.raises(RefusedError, match="does not take our password"):
        stranger.initialise()


def test_an_unreachable_repository_is_neither_there_nor_missing(tmp_path):
    far = restic_at(
        tmp_path, repository="rest:http://ada:secret@127.0.0.1:1/x", deadlines=Deadlines(opening=2)
    )

    for ask in (far.exists, far.initialise):
        with pytest.raises(UnreachableError) as failure:
            ask()
        assert "secret" not in str(failure.value)


def test_at_its_deadline_restic_is_asked_to_stop(tmp_path, homes):
    sleeper = program(
        tmp_path,
        f"""
import sys, time
if sys.argv[1:] == ["version"]:
    print("restic 0.18.0 compiled with go")
    sys.exit()
try:
    time.sleep(60)
except KeyboardInterrupt:
    open({str(tmp_path / "asked")!r}, "w")
    sys.exit(1)
""",
    )
    repository = restic_at(tmp_path, program=sleeper, deadlines=Deadlines(backup=1))

    with pytest.raises(UnreachableError, match="did not finish"):
        repository.back_up(homes, volumes("ada"))
    assert (tmp_path / "asked").exists()


def test_a_file_that_cannot_be_read_is_its_owners_and_the_rest_is_kept(restic, homes, tmp_path):
    (homes / "bob/closed.txt").write_text("closed")
    (homes / "bob/closed.txt").chmod(0)
    # Root reads everything, unless it has put its capabilities away.
    weak = program(
        tmp_path,
        f"""
import os, sys
drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else ["env"]
os.execvp(drop[0], [*drop, {REAL!r}, *sys.argv[1:]])
""",
    )
    if os.geteuid() == 0:
        for path in (*homes.rglob("*"), homes):
            os.chown(path, 0, 0, follow_symlinks=False)

    summary = restic_at(tmp_path, program=weak).back_up(homes, volumes("ada", "bob"))

    assert [(each.path, each.vanished) for each in summary.unread] == [("bob/closed.txt", False)]
    assert restic.holds(summary.snapshot_id, ["ada", "bob"]) == {"ada", "bob"}


def test_volumes_several_folders_deep_are_found_in_the_snapshot(restic, tmp_path):
    root = tmp_path / "volumes"
    for name in ("ada", "bob"):
        (root / f"jupyterhub-user-{name}/_data/ps1").mkdir(parents=True)
    paths = [f"jupyterhub-user-{name}/_data" for name in ("ada", "bob")]

    summary = restic.back_up(root, [*volumes(paths[0])])

    assert restic.holds(summary.snapshot_id, [*paths, "jupyterhub-user-ada"]) == {
        paths[0],
        "jupyterhub-user-ada",
    }


def test_another_hubs_snapshots_are_not_ours(restic, homes, tmp_path):
    other = restic_at(tmp_path, host="other")
    other.back_up(homes, volumes("ada"))

    assert restic.snapshots() == []
    assert restic.find(volumes("ada")[0], ["*"]) == []


def test_a_flipped_byte_is_found_when_everything_is_read(restic, homes, tmp_path):
    restic.back_up(homes, volumes("ada"))
    pack = next(path for path in (tmp_path / "repository/data").rglob("*") if path.is_file())
    raw = bytearray(pack.read_bytes())
    raw[20] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(raw)

    assert restic.check(read_data=True) != []


def test_a_program_that_is_no_restic_is_named(tmp_path, homes):
    with pytest.raises(CourseOpsError, match="does not answer like restic"):
        restic_at(tmp_path, program="/bin/echo").back_up(homes, volumes("ada"))
    with pytest.raises(CourseOpsError, match="is not here"):
        restic_at(tmp_path, program=str(tmp_path / "none")).snapshots()


def test_a_repository_without_a_scheme_lies_beside_the_configuration(tmp_path):
    repository = Restic(
        repository="backups",
        folder=tmp_path,
        password=lambda: PASSWORD,
        host="campus",
        cache=tmp_path / "cache",
    )
    repository.initialise()

    assert (tmp_path / "backups/config").exists()
