"""A live figure as a recording: what it shows at each setting that a page without a kernel offers.

Recorded are each control alone, from the start and from each preset; and all combinations, where there are few. A
setting's key has one element a control, joined by commas: the control's position, and its value too if that lies
between two positions. A recording that is too large for a page leaves out positions of sliders, and the page says so.
"""

import gzip
import itertools
import json
import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pgcourse.book.compact import compact
from pgcourse.figures.controls import Control, CountingButton, Luck
from pgcourse.figures.live import LiveFigure

GRID = 1_000  # settings, up to which all combinations are recorded
PRESSES = 12  # of a button
MOST_THINNED = 256  # positions, of which one is kept


@dataclass(frozen=True)
class Recording:
    """What a figure shows.

    Attributes
    ----------
    figure : dict
        As `pgcourse.figures.panel` describes it.
    letters : str
        SVG markup of the letters' outlines.
    backgrounds : list of str
        SVG markup of what stands still.
    frames : list of dict
        As in `pgcourse.figures.panel`, and the number of the background; `moving` is a list of lines.
    settings : dict of str to int
        The number of the frame at each key.
    start : str
        The key at the start.
    presets : list of dict of int to str
        The elements of the key that each preset sets, by their places.
    stride : int
        It has one in so many positions of each slider.
    """

    figure: dict[str, Any]
    letters: str
    backgrounds: list[str]
    frames: list[dict[str, Any]]
    settings: dict[str, int]
    start: str
    presets: list[dict[int, str]]
    stride: int = 1

    def packed(self) -> bytes:
        """Return the recording as JSON, compressed by gzip; each line of markup is in it once."""
        lines: dict[str, int] = {}
        frames = [frame | {"moving": [_number(lines, line) for line in frame["moving"]]} for frame in self.frames]
        whole = vars(self) | {"frames": frames, "lines": list(lines)}
        return gzip.compress(json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode(), 9, mtime=0)

    def thinned(self, stride: int) -> "Recording":
        """Return a recording of every `stride`-th position of each slider, of its ends, and of where presets put it."""
        bases = self._bases()
        kept = []
        for i, control in enumerate(self.figure["controls"]):
            step = stride if control["kind"] == "slider" else 1
            count = len(control["labels"]) or PRESSES + max(base[i] for base in bases) + 1
            kept.append(sorted({*range(0, count, step), count - 1, *(base[i] for base in bases)}))
        old = {key: frame for key, frame in self.settings.items() if all(map(_has, kept, key.split(",")))}
        frames = {frame: number for number, frame in enumerate(dict.fromkeys(old.values()))}
        controls = [
            control | {"labels": [control["labels"][at] for at in positions]} if control["labels"] else control
            for control, positions in zip(self.figure["controls"], kept, strict=True)
        ]
        return replace(
            self,
            figure=self.figure | {"controls": controls},
            frames=[self.frames[frame] for frame in frames],
            settings={_renumbered(key, kept): frames[frame] for key, frame in old.items()},
            start=_renumbered(self.start, kept),
            presets=[{i: _moved(element, kept[i]) for i, element in preset.items()} for preset in self.presets],
            stride=stride,
        )

    def _bases(self) -> list[list[int]]:
        """Return the positions of the controls at the start and at each preset."""
        start = self.start.split(",")
        changes: list[dict[int, str]] = [{}, *self.presets]
        return [[_position(change.get(i, element)) for i, element in enumerate(start)] for change in changes]


