"""Learners' code behind walls: what it tries, at every level that this machine can put up.

Each act is tried without walls as well, as the same ordinary user, where that is safe: it must
do its harm there, or the test would prove nothing.
"""

import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.support.sandbox import AS_ORDINARY, MEBIBYTE, SYSTEM_PYTHON, Cell

pytestmark = pytest.mark.xdist_group("sandbox")
WALLED = [pytest.param("root", marks=pytest.mark.system), "user", "bubblewrap"]


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="courseops-cell-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def cell_at(level, folder, require):
    if level == "root":
        require("root", os.geteuid() == 0)
    elif os.geteuid() == 0:
        require("setpriv", shutil.which("setpriv"))
        require("the system's python3", Path(SYSTEM_PYTHON).exists())
    if level == "bubblewrap":
        require("bwrap", shutil.which("bwrap"))
    if level == "user":
        trial = ["unshare", "--user", "true"]
        args = [*AS_ORDINARY, *trial] if os.geteuid() == 0 else trial
        require("namespaces for users", subprocess.run(args, check=False).returncode == 0)
    return Cell(level=level, folder=folder)


@pytest.fixture(params=WALLED)
def cell(request, folder, require):
    return cell_at(request.param, folder, require)


@pytest.fixture
def no_walls(folder, require):
    return cell_at("none", folder, require)


@pytest.fixture
def given(folder):
    """What lies about outside: a gradebook, a writable folder, a server."""
    course = folder / "course"
    (course / "source").mkdir(parents=True)
    (course / "source" / "tests.ipynb").write_text("the tests")
    (course / "gradebook.db").write_text("grades")
    (course / "open").mkdir()
    (course / "open").chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield {"course": str(course), "port": server.getsockname()[1]}


CALLS = """
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
x86 = platform.machine() == "x86_64"
calls = {  # with arguments that do no harm where the call is let through
    "mount": ((165, 40), (0, 0, 0, 0, 0)), "unshare": ((272, 97), (0x10000000,)),
    "clone": ((56, 220), (0x10000000 | 17, 0, 0, 0, 0)), "setns": ((308, 268), (-1, 0)),
    "chroot": ((161, 51), (b"/",)), "ptrace": ((101, 117), (0, 0, 0, 0)),
    "process_vm_readv": ((310, 270), (os.getppid(), 0, 0, 0, 0, 0)),
    "add_key": ((248, 217), (b"user", b"one", b"two", 3, -2)), "keyctl": ((250, 219), (0, -3, 0)),
    "open_by_handle_at": ((304, 265), (-1, 0, 0)), "bpf": ((321, 280), (0, 0, 0)),
    "perf_event_open": ((298, 241), (0, 0, -1, -1, 0)), "userfaultfd": ((323, 282), (1,)),
    "io_uring_setup": ((425, 425), (1, 0)), "fsopen": ((430, 430), (b"tmpfs", 0)),
    "move_mount": ((429, 429), (-1, 0, -1, 0, 0)), "pidfd_getfd": ((438, 438), (-1, 0, 0)),
    "clone3": ((435, 435), (0, 0)), "memfd_create": ((319, 279), (b"one", 0)),
    "shmget": ((29, 194), (0, 0, 0)), "prlimit64": ((302, 261), (os.getppid(), 7, 0, 0)),
    "reboot": ((169, 142), (0, 0, 0, 0)), "kexec_load": ((246, 104), (0, 0, 0, 0)),
    "init_module": ((175, 105), (0, 0, 0)), "swapon": ((167, 224), (0, 0)),
    "pivot_root": ((155, 41), (b"/", b"/")), "vsock": ((41, 198), (40, 1, 0)),
    "packet": ((41, 198), (17, 3, 0)), "tiocsti": ((16, 29), (0, 0x5412, b"x")),
}
REFUSALS = {"vsock": {97}, "packet": {97}, "clone3": {38}, "memfd_create": {38}}
for name, (numbers, arguments) in calls.items():
    child = os.fork()
    if not child:
        ctypes.set_errno(0)
        libc.syscall(numbers[0] if x86 else numbers[1], *arguments)
        os._exit(0 if ctypes.get_errno() in REFUSALS.get(name, {1}) else 9)
    if os.waitpid(child, 0)[1]:
        say(name)
"""

