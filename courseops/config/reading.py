"""Turn configuration files into a `Config`, or into the list of all that is wrong with them."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from courseops.config.basis import SecretReference, ShortName
from courseops.config.sections import Config, CourseSection
from courseops.errors import ConfigError
from courseops.problems import describe

Model = TypeVar("Model", bound=BaseModel)

_COURSE_ID: TypeAdapter[str] = TypeAdapter(ShortName)
_ID_HINT = "letters, digits, '-', '_' and '.', for example python101.toml"


def load_config(path: Path) -> Config:
    """
    Read `path` and the `courses.d/*.toml` beside it.

    Raises:
        ConfigError: something is wrong; `problems` lists every mistake in every file.
    """
    path = path.absolute()
    problems: list[str] = []
    tables = _read(path, path.name, problems)
    if tables is not None and "path" in tables:
        problems.append(f"{path.name}: path: is not a key that courseops knows")
    # An absent section is read as an empty one, so that its defaults too are relative to the file.
    whole = {"site": {}, **(tables or {}), "path": path}
    config = _check(Config, whole, path.name, path.parent, problems)
    more = dict(_courses_beside(path, problems))
    if config is not None:
        problems.extend(
            f"courses.d/{course_id}.toml: whole file: also stands in {path.name}; keep one"
            for course_id in sorted(set(config.courses) & set(more))
        )
        config = config.model_copy(update={"courses": {**config.courses, **more}})
        problems.extend(_cross_check(config, set(more)))
    if problems or config is None:
        raise ConfigError(
            f"the configuration has {len(problems)} "
            f"{'problem' if len(problems) == 1 else 'problems'}",
            problems=problems,
            hint="see docs/reference/configuration.md, or start anew with: courseops init DIR",
        )
    return config


def _read(path: Path, name: str, problems: list[str]) -> dict[str, Any] | None:
    try:
        # A Windows editor begins the file with a mark that TOML does not know.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"there is no configuration at {path}",
            hint="make one with: courseops init, or name yours with --config FILE",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{name}: whole file: cannot be read: {error}")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{name}: whole file: is not TOML: {error}")
    return None


def _check(
    model: type[Model], tables: Any, file: str, folder: Path, problems: list[str]
) -> Model | None:
    try:
        return model.model_validate(tables, context={"folder": folder})
    except ValidationError as error:
        problems.extend(describe(error, model, file))
        return None


def _courses_beside(path: Path, problems: list[str]) -> Iterator[tuple[str, CourseSection]]:
    for file in sorted(path.parent.glob("courses.d/*.[tT][oO][mM][lL]")):
        name = f"courses.d/{file.name}"
        tables = _read(file, name, problems)
        if tables is None:
            continue
        try:
            course_id = _COURSE_ID.validate_python(file.stem)
        except ValidationError:
            problems.append(f"{name}: whole file: its name is the course's id; {_ID_HINT}")
            continue
        course = _check(CourseSection, tables, name, path.parent, problems)
        if course is not None:
            yield course_id, course


def _cross_check(config: Config, beside: Collection[str]) -> Iterator[str]:
    """Say what no single section can know about itself; `beside` have files of their own."""
    file = config.path.name
    for course_id, course in config.courses.items():
        if course.hub not in config.hubs:
            known = ", ".join(config.hubs) or "none yet"
            key = f"courses.d/{course_id}.toml" if course_id in beside else file
            where = "hub" if course_id in beside else f"courses.{course_id}.hub"
            yield f"{key}: {where}: there is no hub {course.hub!r} in [hubs]; there are: {known}"
    if config.jobs is not None and not config.jobs.is_dir():
        yield f"{file}: jobs: there is no folder {config.jobs}"
    for key, secret in _secrets(config, file):
        yield from _exposed(key, secret)


def _secrets(section: BaseModel, key: str) -> Iterator[tuple[str, SecretReference]]:
    for name in type(section).model_fields:
        yield from _secrets_in(getattr(section, name), f"{key}.{name}")


def _secrets_in(value: Any, key: str) -> Iterator[tuple[str, SecretReference]]:
    if isinstance(value, SecretReference):
        yield key, value
    elif isinstance(value, BaseModel):
        yield from _secrets(value, key)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _secrets_in(item, f"{key}.{name}")


def _exposed(key: str, secret: SecretReference) -> Iterator[str]:
    file, _, rest = key.partition(".toml.")
    if secret.file is None or not secret.file.is_file():
        return
    if secret.file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        yield (
            f"{file}.toml: {rest}: the secret file {secret.file} can be read by everyone; "
            f"for example: chmod 600 {secret.file}"
        )
