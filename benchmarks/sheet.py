"""What a benchmark prints: a line a figure, and whether its bound is held."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Sheet:
    """What was measured, printed as it comes."""

    missed: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def note(self, what: str, value: str) -> None:
        print(f"  {what:<58} {value:>12}", flush=True)

    def judge(self, what: str, value: float, bound: float, unit: str = "") -> None:
        """Print a value beside the bound that it must not pass."""
        self._judge(what, value, f"of {bound:.2f}", unit, holds=value <= bound)

    def at_least(self, what: str, value: float, bound: float, unit: str = "x") -> None:
        """Print a value beside the one that it must reach."""
        self._judge(what, value, f"at least {bound:g}", unit, holds=value >= bound)

    def _judge(self, what: str, value: float, bound: str, unit: str, *, holds: bool) -> None:
        verdict = "ok" if holds else "MISSED"
        print(f"  {what:<58} {value:>9.2f} {unit:<2} {bound}  {verdict}", flush=True)
        if not holds:
            self.missed.append(what)
