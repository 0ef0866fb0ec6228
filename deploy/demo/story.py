"""How the demo speaks: a few short chapters with real figures."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table


class Story:
    """Chapters on the terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self.console.print(f"\n[bold cyan]{title}[/]")

    def tell(self, text: str) -> None:
        """One sentence."""
        self.console.print(f"  {text}", soft_wrap=True)

    def quote(self, sentences: Iterable[str]) -> None:
        """What the system itself said, in its words."""
        for sentence in sentences:
            self.console.print(f"    [dim]{escape(sentence)}[/]", soft_wrap=True)

    def table(self, rows: Iterable[tuple[str, str]]) -> None:
        """Figures with their names."""
        table = Table(box=None, show_header=False, padding=(0, 2))
        table.add_column(style="dim")
        table.add_column(justify="right")
        for name, figure in rows:
            table.add_row(name, figure)
        self.console.print(table)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator["Counter"]:
        """A bar while ``total`` things happen."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn())
        shown = self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=not shown) as bars:
            yield Counter(bars, what, total)


class Counter:
    """Counts one thing at a time on a bar."""

    def __init__(self, bars: Progress, what: str, total: int) -> None:
        self._bars = bars
        self._task = bars.add_task(what, total=total)

    def one_more(self) -> None:
        """One of the things happened."""
        self._bars.advance(self._task)


def dollars(cents: int) -> str:
    """An amount in cents as people read it."""
    return f"${cents // 100:,}.{cents % 100:02d}"
