"""Say what a hub's configuration sets, inside the hub's own program; `settings` hands it over.

JupyterHub runs this file as its configuration (`jupyterhub -f inside.py`). It loads the real
one, prints the few settings that it was asked for, and ends the program, before JupyterHub
has opened its database, looked for servers or bound a port. `jupyterhub --show-config` does
all of these first, except for the port: on a hub at work it must not be used. Runs on the
hub's Python, without courseops; see
https://traitlets.readthedocs.io/en/stable/config.html#python-configuration-files
"""

from __future__ import annotations

import enum
import json
import os
import sys
from typing import Any

MARK = "courseops-hub-settings "


def main(config: Any, load: Any) -> None:
    """Load the configuration, print what was asked for in one line, and end the program."""
    asked = json.loads(os.environ["COURSEOPS_ASKS"])
    # What a configuration may look for is the hub's environment, not our question.
    del os.environ["COURSEOPS_ASKS"]
    said: dict[str, Any]
    try:
        load(asked["file"])
        said = _settings(config, asked["traits"])
    except BaseException as error:  # it may say sys.exit()
        said = {"error": _where(error, asked["file"])}
    # Its own line, whatever the configuration has printed.
    sys.stdout.write("\n" + MARK + json.dumps(said) + "\n")
    sys.stdout.flush()
    os._exit(0)


def _settings(config: Any, traits: list[str]) -> dict[str, Any]:
    from traitlets.config import Config  # noqa: PLC0415

    cls, named = _authenticator(config)
    names = [c.__name__ for c in cls.__mro__ if "config" in dir(c)] if cls else [named]
    # Where the package is not here, whatever speaks of an authenticator counts.
    sections = names if cls else sorted(key for key in config if key.endswith("Authenticator"))
    sections = [*sections, *([] if cls else ["Authenticator"])]
    merged = Config()
    for section in reversed(list(dict.fromkeys(sections))):
        if section in config:
            merged.merge(config[section])
    values = {trait: _value(merged, trait) for trait in traits}
    return {
        "classes": names,
        "values": {trait: value for trait, value in values.items() if value is not None},
    }


def _authenticator(config: Any) -> tuple[Any, str]:
    """Give the class, None if its package is missing, and what the configuration calls it."""
    from jupyterhub.app import JupyterHub  # type: ignore[import-untyped]  # noqa: PLC0415
    from traitlets.utils.importstring import import_item  # noqa: PLC0415

    named = config.JupyterHub.get("authenticator_class", "pam")
    if not isinstance(named, str):
        return named, named.__name__
    points = JupyterHub.class_traits()["authenticator_class"].load_entry_points()
    try:
        if named.lower() in points:
            return points[named.lower()].load(), named
        return import_item(named), named
    except Exception:  # a package may fail to import in any way
        return None, named.rpartition(".")[2]


def _value(section: Any, trait: str) -> Any:
    name, _, key = trait.partition(".")
    if name not in section:
        return None
    value = section[name]
    if hasattr(value, "get_value"):
        # c.X.y.update(…), .add(…) or .append(…) on what was never set.
        changes = value.to_dict().get("update")
        value = value.get_value(type(changes)() if changes is not None else [])
    if key:
        value = value.get(key) if isinstance(value, dict) else None
    return _plain(value)


def _plain(value: Any) -> Any:
    """Reduce a value to what JSON has; what is no such thing counts as unset."""
    if isinstance(value, enum.Enum):
        return value.value if isinstance(value, int) else value.name
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return sorted((_plain(item) for item in value), key=str)
    return value if isinstance(value, (bool, int, float, str)) else None


def _where(error: BaseException, file: str) -> str:
    """Say where the configuration failed and how, but never the message: it may hold a secret."""
    # What cannot even be parsed was never run, and has no line in the trace.
    lines: list[int | None] = []
    if isinstance(error, SyntaxError) and error.filename == file:
        lines.append(error.lineno)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    at = f"line {lines[-1]}: " if lines else ""
    name = error.name if isinstance(error, ImportError) else None
    key = error.args[0] if isinstance(error, KeyError) and error.args else None
    if isinstance(key, str) and key.isupper():
        name = key
    return f"{at}{type(error).__name__}{f' ({name})' if name else ''}"


if "get_config" in globals():
    main(get_config(), load_subconfig)  # type: ignore[name-defined] # noqa: F821
