"""Outside programs: what they say, and that each wait has an end."""

import sys
import time

import pytest

from courseops.adapters import process
from courseops.errors import CourseOpsError, UnreachableError


def python(*lines: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", "\n".join(lines)]


def test_what_it_says_is_handed_back():
    done = process.run(
        python("import sys", "print(sys.stdin.read())", "sys.exit('no')"),
        env={},
        timeout_seconds=30,
        stdin=b"hello",
    )

    assert (done.code, done.stdout, done.stderr) == (1, b"hello\n", "no\n")


def test_it_may_write_to_a_descriptor_of_ours(tmp_path):
    with (tmp_path / "said").open("wb") as target:
        done = process.run(
            python("print('bytes')"), env={}, timeout_seconds=30, stdout=target.fileno()
        )

    assert (done.stdout, (tmp_path / "said").read_bytes()) == (b"", b"bytes\n")


def test_one_that_takes_too_long_is_first_asked_to_stop(tmp_path):
    with pytest.raises(UnreachableError, match="did not finish within"):
        process.run(
            python(
                "import time",
                "try: time.sleep(60)",
                f"except KeyboardInterrupt: open({str(tmp_path / 'stopped')!r}, 'w')",
            ),
            env={},
            timeout_seconds=1,
        )
    assert (tmp_path / "stopped").exists()


def test_one_that_does_not_listen_is_ended():
    began = time.monotonic()
    with pytest.raises(UnreachableError):
        process.run(
            python(
                "import signal, time",
                "signal.signal(signal.SIGINT, signal.SIG_IGN)",
                "time.sleep(60)",
            ),
            env={},
            timeout_seconds=1,
            grace_seconds=0.5,
        )
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("program", ["no-such-program", "/"])
def test_a_program_that_is_not_there_is_named(program):
    with pytest.raises(CourseOpsError, match="is not here"):
        process.run([program], env={"PATH": "/usr/bin"}, timeout_seconds=5)
