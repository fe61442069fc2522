"""The closed table of formats: what writes each, and how its importer reads numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from courseops.model.assignments.gradesheets import brightspace, canvas, edx, moodle, worksheet
from courseops.model.assignments.gradesheets.order import Order, Sheet, SheetError
from courseops.model.assignments.gradesheets.reading import (
    ReadNumber,
    differences,
    read_as_canvas,
    read_as_moodle,
    read_plain,
)


@dataclass(frozen=True, kw_only=True)
class Form:
    """One format; `places` are the decimals that its importer keeps."""

    name: str
    called: str
    write: Callable[[Order], Sheet]
    places: int
    read_number: ReadNumber
    needs_template: bool = False
    only_points: bool = False
    unmark: str = ""

    def make(self, order: Order) -> Sheet:
        """
        Write the grades in this format.

        Raises:
            SheetError: it cannot be done, and why.
        """
        if self.needs_template and order.template is None:
            raise SheetError(
                f"{self.called} takes back only a file that it has exported",
                "export it there, and name it with --template",
            )
        if self.only_points and order.decimal == ",":
            raise SheetError(f"{self.called} reads decimal points only", "say --decimal point")
        return self.write(order)

    def check(self, sheet: Sheet, content: bytes) -> list[str]:
        """Read a finished file as its importer will; say where it differs from what was meant."""
        return differences(sheet, content, self.read_number, self.unmark)


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form(
            name="moodle",
            called="Moodle's gradebook",
            write=moodle.write,
            places=moodle.PLACES,
            read_number=read_as_moodle,
        ),
        Form(
            name="moodle-worksheet",
            called="Moodle's offline grading",
            write=worksheet.write,
            places=moodle.PLACES,
            read_number=read_as_moodle,
            needs_template=True,
        ),
        Form(
            name="canvas",
            called="Canvas",
            write=canvas.write,
            places=canvas.PLACES,
            read_number=read_as_canvas,
        ),
        Form(
            name="brightspace",
            called="Brightspace",
            write=brightspace.write,
            places=brightspace.PLACES,
            read_number=read_as_moodle,
            unmark=brightspace.MARK,
        ),
        Form(
            name="edx",
            called="Open edX",
            write=edx.write,
            places=edx.PLACES,
            read_number=read_plain,
            needs_template=True,
            only_points=True,
        ),
    )
}
