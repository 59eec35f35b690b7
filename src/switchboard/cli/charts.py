"""`--chart FILE`: the answer of a command as a picture, beside what it prints."""

import base64
import inspect
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer
from pydantic import BaseModel

from switchboard.cli.session import Inside
from switchboard.foundation.errors import Invalid
from switchboard.foundation.operations import Operation
from switchboard.intelligence.chart_records import ChartAsked, ChartDrawn
from switchboard.intelligence.charts.catalogue import charts_of
from switchboard.intelligence.operations.charts import chart

Asked = TypeVar("Asked", bound=BaseModel)
Given = TypeVar("Given", bound=BaseModel)
FILE = "chart_file"
FORMATS: dict[str, Literal["svg", "png"]] = {".svg": "svg", ".png": "png"}


def option(operation: Operation[Any, Any]) -> list[inspect.Parameter]:
    """The option of a command whose answer has a chart."""
    names = charts_of(operation.name)
    if not names:
        return []
    beside = f"; {', '.join(names[1:])} beside it, by its name" if len(names) > 1 else ""
    about = typer.Option("--chart", help=f"draw it as well: a file that ends in .svg or .png{beside}")
    return [
        inspect.Parameter(FILE, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[Path | None, about])
    ]


async def answered_and_drawn(
    inside: Inside, operation: Operation[Asked, Given], asked: Asked, file: Path
) -> tuple[Given, dict[Path, bytes]]:
    """The answer, and its charts by the file each is for: this one, and beside it where there are several."""
    kind = FORMATS[file.suffix.lower()]
    given, drawings = await inside.call(operation, asked), dict[Path, bytes]()
    arguments = asked.model_dump(mode="json", exclude_unset=True)
    for number, name in enumerate(charts_of(operation.name)):
        drawn = await inside.call(chart, ChartAsked(chart=name, arguments=arguments, format=kind))
        drawings[file if number == 0 else file.with_stem(f"{file.stem}-{name}")] = _picture(drawn)
    return given, drawings


def check(file: Path) -> None:
    """Raise Invalid for a file that can not hold a chart."""
    if file.suffix.lower() not in FORMATS:
        raise Invalid(f"--chart {file}: end the file's name in {' or '.join(FORMATS)}", field="chart")
    if not file.absolute().parent.is_dir():
        raise Invalid(f"--chart {file}: there is no folder {file.absolute().parent}; make it first", field="chart")


def _picture(drawn: ChartDrawn) -> bytes:
    return base64.b64decode(drawn.png) if drawn.png is not None else (drawn.svg or "").encode()
