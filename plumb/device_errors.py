"""What the errors of torch and of CUDA mean for a run: too little memory, a GPU that is lost, or neither."""

from __future__ import annotations

import sys

from plumb.models.base import StopRun

_NO_MEMORY = ("can't allocate memory", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED")


class DeviceLost(StopRun):
    """CUDA has failed in this process, and answers every later call with the same error: only a new process helps."""


def out_of_memory(error: Exception) -> bool:
    """Of the host, of a GPU (`torch.OutOfMemoryError`, whatever the version calls its module), of torch on the CPU."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY))
    )


def device_lost(error: Exception) -> DeviceLost | None:
    """What an error means for the run if it tells that CUDA does not work any more in this process."""
    if out_of_memory(error) or not isinstance(error, RuntimeError):
        return None
    if type(error).__name__ != "AcceleratorError" and "CUDA error" not in str(error):
        return None
    if _cuda_answers():
        return None  # the one call was wrong, such as a kernel that this image is too large for
    return DeviceLost(f"the GPU is lost to this process ({one_line(error)}): restart it, run this again for the rest")


def one_line(error: Exception) -> str:
    """An error in one line: what follows is advice to programmers."""
    return f"{type(error).__name__}: {error}".splitlines()[0]


def free_memory() -> None:
    """Give back what torch keeps for later: in pieces of the larger batch it does not fit the smaller one."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _cuda_answers() -> bool:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return False  # nobody can be asked: the error is taken at its word
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return False
    return True
