"""Lists that people keep in a spreadsheet – CSV or XLSX – read with the line of every mistake.

The counterpart of :mod:`hotline.yamlsource` for tables. A slice names its columns once, reads, and
takes each row apart with the :class:`Findings`; either the whole list holds or all its mistakes are
told at once::

    COLUMNS = Columns(
        "the bill list",  # problems say: "is not a column of the bill list"
        {
            "room": Column("the room", ("room", "房号", "房间号"), needed=True),
            "phone": Column("the telephone", ("phone", "电话", "手机"), repeats="all"),  # 电话1, 电话2
            "amount": Column("the amount", ("amount", "金额", "欠费金额"), needed=True),
            "due": Column("the due date", ("due", "到期日", "缴费日期")),
        },
    )

    sheet = sheets.read(path, COLUMNS)          # InvalidInput: unreadable, too large, columns missing
    findings = Findings(sheet)
    for row in sheet.rows:
        room = findings.text(row, "room", needed=True, longest=64)
        amount = findings.amount(row, "amount", needed=True)     # Decimal of two places, or None
        due = findings.day(row, "due")                           # date or None
        number = findings.telephone(row, "phone", normalise)     # "" when there is none
        if amount is not None and amount <= 0:
            findings.bad(row, "amount", "nothing is owed: leave the row out")
        if findings.clean(row):
            bills.append(Bill(...))
    warnings = findings.settle()                # InvalidInput with every problem of every row

Headings are compared without case, spaces, stars, underscores and units in brackets: ``Due_Date``,
``due date`` and ``金额（元）`` for ``金额``. Columns nobody knows are left out with a warning. The first
of the five top rows that names all needed columns has the headings, so a title may stand above.
"""

from __future__ import annotations

from hotline.sheets.findings import LONGEST, Findings
from hotline.sheets.table import Column, Columns, Row, Sheet, read
from hotline.sheets.values import (
    Normalise,
    amount,
    day,
    language,
    moment,
    plausible,
    telephone,
    time_of_day,
)

__all__ = [
    "LONGEST",
    "Column",
    "Columns",
    "Findings",
    "Normalise",
    "Row",
    "Sheet",
    "amount",
    "day",
    "language",
    "moment",
    "plausible",
    "read",
    "telephone",
    "time_of_day",
]
