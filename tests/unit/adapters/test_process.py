"""Outside programs: what they say, and that each wait has an end."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

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


def test_what_another_thread_waits_for_ends_when_all_of_us_must(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_must_stop", threading.Event())
    ready = tmp_path / "ready"
    endless = python(
        "import time",
        f"open({str(ready)!r}, 'w').close()",
        "try: time.sleep(60)",
        f"except KeyboardInterrupt: open({str(tmp_path / 'stopped')!r}, 'w')",
    )
    with ThreadPoolExecutor(1) as aside:
        waiting = aside.submit(process.run, endless, env={}, timeout_seconds=60)
        while not ready.exists():
            time.sleep(0.01)
        process.stop_others()
        with pytest.raises(process.StoppedError):
            waiting.result(30)
    assert (tmp_path / "stopped").exists()


def test_another_thread_sends_and_hears_as_much_and_keeps_the_time():
    loud = python(
        "import sys, time",
        "print(len(sys.stdin.buffer.read()), flush=True)",
        "time.sleep(1.2)",
        "print('x' * 200_000)",
    )
    with ThreadPoolExecutor(1) as aside:
        done = aside.submit(process.run, loud, env={}, timeout_seconds=30, stdin=b"y" * 500_000)
        assert done.result().stdout == b"500000\n" + b"x" * 200_000 + b"\n"
        late = aside.submit(
            process.run, python("import time; time.sleep(60)"), env={}, timeout_seconds=1
        )
        with pytest.raises(UnreachableError):
            late.result()
