"""The pages' colours: what is read can be read, in light and in dark."""

import re

import pytest

from courseops.resources import shipped

STYLE = shipped("templates") / "web" / "static" / "style.css"
# Normal text on its ground: https://www.w3.org/TR/WCAG22/#contrast-minimum
ENOUGH = 4.5
GROUNDS = ("ground", "raised", "sunken")
PAIRS = [
    *((ink, ground) for ink in ("ink", "faint", "link") for ground in GROUNDS),
    *((name, f"{name}-ground") for name in ("good", "warn", "bad", "info")),
    ("ink", "info-ground"),
    ("button-ink", "button"),
    ("button-ink", "button-over"),
    ("ground", "bad"),
]


def schemes():
    light, dark, *_ = re.findall(r":root \{(.+?)\}", STYLE.read_text(encoding="utf-8"), re.DOTALL)
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block))
        for name, block in (("light", light), ("dark", dark))
    }


def luminance(colour):
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * it for it in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_words_stand_out_from_their_ground(scheme, ink, ground):
    colours = schemes()[scheme]
    one, other = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= ENOUGH


def test_nothing_is_fetched_from_elsewhere():
    assert "url(" not in STYLE.read_text(encoding="utf-8")
    assert "@import" not in STYLE.read_text(encoding="utf-8")