# Each says what it achieved; nothing, if the walls held.
ACTS = {
    "connects to a server outside": """
import socket
try:
    say(socket.create_connection(("127.0.0.1", given["port"]), 5).getpeername())
except OSError:
    pass
""",
    "reaches an abstract socket outside": """
import socket
try:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect("\\0" + given["abstract"])
    say("connected")
except OSError:
    pass
""",
    "reads the environment of whoever started it": """
import os, pathlib
for pid in {given["zygote"], os.getppid(), *filter(str.isdigit, os.listdir("/proc"))} - {
    str(os.getpid())
}:
    try:
        if b"of the parent" in pathlib.Path(f"/proc/{pid}/environ").read_bytes():
            say(pid)
    except OSError:
        pass
""",
    "walks the disk": """
import os
for top in ["/" + name for name in os.listdir("/") if name not in ("proc", "sys", "usr")]:
    if "course" in given["course"] and top in ("/tmp", "/home", "/etc", "/var", "/root"):
        for where, _, names in os.walk(top):
            # nbgrader's own package ships a gradebook.
            if "site-packages" not in where:
                for name in {"gradebook.db", "tests.ipynb"} & set(names):
                    say(where + "/" + name)
""",
    "reads by a known path": """
for name in ("gradebook.db", "source/tests.ipynb"):
    try:
        say(open(given["course"] + "/" + name).read())
    except OSError:
        pass
""",
    "escapes by links and ..": """
import os
os.symlink(given["course"], "link")
for path in ("link/gradebook.db", "../" * 30 + given["course"] + "/gradebook.db",
             "/proc/self/root" + given["course"] + "/gradebook.db",
             "/proc/self/cwd/" + "../" * 30 + given["course"] + "/gradebook.db",
             f"/proc/{given['zygote']}/root" + given["course"] + "/gradebook.db"):
    try:
        say(open(path).read())
    except OSError:
        pass
os.unlink("link")
""",
    "writes outside": """
try:
    open(given["course"] + "/open/mine", "w").close()
    say("written")
except OSError:
    pass
""",
    "fills the disk": """
import os
written = 0
try:
    for number in range(3):
        with open(f"{number}", "wb", buffering=0) as file:
            for _ in range(4):
                written += file.write(bytes(1 << 19))
except OSError:
    pass
for number in range(3):
    if os.path.exists(str(number)):
        os.unlink(str(number))
if written > 4 << 20:
    say(written)
""",
    "signals whoever started it": """
import os
try:
    os.kill(given["zygote"], 0)
    say("could")
except OSError:
    pass
""",
    "makes calls that nobody grades with": CALLS,
    "uses a descriptor that was left open": """
import os
for descriptor in range(3, 60):
    try:
        os.lseek(descriptor, 0, 0)
        if os.read(descriptor, 100) == b"grades":
            say(descriptor)
    except OSError:
        pass
""",
}


@pytest.mark.parametrize("act", ACTS)
def test_behind_walls_nothing_comes_of_it(cell, given, act):
    with leak(given, act) as options:
        ended = cell.run(ACTS[act], given=given, **options)
    assert ended.said == []
    assert ended.code == 0


@pytest.mark.parametrize("act", ACTS)
def test_without_walls_it_does_harm(no_walls, given, act):
    with leak(given, act) as options:
        ended = no_walls.run(
            ACTS[act], given=given, **({**options, "keep_all": True} if options else {})
        )
    assert ended.said
    assert "Traceback" not in str(ended.said)


class leak:  # noqa: N801 - reads as a word of the test
    """Leave the gradebook open for the process that starts the learner's, for one act."""

    def __init__(self, given, act):
        self.given, self.file = given, None
        if "descriptor" in act:
            self.file = open(given["course"] + "/gradebook.db", "rb")  # noqa: PTH123, SIM115

    def __enter__(self):
        return {"inherited": self.file.fileno()} if self.file else {}

    def __exit__(self, *_):
        if self.file:
            self.file.close()


FORKS = """
import os, signal
count = 0
try:
    for count in range(100):
        if not os.fork():
            signal.pause()
except OSError:
    pass
say(count)
"""


def test_a_fork_bomb_stops_at_its_limit_and_leaves_nobody(cell):
    ended = cell.run(FORKS, processes=20)
    assert len(ended.said) == 1
    assert 5 < ended.said[0] <= 20
    assert ended.left == 0


def test_fewer_limits_let_it_fork_on(cell):
    assert cell.run(FORKS, processes=150).said == [99]


