"""What a check answers."""

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from course_utils.colours import QUIET, SERIES, WINDOW
from course_utils.kit.scene import Scene, png, svg

_LOOKS = {"to do": ("○", QUIET), "wrong": ("✗", WINDOW), "right": ("✓", SERIES[2])}


@dataclass(frozen=True)
class Verdict:
    """What a check says about an answer; a notebook shows it as the cell's value.

    status: ``"to do"``, ``"wrong"`` or ``"right"``. message: what was found. look_at:
    where to look next, without giving the answer away. scene: the failing case.

    >>> Verdict("wrong", "3 is not the number of rows", look_at="the last window")
    wrong: 3 is not the number of rows
    look at: the last window
    """

    status: str
    message: str
    look_at: str = ""
    scene: Scene | None = None

    def __post_init__(self) -> None:
        if self.status not in _LOOKS:
            raise ValueError(f"status is {self.status!r}; expected one of {[*_LOOKS]}")

    def __repr__(self) -> str:
        hint = f"\nlook at: {self.look_at}" if self.look_at else ""
        return f"{self.status}: {self.message}{hint}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str | bytes]:
        bundle = {"text/plain": repr(self), "text/html": self._html()}
        # Pages prefer HTML to PNG and show only one of them, so the HTML holds the
        # picture too; the PNG is for exports and readers without HTML.
        return bundle | ({"image/png": png(self.scene)} if self.scene else {})

    def _html(self) -> str:
        symbol, colour = _LOOKS[self.status]
        hint = f"<br><i>Look at:</i> {escape(self.look_at)}" if self.look_at else ""
        picture = f"<br>{_image(self.scene)}" if self.scene else ""
        style = f"border-left:5px solid {colour};padding:2px 12px"
        words = f"<b>{symbol} {self.status}</b>: {escape(self.message)}{hint}"
        return f'<div style="{style}">{words}{picture}</div>'


def _image(scene: Scene) -> str:
    # A page that is not trusted yet takes <svg> out and leaves its words behind.
    address = f"data:image/svg+xml,{quote(svg(scene, scope='verdict'))}"
    alternative = escape(scene.description)
    return f'<img alt="{alternative}" style="max-width:100%" src="{address}">'


def to_do(what: str) -> Verdict:
    """Answer an exercise that has not been started: ``to_do("write conv2d")``."""
    return Verdict("to do", f"{what}, then run this cell again")


def wrong(message: str, *, look_at: str = "", scene: Scene | None = None) -> Verdict:
    return Verdict("wrong", message, look_at, scene)


def right(message: str) -> Verdict:
    return Verdict("right", message)
