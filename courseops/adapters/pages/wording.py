"""What pages say in other languages: catalogues beside the templates, in gettext's own form.

English stands in the templates themselves. `templates/words/fr/*.po` hold the French for it, one
file for each room of pages, so that people who write different pages never meet in one file.
Sentences that the code makes have catalogues of another kind: sentences.py.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from courseops.model.language import Language
from courseops.resources import shipped

WORDS = "words"


@cache
def wording(language: Language) -> NullTranslations:
    """Give what templates are translated by: all catalogues of a language together."""
    together = Translations()
    for path in catalogues(language):
        together.merge(_read(path, language))
    return together


def catalogues(language: Language, folder: str = "") -> list[Path]:
    """List a language's catalogues, or those in a folder among them; English has none."""
    return sorted((shipped("templates") / WORDS / language / folder).glob("*.po"))


def _read(path: Path, language: Language) -> Translations:
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