TAKES = """
try:
    bytearray(300 << 20)
    say("taken")
except MemoryError:
    say("refused")
"""


def test_memory_has_a_bound(cell):
    assert cell.run(TAKES, memory_bytes=256 * MEBIBYTE).said == ["refused"]
    assert cell.run(TAKES, memory_bytes=700 * MEBIBYTE).said == ["taken"]


def test_processor_time_has_a_bound(cell):
    assert cell.run("while True: pass", cpu_seconds=1).code == -signal.SIGXCPU


def test_no_limit_can_be_raised_and_there_are_no_core_files(cell):
    ended = cell.run(
        "import resource\n"
        "for which in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):\n"
        "    try:\n"
        "        resource.setrlimit(which, (resource.RLIM_INFINITY,) * 2)\n"
        "        say(which)\n"
        "    except (OSError, ValueError):\n"
        "        pass\n"
        "say(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert ended.said == [[0, 0]]


def test_killing_everyone_kills_nobody_else(cell):
    ended = cell.run(
        "import os, signal\n"
        "say('before')\n"
        "for target in (-1, given['zygote'], os.getppid()):\n"
        "    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):\n"
        "        try:\n"
        "            os.kill(target, number)\n"
        "        except OSError:\n"
        "            pass\n"
        "say('after')"
    )
    # Who answers is the keeper: it is still there.
    assert ended.said[0] == "before"
    assert ended.ended == 0


def test_the_keeper_cannot_be_read_or_traced(cell):
    ended = cell.run(
        "import os\n"
        "for name in ('mem', 'environ', 'maps', 'fd', 'root/etc'):\n"
        "    path = f'/proc/{os.getppid()}/{name}'\n"
        "    try:\n"
        "        os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(1)\n"
        "        say(name)\n"
        "    except OSError:\n"
        "        pass"
    )
    assert ended.said == []


def test_it_has_no_privileges_and_gains_none(cell):
    (said,) = cell.run(
        "say(dict(line.split(':\\t') for line in open('/proc/self/status').read().splitlines()\n"
        "    if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:', 'Uid'))))"
    ).said
    assert {int(said[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}
    assert (said["NoNewPrivs"], said["Seccomp"]) == ("1", "2")
    assert "0" not in said["Uid"].split()


DAEMON = """
import os, signal, time
if not os.fork():
    os.setsid()
    if not os.fork():
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        for descriptor in range(given["alive"]):
            try:
                os.close(descriptor)
            except OSError:
                pass
        time.sleep(20)
    os._exit(0)
os.wait()
"""


def is_somebody_alive(cell, **orders):
    """Run the daemon with a pipe in its hands; the pipe ends when nobody holds it any more."""
    reader, writer = os.pipe()
    try:
        cell.run(DAEMON, given={"alive": writer}, **orders)
        os.close(writer)
        ready, _, _ = select.select([reader], [], [], 0.5)
        return not ready
    finally:
        os.close(reader)


def test_a_daemon_does_not_survive_its_notebook(cell):
    assert not is_somebody_alive(cell)


def test_nor_does_it_survive_the_keeper(cell):
    assert not is_somebody_alive(cell, sloppy=True)


def test_nor_does_it_survive_at_level_none_if_the_keeper_cares(no_walls):
    assert not is_somebody_alive(no_walls)


def test_what_is_hidden_below_the_readable_stays_hidden(cell, given):
    course = Path(given["course"])
    (course / "source").chmod(0o755)
    shown = (*cell.walls().readable, given["course"])
    look = (
        "import os\n"
        "say(sorted(os.listdir(given['course'])))\n"
        "say(os.listdir(given['course'] + '/source'))"
    )
    hidden = cell.run(look, given=given, readable=shown, hidden=(str(course / "source"),))
    assert hidden.said == [["gradebook.db", "open", "source"], []]
    assert cell.run(look, given=given, readable=shown).said[1] == ["tests.ipynb"]


def test_what_is_readable_cannot_be_written(cell, given):
    code = "\n".join(
        ["import os"]
        + [
            f"try:\n    os.close(os.open({path!r} + '/mine', os.O_CREAT | os.O_WRONLY))\n"
            f"    say({path!r})\nexcept OSError:\n    pass"
            for path in ("/", "/etc", "/usr", "/dev", "/proc/self", given["course"] + "/open")
        ]
    )
    shown = (*cell.walls().readable, given["course"])
    assert cell.run(code, given=given, readable=shown).said == []


def test_an_open_folder_of_outside_is_refused(cell, folder):
    if cell.level == "bubblewrap":
        pytest.skip("bubblewrap hands on no folder that we hold")
    held = os.open(folder, os.O_RDONLY)
    try:
        ended = cell.run("say('ran')", given={}, inherited=held, keep_all=True)
    finally:
        os.close(held)
    assert "is an open folder" in str(ended.said)


def test_sockets_of_a_shared_folder_are_reached_from_outside(cell, folder):
    sockets = folder / "sockets"
    sockets.mkdir()
    sockets.chmod(0o777)
    code = (
        "import socket\n"
        f"one = socket.socket(socket.AF_UNIX)\none.bind({str(sockets / 'kernel')!r})\nsay('bound')"
    )
    assert cell.run(code, sockets=str(sockets)).said == ["bound"]
    assert (sockets / "kernel").is_socket()


def test_what_notebooks_do_every_day_works(cell):
    ended = cell.run(
        "import asyncio, multiprocessing, pathlib, socket, subprocess, sys, tempfile, threading\n"
        "import getpass, time\n"
        # What spawns starts with the main file, which is ours and out of sight.
        "del sys.modules['__main__'].__file__\n"
        "async def meet():\n"
        "    server = await asyncio.start_server(lambda r, w: w.close(), '127.0.0.1', 0)\n"
        "    reader, _ = await asyncio.open_connection(*server.sockets[0].getsockname())\n"
        "    return (await reader.read()).decode()\n"
        "say(asyncio.run(meet()))\n"
        "for way in ('fork', 'spawn', 'forkserver'):\n"
        "    with multiprocessing.get_context(way).Pool(2) as pool:\n"
        "        say(pool.map(abs, [-1, 2]))\n"
        "thread = threading.Thread(target=say, args=['thread'])\n"
        "thread.start()\nthread.join()\n"
        "say(subprocess.run(['sh', '-c', 'echo $((1 + 1))'], capture_output=True,"
        " text=True).stdout)\n"
        "say(subprocess.run(['bash', '-c', 'cat <(echo both)'], capture_output=True,"
        " text=True).stdout)\n"
        "say(pathlib.Path('mine').write_text('text'))\n"
        "with tempfile.NamedTemporaryFile() as file:\n    say(file.write(b'text'))\n"
        "say(socket.gethostbyname('localhost'))\n"
        "say(str(pathlib.Path.cwd()))\n"
        "say(getpass.getuser())\n"
        "try:\n    socket.create_connection(('192.0.2.1', 80), 5)\n"
        "except OSError as error:\n    say(error.strerror)"
    )
    assert ended.said == [
        *("", [1, 2], [1, 2], [1, 2], "thread", "2\n", "both\n", 4, 4, "127.0.0.1"),
        *("/home/learner", "learner", "Network is unreachable"),
    ]


def test_an_interrupt_ends_the_cell_only(cell):
    ended = cell.run(
        "import time\n"
        "try:\n    say('ready')\n    time.sleep(30)\n"
        "except KeyboardInterrupt:\n    say('interrupted')",
        interrupt=True,
    )
    assert ended.said == ["interrupted"]


def test_memory_of_all_processes_together_is_seen(cell):
    ended = cell.run(
        "import os, time\n"
        "ours, theirs = os.pipe()\n"
        "if not os.fork():\n"
        "    held = b'x' * (60 << 20)\n    os.write(theirs, b'1')\n    time.sleep(1)\n"
        "    os._exit(0)\n"
        "os.read(ours, 1)\nsay('ready')\nos.wait()",
        weigh=True,
    )
    assert 60 * MEBIBYTE < ended.weight < 120 * MEBIBYTE


@pytest.mark.skipif(not shutil.which("R"), reason="R is not installed")
def test_another_language_starts(cell):
    ended = cell.run(
        "import subprocess\n"
        "done = subprocess.run(['R', '--vanilla', '-s', '-e', 'cat(1 + 1)'], capture_output=True,\n"
        "    text=True, env={'PATH': '/usr/bin:/bin', 'HOME': given['scratch'], 'LANG': 'C'})\n"
        "say([done.stdout, done.stderr])",
        memory_bytes=2048 * MEBIBYTE,
    )
    assert ended.said == [["2", ""]]
