"""What may be shown on a terminal of what somebody else wrote.

A terminal obeys control characters, and shows text backwards where it is told to: a learner's
file, or its name, could rewrite what stands above it. https://cwe.mitre.org/data/definitions/150.html
"""

from __future__ import annotations

_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_SPACE, _PICTURES, _DELETE = 0x20, 0x2400, 0x7F
# C1 controls, marks and overrides of direction, line and paragraph separators, lone surrogates.
_OBEYED = (
    *range(_DELETE + 1, 0xA0),
    0x061C,
    0x200E,
    0x200F,
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
    *range(0xD800, 0xE000),
)
_LINE = {
    **dict.fromkeys(_OBEYED, _UNKNOWN),
    **{code: chr(_PICTURES + code) for code in range(_SPACE)},
    _DELETE: "\N{SYMBOL FOR DELETE}",
}
_TEXT = {code: shown for code, shown in _LINE.items() if code not in {0x09, 0x0A}}


def printable(text: str, *, lines: bool = False) -> str:
    """Show whatever a terminal would obey as a sign; with `lines`, line ends and tabs stay."""
    if text.isprintable():
        return text
    return text.translate(_TEXT if lines else _LINE)
