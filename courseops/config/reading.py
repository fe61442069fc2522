"""Turn configuration files into a `Config`, or into the list of all that is wrong with them."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from courseops.config.sections import Config, CourseSection, SecretReference
from courseops.errors import ConfigError
from courseops.problems import describe

Model = TypeVar("Model", bound=BaseModel)

_COURSE_ID_HINT = "a course id is letters, digits, '-', '_' and '.', for example python101"


def load_config(path: Path) -> Config:
    """
    Read `path` and the `courses.d/*.toml` beside it.

    Raises:
        ConfigError: something is wrong; `problems` lists every mistake in every file.
    """
    path = path.absolute()
    problems: list[str] = []
    tables = _read(path, problems)
    courses = dict(tables.pop("courses", {}) or {}) if tables is not None else {}
    # An absent section is read as an empty one, so that its defaults too are relative to the file.
    whole = {"site": {}, **(tables or {}), "courses": courses, "path": path}
    config = _check(Config, whole, path.name, path.parent, problems)
    more = dict(_courses_beside(path, problems))
    problems.extend(
        f"courses.d/{course_id}.toml: also stands in {path.name}; keep one"
        for course_id in sorted(set(courses) & set(more))
    )
    if config is not None:
        config = config.model_copy(update={"courses": {**config.courses, **more}})
        problems.extend(_cross_check(config))
    if problems or config is None:
        raise ConfigError(
            f"the configuration has {len(problems)} "
            f"{'problem' if len(problems) == 1 else 'problems'}",
            problems=problems,
            hint="see docs/reference/configuration.md, or start anew with: courseops init DIR",
        )
    return config


def _read(path: Path, problems: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"there is no configuration at {path}",
            hint="make one with: courseops init, or name yours with --config FILE",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path.name}: whole file: cannot be read: {error}")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path.name}: whole file: is not TOML: {error}")
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
    for file in sorted(path.parent.glob("courses.d/*.toml")):
        tables = _read(file, problems)
        if tables is None:
            continue
        course = _check(CourseSection, tables, f"courses.d/{file.name}", path.parent, problems)
        if course is not None:
            yield file.stem, course


def _cross_check(config: Config) -> Iterator[str]:
    """Say what no single section can know about itself."""
    for course_id, course in config.courses.items():
        if not _is_course_id(course_id):
            yield f"{config.path.name}: courses.{course_id}: {_COURSE_ID_HINT}"
        if course.hub not in config.hubs:
            known = ", ".join(config.hubs) or "none yet"
            yield (
                f"{config.path.name}: courses.{course_id}.hub: there is no hub "
                f"{course.hub!r} in [hubs]; there are: {known}"
            )
    for key, secret in _secrets(config, config.path.name):
        yield from _exposed(key, secret)


def _is_course_id(course_id: str) -> bool:
    # '+' separates the parts of a submission's folder name in nbgrader's exchange.
    return (
        course_id.isascii()
        and course_id.replace("-", "").replace("_", "").replace(".", "").isalnum()
    )


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
    if secret.file is None or not secret.file.exists():
        return
    if secret.file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        yield (
            f"{file}.toml: {rest}: the secret file {secret.file} can be read by everyone; "
            f"for example: chmod 600 {secret.file}"
        )
