"""Does openpyxl write and read workbooks, with formulas, dates, styles and charts?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_a_workbook_is_written_and_read_again(evaluate: Evaluate) -> None:
    def program() -> Any:
        import datetime
        import io

        import openpyxl
        from openpyxl.chart import BarChart, Reference
        from openpyxl.styles import Font

        book = openpyxl.Workbook()
        sheet: Any = book.active
        sheet.title = "Größe"
        sheet.append(["day", "litres"])
        for day in (1, 2, 3):
            sheet.append([datetime.date(2026, 11, day), day * 1.5])
        sheet["B5"] = "=SUM(B2:B4)"
        sheet["A1"].font = Font(bold=True)
        chart = BarChart()
        chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=4), titles_from_data=True)
        sheet.add_chart(chart, "D2")
        file = io.BytesIO()
        book.save(file)

        again: Any = openpyxl.load_workbook(io.BytesIO(file.getvalue()))["Größe"]
        return [
            [cell.value for cell in again["B"]],
            again["A3"].value.isoformat(),
            again["A3"].number_format,
            again["A1"].font.bold,
            again["A2"].font.bold,
            again.dimensions,
        ]

    assert evaluate(program) == [
        ["litres", 1.5, 3, 4.5, "=SUM(B2:B4)"],
        "2026-11-02T00:00:00",
        "yyyy-mm-dd",
        True,
        False,
        "A1:B5",
    ]


def test_a_large_sheet_is_read_row_by_row_from_a_file(evaluate: Evaluate) -> None:
    def program() -> Any:
        import openpyxl

        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("rows")
        for row in range(2000):
            sheet.append([row, f"row {row}", row % 2 == 0])
        book.save("/tmp/rows.xlsx")
        again = openpyxl.load_workbook("/tmp/rows.xlsx", read_only=True)
        rows = list(again["rows"].iter_rows(values_only=True))
        again.close()
        return [len(rows), rows[1999], sum(row[0] for row in rows)]

    assert evaluate(program) == [2000, [1999, "row 1999", False], 1999000]


def test_a_file_that_is_no_workbook_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io
        import zipfile

        import openpyxl

        try:
            openpyxl.load_workbook(io.BytesIO(b"day;litres"))
        except zipfile.BadZipFile as error:
            return str(error)

    assert evaluate(program) == "File is not a zip file"
