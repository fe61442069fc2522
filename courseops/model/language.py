"""The languages that learners and teachers are spoken to in."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "fr"]
