"""What one submission may use while it is graded; beyond it, that submission alone is stopped."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """
    The bounds of one submission: sizes in bytes, times in seconds.

    `wall_seconds` and `cpu_seconds` are for all of its notebooks together; the limit for one
    cell is nbgrader's own, `ExecutePreprocessor.timeout` in the course's nbgrader_config.py.
    `memory_bytes`, `processes`, `open_files` and `file_bytes` hold for a notebook,
    `scratch_bytes` for the folder that the notebooks share, `output_bytes` for all outputs.
    """

    wall_seconds: float = 600.0
    cpu_seconds: float = 300.0
    memory_bytes: int = 2048 * MEBIBYTE
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 200 * MEBIBYTE
    scratch_bytes: int = 256 * MEBIBYTE
    output_bytes: int = 20 * MEBIBYTE
