"""Who made a result, from what, and when."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Provenance:
    """Traces a result to a model (or a person), its version and its input.

    Attributes
    ----------
    creator : str
        Model id, or the person's name.
    version : str
        Model version; empty for a person.
    weights_sha256 : str
        Hash of the weights file; empty for a person.
    source_uids : tuple of str
        SeriesInstanceUID (first) and whatever else identifies the input.
    created : str
        ISO 8601 time with zone.
    parameters : mapping
        What was set for the run (device, run_anyway, ...), and what of the patient its numbers
        depend on (``side``, ``age_years``).
    """

    creator: str
    version: str = ""
    weights_sha256: str = ""
    source_uids: tuple[str, ...] = ()
    created: str = ""
    parameters: dict[str, object] = field(default_factory=dict)
