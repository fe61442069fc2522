"""Comparing words as a reader would: without case, accents and kinds of apostrophe."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def plain(word: str) -> str:
    """Fold case, accents and kinds of apostrophe, so that headers of all packs compare equal."""
    if word.isascii():
        return word.casefold().strip()
    folded = unicodedata.normalize("NFKD", word.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return "".join(c for c in folded if not unicodedata.combining(c)).casefold().strip()
