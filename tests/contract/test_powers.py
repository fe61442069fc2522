"""Powers without being root: passed on to nobody unasked, gone for good in who gives them up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from courseops.adapters import powers
from courseops.adapters.isolated import command
from tests.support.service import SERVICE

pytestmark = pytest.mark.system

LEARNER = 23_456
ROOT = Path(__file__).resolve().parents[2]
HEAD = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nimport json, os\n"
HEAD += "from courseops.adapters import powers, process\n"
# A program that is no courseops; it says what it may.
ASKED = [sys.executable, "-I", "-S", "-c", "print(open('/proc/self/status').read())"]
NOTHING = dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapAmb"), 0)


def said_by(prefix, text):
    """Run Python lines as a service; give the JSON document that they print."""
    done = subprocess.run(
        [*prefix, sys.executable, "-c", HEAD + text],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def capabilities(status):
    lines = [line.split() for line in status.splitlines() if line.startswith("Cap")]
    return {name.rstrip(":"): int(mask, 16) for name, mask in lines if name != "CapBnd:"}


def test_the_service_may_become_others_and_an_ordinary_account_may_not(service):
    assert said_by(service.prefix, "print(json.dumps(powers.may_become_others()))")
    # The interpreter itself may be closed to others: asked in a fork of ours.
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            os.setresuid(SERVICE, SERVICE, SERVICE)
            os.write(writing, json.dumps(powers.may_become_others()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.wait()
    assert json.loads(os.read(reading, 100)) is False
    os.close(reading)


def test_who_becomes_a_learner_has_no_power_left_and_no_way_back(service, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("of root")
    secret.chmod(0o600)
    found = said_by(
        service.prefix,
        f"""
def tried(act):
    try:
        act()
    except PermissionError:
        return "refused"
    return "done"
before = tried(lambda: open({str(secret)!r}))
powers.become({LEARNER}, {LEARNER})
print(json.dumps({{
    "before": before,
    "after": tried(lambda: open({str(secret)!r})),
    "back": tried(lambda: os.setresuid(0, 0, 0)),
    "ids": [*os.getresuid(), *os.getresgid(), *os.getgroups()],
    "status": open("/proc/self/status").read(),
}}))
""",
    )
    assert (found["before"], found["after"], found["back"]) == ("done", "refused", "refused")
    assert found["ids"] == [LEARNER] * 6
    assert capabilities(found["status"]) == NOTHING


@pytest.mark.parametrize("uid", [SERVICE, 0])
def test_nobody_becomes_root(service, uid):
    prefix = service.prefix if uid else ()
    text = """
try:
    powers.become(0, 0)
except PermissionError as error:
    print(json.dumps(str(error)))
"""
    assert "as root" in said_by(prefix, text)


def test_programs_get_no_powers_but_those_that_need_them(service):
    found = said_by(
        service.prefix,
        f"""
powers.keep_to_ourselves()
def started(**how):
    return process.run({ASKED!r}, env={{}}, timeout_seconds=30, **how).stdout.decode()
print(json.dumps([
    started(), started(with_powers=True), started(), open("/proc/self/status").read(),
]))
""",
    )
    without, with_powers, again, ours = map(capabilities, found)
    assert {without[it] for it in ("CapPrm", "CapEff", "CapAmb")} == {0}
    assert again == without
    assert with_powers["CapEff"] == with_powers["CapPrm"] == ours["CapEff"] > 0
    assert ours["CapAmb"] == 0


def test_a_program_of_ours_loads_nothing_that_lies_beside_us(tmp_path):
    done = subprocess.run(
        command("courseops.adapters.collecting.walking", "0"),
        input="", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    loaded = subprocess.run(
        [
            sys.executable, "-I", "-S", "-c",
            "import sys; sys.path.append(sys.argv[1]); before = set(sys.modules);"
            "import courseops.adapters.placing.placing_child, "
            "courseops.adapters.placing.pushing_child, courseops.adapters.collecting.walking, "
            "courseops.adapters.leaving.removing_child;"
            "print([it for it in set(sys.modules) - before if it.partition('.')[0] not in "
            "sys.stdlib_module_names and not it.startswith('courseops.adapters') "
            "and it != 'courseops'])",
            str(ROOT),
        ],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert loaded.stdout.strip() == "[]"
