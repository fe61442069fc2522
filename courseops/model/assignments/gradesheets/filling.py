"""Fill one column of an exported file, and leave every other byte as the platform wrote it."""

from __future__ import annotations

from decimal import Decimal

from courseops.model.assignments.gradesheets.matching import Matched
from courseops.model.assignments.gradesheets.order import Order, Sheet, rounded, sent, spell
from courseops.model.assignments.gradesheets.raw import RawTable


def fill_sheet(
    table: RawTable, key: int, item: int, order: Order, matched: Matched, *, places: int
) -> Sheet:
    """Fill the cells of all who were matched; whoever was not keeps what stands there."""
    points: dict[int, Decimal] = {
        row: rounded(entry.points, places) for row, entry in sorted(matched.rows.items())
    }
    cells = {(row, item): spell(value, order.decimal) for row, value in points.items()}
    header = table.header
    keys = {row: table.rows[row].value(key).strip() for row in range(1, len(table.rows))}
    return Sheet(
        content=table.filled(cells),
        key_column=header[key],
        grade_column=header[item],
        meant={keys[row]: value for row, value in points.items()},
        kept={
            name: table.rows[row].value(item).strip()
            for row, name in keys.items()
            if name and row not in points
        },
        sent=sent([matched.rows[row] for row in points], places),
        left_out=matched.left_out,
        warnings=matched.warnings,
        delimiter=table.delimiter,
        encoding=table.encoding,
    )
