"""How far an import is, or other work that takes long, as a person in a terminal sees it."""

from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from switchboard.customers.imports.records import Progress as Reached
from switchboard.foundation.reached import Reached as At
from switchboard.foundation.reached import Tell

ERRORS = Console(stderr=True)


class progress_bar:  # noqa: N801 - used as a function
    """A progress bar on standard error, fed from another thread: each step has its own rows a second and time left."""

    def __init__(self, *, silent: bool, console: Console = ERRORS) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rows]:,} rows{task.fields[speed]}"),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=console, disable=silent or not console.is_terminal, transient=True)

    def __enter__(self) -> Callable[[Reached], None]:
        self._bar.start()
        self._task = self._bar.add_task("preparing", total=None, rows=0, speed="")
        return self._tell

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _tell(self, at: Reached) -> None:
        task, (completed, total) = self._bar.tasks[0], _how_far(at)
        if at.step != task.description:
            self._bar.reset(self._task, description=at.step, total=total, rows=at.rows, speed="")
            return
        speed = f" {at.rows / task.elapsed:,.0f}/s" if total and task.elapsed else ""
        self._bar.update(self._task, completed=completed, total=total, rows=at.rows, speed=speed)


class step_bar:  # noqa: N801 - used as a function
    """A bar on standard error of work that takes long, fed from any thread; what is quick never shows one."""

    def __init__(self, *, silent: bool, console: Console = ERRORS) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, disable=silent or not console.is_terminal, transient=True)
        self._task: TaskID | None = None

    def __enter__(self) -> Tell:
        return self._tell

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._bar.stop()

    def _tell(self, at: At) -> None:
        if self._task is None:
            self._task = self._bar.add_task(at.step, total=at.total)
            self._bar.start()
        self._bar.update(self._task, description=at.step, completed=at.done, total=at.total)


def _how_far(at: Reached) -> tuple[int, int | None]:
    """Done so far, and of how much; of steps that can not tell, the bar only shows that they go on."""
    if at.step == "storing":
        return at.rows, at.rows_total
    return (at.bytes_read, at.bytes_total) if at.step in {"preparing", "reading"} else (0, None)