def record(live: LiveFigure, wanted: Iterable[dict[str, Any]] | None = None) -> Recording:
    """Record a figure, which is left at its start.

    Parameters
    ----------
    live : LiveFigure
        At its start.
    wanted : iterable of dict, optional
        The values of the controls; without it, all that a page offers.

    Raises
    ------
    ValueError
        If its `update` fails at one of the settings.
    """
    start, first = live.values, key(live)
    frames: dict[str, int] = {}
    backgrounds: dict[str, int] = {}
    shown: dict[str, int] = {}
    drawn: set[tuple[Any, ...]] = set()
    for values in settings(live) if wanted is None else wanted:
        place = tuple(values.values())
        if place in drawn and not goes_on(live):
            continue
        drawn.add(place)
        live.set(**values)
        if live.error_text:
            raise ValueError(f"{live.alt}, at {values}: {live.error_text}")
        if key(live) not in shown:
            moving = compact(live.panel.frame["moving"]).splitlines()
            background = _number(backgrounds, live.panel.background)
            shown[key(live)] = _number(
                frames, json.dumps(live.panel.frame | {"moving": moving, "background": background})
            )
    presets = [_changed(live, start, preset) for preset in live.preset_values]
    live.set(**start)
    kept = [json.loads(frame) for frame in frames]
    return Recording(live.panel.figure, live.panel.letters, list(backgrounds), kept, shown, first, presets)


def fitted(recordings: dict[str, Recording], limit: int) -> dict[str, bytes]:
    """Return recordings packed, the largest of them thinned until together they are small enough.

    Parameters
    ----------
    recordings : dict of str to Recording
        By the names of the figures.
    limit : int
        Bytes.

    Raises
    ------
    ValueError
        If nothing more can be left out.
    """
    strides = dict.fromkeys(recordings, 1)
    packed = {name: recording.packed() for name, recording in recordings.items()}
    while sum(map(len, packed.values())) > limit:
        largest = max(packed, key=lambda name: len(packed[name]))
        if strides[largest] >= MOST_THINNED:
            raise ValueError(
                f"the figure {largest} has too large a recording, even thinned: give it fewer controls or presets"
            )
        strides[largest] *= 2
        packed[largest] = recordings[largest].thinned(strides[largest]).packed()
    return packed


def settings(live: LiveFigure, shown: Collection[str] | None = None) -> Iterator[dict[str, Any]]:
    """Yield the values of the controls for everything that is recorded, some of it more than once.

    Parameters
    ----------
    live : LiveFigure
        At its start.
    shown : collection of str, optional
        The names of the controls that a page shows, and "presets"; without it, all.
    """
    start = live.values
    values = {name: _values(control) for name, control in live.inputs.items() if shown is None or name in shown}
    if math.prod(map(len, values.values())) <= GRID:
        for combination in itertools.product(*values.values()):
            yield start | dict(zip(values, combination, strict=True))
    presets = live.preset_values if shown is None or "presets" in shown else []
    for preset in ({}, *presets):
        base = start | preset
        for name in values:
            yield base  # a figure may count presses of one button from here
            for value in values[name]:
                yield base | {name: value}


def goes_on(live: LiveFigure) -> bool:
    """Say whether a figure may go on from what it shows, since it counts the presses of a button other than luck's."""
    return any(
        isinstance(control, CountingButton) and not isinstance(control, Luck) for control in live.inputs.values()
    )


def key(live: LiveFigure) -> str:
    """Return the key of a figure's present setting."""
    return ",".join(f"{control.position}{_between(control)}" for control in live.inputs.values())


def _between(control: Control) -> str:
    return f"~{control.value!r}" if control.text else ""


def _values(control: Control) -> list[Any]:
    return control.values or [control.value + presses for presses in range(PRESSES + 1)]


def _changed(live: LiveFigure, start: dict[str, Any], preset: dict[str, Any]) -> dict[int, str]:
    """Return the elements of the key that a preset sets, by their places."""
    live.set(**(start | preset))
    elements = key(live).split(",")
    return {i: elements[i] for i, name in enumerate(live.inputs) if name in preset}


def _number(known: dict[str, int], text: str) -> int:
    return known.setdefault(text, len(known))


def _position(element: str) -> int:
    return int(element.partition("~")[0])


def _has(positions: list[int], element: str) -> bool:
    return _position(element) in positions


def _moved(element: str, positions: list[int]) -> str:
    position, *between = element.split("~")
    return "~".join([str(positions.index(int(position))), *between])


def _renumbered(key: str, kept: list[list[int]]) -> str:
    return ",".join(map(_moved, key.split(","), kept))
