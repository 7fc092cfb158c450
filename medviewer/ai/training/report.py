"""The report of an evaluation: JSON for programs, one self-contained HTML page for people."""

from __future__ import annotations

import base64
import html
import io
import json
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np

_STYLE = (
    "body{font-family:sans-serif;max-width:70em;margin:2em auto}td,th{padding:.2em .8em;"
    "text-align:right;border-bottom:1px solid #ccc}td:first-child,th:first-child{text-align:left}"
    "figure{display:inline-block;margin:.4em}img{height:16em;image-rendering:auto}"
)


def _format(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else html.escape(str(value))


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{_format(value)}</td>" for value in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _figure(caption: str, picture: np.ndarray) -> str:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    data = base64.b64encode(stream.getvalue()).decode()
    text = html.escape(caption)
    return (
        f"<figure><img src='data:image/png;base64,{data}'><figcaption>{text}</figcaption></figure>"
    )


def write_report(
    folder: Path,
    document: Mapping[str, Any],
    pictures: Mapping[str, Sequence[tuple[str, np.ndarray]]],
) -> None:
    """Write `report.json` and `report.html`.

    Parameters
    ----------
    folder : Path
        Destination, made if needed.
    document : mapping
        ``model``, ``split``, ``metrics`` (name to value, low, high, n) and ``cases`` (rows).
    pictures : mapping
        Heading (good, median, worst) to captions and uint8 arrays (rows, columns[, 3]).
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, default=float)
    (folder / "report.json").write_text(text, encoding="utf-8")
    metrics = [
        (name, entry["value"], entry.get("low", ""), entry.get("high", ""), int(entry["n"]))
        for name, entry in document["metrics"].items()
    ]
    parts = [
        f"<!doctype html><meta charset=utf-8><title>{html.escape(document['model'])}</title>",
        f"<style>{_STYLE}</style><h1>{html.escape(document['model'])}</h1>",
        f"<p>{html.escape(document['explanation'])}</p>",
        _table(("metric", "value", "95 % from", "to", "cases"), metrics),
    ]
    for heading, figures in pictures.items():
        parts.append(f"<h2>{html.escape(heading)}</h2>")
        parts.extend(_figure(caption, picture) for caption, picture in figures)
    rows = list(document["cases"])
    if rows:
        parts.append("<h2>Every case</h2>")
        parts.append(_table(list(rows[0]), [list(row.values()) for row in rows]))
    (folder / "report.html").write_text("\n".join(parts), encoding="utf-8")


def picture_grid(pictures: Sequence[np.ndarray], columns: int, side: int) -> Image.Image:
    """Return pictures side by side as one image of cells of equal size.

    Parameters
    ----------
    pictures : sequence of uint8 arrays
        Gray or RGB.
    columns : int
        Pictures in a row.
    side : int
        Side of a cell in pixels.
    """
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * side, rows * side))
    for number, picture in enumerate(pictures):
        cell = Image.fromarray(picture).convert("RGB")
        cell.thumbnail((side, side))
        sheet.paste(cell, ((number % columns) * side, (number // columns) * side))
    return sheet
