"""Which Jupyter kernels are installed, and how each is started and interrupted.

Found where `jupyter kernelspec list` finds them:
https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
"""

from __future__ import annotations

import re
import shutil
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager

from courseops.errors import CourseOpsError

# What jupyter_client replaces by its own interpreter (manager.format_kernel_cmd).
_OWN_PYTHON = {"python", "python3", f"python3.{sys.version_info[1]}"}
# jupyter_client.manager.KernelManager._kernel_name_changed
_ALIASES = {"python": "python3"}
_IPYKERNEL = {"ipykernel_launcher", "ipykernel"}
_CONNECTION_FILE = "{connection_file}"
# Flags of the interpreter that do not change what a notebook's code does.
_HARMLESS = {"-Xfrozen_modules=off"}
_SHOWN = ("bin", "lib", "lib64", "libexec", "pyvenv.cfg")
_LOCAL = "local-provisioner"


@dataclass(frozen=True, kw_only=True)
class InstalledKernel:
    """
    One installed kernel.

    `argv` and `env` still hold the places that `command` and `environment` fill in;
    `interrupt_mode` is `signal` or `message`; `provisioner` is empty for a kernel that is
    started on this machine in the usual way.
    """

    name: str
    argv: tuple[str, ...]
    folder: str
    language: str = ""
    interrupt_mode: str = "signal"
    env: Mapping[str, str] = field(default_factory=dict)
    provisioner: str = ""

    @property
    def program(self) -> str:
        """Give the program's absolute path, or its bare name where it is not installed."""
        if not self.argv:
            return ""
        if self.argv[0] in _OWN_PYTHON:
            return sys.executable
        return shutil.which(self.argv[0]) or self.argv[0]

    @property
    def plain_python(self) -> str:
        """
        Give the interpreter, if this is an ipykernel of it and nothing besides; else nothing.

        An environment or a flag of its own could change what the notebook's code does.
        """
        words = [word for word in self.argv[1:] if word not in _HARMLESS]
        is_plain = words[:1] == ["-m"] and words[2:] == ["-f", _CONNECTION_FILE]
        if is_plain and words[1] in _IPYKERNEL and not self.env and not self.provisioner:
            return self.program
        return ""

    @property
    def is_ipykernel(self) -> bool:
        """Say whether Jupyter takes this for a Python kernel of IPython's, by its name."""
        return self.name in {"python", "python2", "python3"}

    @property
    def readable(self) -> tuple[str, ...]:
        """Give what a sandbox has to show for it to start: its folder, its program's libraries."""
        program = Path(self.program)
        # Of a virtual environment both are needed: it, and the Python it was made from.
        prefixes = {path.parent.parent for path in (program, program.resolve())}
        # Never a whole prefix: ~/.local is one.
        shown = [prefix / name for prefix in sorted(prefixes) for name in _SHOWN]
        return (self.folder, *(str(path) for path in shown if path.exists()))

    def command(self, connection_file: str) -> tuple[str, ...]:
        """Spell the whole command line, as Jupyter does, with an absolute program."""
        places = {
            "connection_file": connection_file,
            "prefix": sys.prefix,
            "resource_dir": self.folder,
        }
        filled = [
            re.sub(r"\{(\w+)\}", lambda found: places.get(found[1], found[0]), word)
            for word in self.argv[1:]
        ]
        # As nbclient does: no history file, which several kernels at once would fight for.
        quiet = ["--HistoryManager.hist_file=:memory:"] if self.is_ipykernel else []
        return (self.program, *filled, *quiet)

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Give the environment: `base`, with what the kernel sets for itself."""
        own = {name: Template(text).safe_substitute(base) for name, text in self.env.items()}
        return {**base, **own}


def installed_kernels(folders: Sequence[Path] = ()) -> dict[str, InstalledKernel]:
    """Give the installed kernels by name; `folders` are looked into before the usual ones."""
    found = KernelSpecManager()
    found.kernel_dirs = [*map(str, folders), *found.kernel_dirs]
    with warnings.catch_warnings():
        # traitlets complains of keys in a kernel.json that it does not know; bash_kernel has one.
        warnings.simplefilter("ignore", DeprecationWarning)
        specs = found.get_all_specs()
    return {name: _kernel(name, it["resource_dir"], it["spec"]) for name, it in specs.items()}


def _kernel(name: str, folder: str, spec: Mapping[str, Any]) -> InstalledKernel:
    metadata = spec.get("metadata") or {}
    provisioner = (metadata.get("kernel_provisioner") or {}).get("provisioner_name") or _LOCAL
    return InstalledKernel(
        name=name,
        argv=tuple(spec["argv"]),
        folder=folder,
        language=spec.get("language") or "",
        interrupt_mode=spec.get("interrupt_mode") or "signal",
        env=dict(spec.get("env") or {}),
        provisioner="" if provisioner == _LOCAL else provisioner,
    )


def pick_kernel(name: str, installed: Mapping[str, InstalledKernel]) -> InstalledKernel:
    """
    Give the kernel that a notebook names; upper and lower case are the same.

    As for jupyter_client, `python` is another name of `python3`.

    Raises:
        CourseOpsError: it is not installed, or is not a program of this machine.
    """
    kernel = installed.get(_ALIASES.get(name, name).lower())
    if kernel is None:
        names = ", ".join(sorted(installed)) or "none at all"
        raise CourseOpsError(
            f"no kernel named {name!r} is installed here; installed: {names}",
            hint="install that kernel for the account that grades, and look with "
            "`jupyter kernelspec list`",
        )
    if kernel.provisioner:
        raise CourseOpsError(
            f"the kernel {name!r} is started by {kernel.provisioner!r}, "
            "and nobody knows where: it cannot be confined",
            hint="name a kernel that runs on this machine",
        )
    return kernel
