"""When two words are the same to a reader, whatever system wrote them."""

from __future__ import annotations

import unicodedata


def plain(word: str) -> str:
    """Fold case, accents and kinds of apostrophe, which differ from one system to the next."""
    folded = unicodedata.normalize("NFKD", word.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return "".join(c for c in folded if not unicodedata.combining(c)).casefold().strip()
