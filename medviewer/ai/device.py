"""Where a network runs: CUDA, Apple MPS, else the processor, and what happens when it is full."""

from __future__ import annotations

import platform
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from medviewer.ai.process_settings import prepare_process, return_memory
from medviewer.core.errors import DeviceMemoryError, InferenceError
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "bad alloc")


@dataclass(frozen=True, slots=True)
class Device:
    """A place to compute.

    Attributes
    ----------
    kind : str
        ``cuda``, ``mps`` or ``cpu``.
    name : str
        What to call it to a person.
    has_fast_bf16 : bool
        Whether half-width arithmetic is native.
    """

    kind: str
    name: str
    has_fast_bf16: bool

    @property
    def torch_device(self) -> torch.device:
        """The same for torch."""
        return torch.device(self.kind)


CPU = "cpu"


def choose(requested: str = "auto") -> Device:
    """Choose a device.

    Parameters
    ----------
    requested : str
        ``auto`` (CUDA, else MPS, else processor), ``cuda``, ``mps`` or ``cpu``.

    Returns
    -------
    Device
        The device.

    Raises
    ------
    InferenceError
        The requested device is not there.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        CPU: True,
    }
    if requested == "auto":
        requested = next(kind for kind, is_there in available.items() if is_there)
    if not available.get(requested, False):
        message = f"Device '{requested}' is not available here."
        raise InferenceError(message, hint="Use --device auto or --device cpu.", device=requested)
    if requested == "cuda":
        has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        return Device("cuda", torch.cuda.get_device_name(), has_bf16)
    if requested == "mps":
        return Device("mps", "Apple GPU", has_fast_bf16=False)
    prepare_process()
    return Device(CPU, platform.processor() or "processor", _cpu_has_bf16())


@contextmanager
def memory_errors(device: Device) -> Iterator[None]:
    """Translate what torch raises into this program's errors.

    Raises
    ------
    DeviceMemoryError
        The device (or the computer) ran out of memory.
    InferenceError
        The network or the device failed otherwise, a lost device included.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        text = str(error)
        is_memory = isinstance(error, (torch.OutOfMemoryError, MemoryError))
        if is_memory or any(word in text.lower() for word in _MEMORY_WORDS):
            message = Message(
                "{device} ({kind}) ran out of memory.", device=device.name, kind=device.kind
            )
            raise DeviceMemoryError(
                message,
                hint="Close other programs, or run on a smaller region.",
                device=device.kind,
            ) from error
        message = Message(
            "The model failed on {device} ({kind}): {error}",
            device=device.name,
            kind=device.kind,
            error=text[:300],
        )
        raise InferenceError(
            message, hint="Run it on the processor.", device=device.kind
        ) from error


def release_memory(device: Device) -> None:
    """Give memory kept for reuse back to the system."""
    if device.kind == "cuda":
        torch.cuda.empty_cache()
    elif device.kind == CPU:
        return_memory()


def _cpu_has_bf16() -> bool:
    """Whether torch uses native bfloat16: AVX512_BF16, which every processor with AMX has too.

    oneDNN also accepts bfloat16 where it is emulated, slower than fp32.
    """
    is_native = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    is_in_onednn = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    is_allowed = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return bool(is_allowed and is_native and is_native() and is_in_onednn and is_in_onednn())
