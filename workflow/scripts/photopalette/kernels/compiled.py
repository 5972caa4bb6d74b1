"""Compile the loops of this room to machine code once, keep it, and call it: `python -m photopalette.kernels.compiled`.

Importing numba takes a job longer than most fits, so that it is used to compile only: for the plainest processor of
the kind, which makes the code, like its results, the same everywhere. What is kept is loaded in a few milliseconds.
"""

import ctypes
import fcntl
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from photopalette.files.writing import write_whole

_SOURCE = Path(__file__).with_name("loops.py")
_KERNELS = ("lloyd", "swap", "rank", "moved", "dither", "ssim", "delta_e", "distances")
_DTYPES = ("float64", "float32", "int32", "uint8")
_OUTSIDE = ("atan2", "bzero", "exp", "memcpy", "memmove", "memset", "sin", "sqrt")  # all that the machine code may call


def call(name: str, *arguments: int | float | np.ndarray) -> float:
    """Call a kernel with integers, floats, and arrays, which it takes as they lie in memory.

    Raises
    ------
    TypeError
        If an array is not contiguous, or holds anything but float64, float32, int32 and uint8.
    """
    kinds, values = [], []
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            if not argument.flags.c_contiguous or argument.dtype not in _DTYPES:
                raise TypeError(f"kernels take contiguous arrays of {', '.join(_DTYPES)}, not {argument.dtype}")
            kinds.append(ctypes.c_void_p)
            values.append(argument.ctypes.data)
        else:
            kinds.append(ctypes.c_double if isinstance(argument, float) else ctypes.c_int64)
            values.append(argument)
    return ctypes.CFUNCTYPE(ctypes.c_double, *kinds)(_code().get_function_address(name))(*values)


@cache
def _code() -> Any:
    """Load the kernels, compiling them first where no folder has them."""
    # Here and below, as modules that only pass this one on need not wait for it.
    import llvmlite.binding as llvm

    code = kept(_folders())
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    library = ctypes.CDLL(None)
    for name in _OUTSIDE:
        llvm.add_symbol(name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _plainest_processor())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def kept(folders: Sequence[Path], build: Callable[[], bytes] | None = None) -> bytes:
    """Read the compiled kernels from the first folder that has them; else compile them, and keep them if possible.

    What was only half written, or has been damaged since, counts as missing.
    """
    import llvmlite.binding as llvm

    build = build or compile_kernels
    # Without the ends of their last lines, which files that Snakemake fetches from GitHub lack.
    version = hashlib.sha256(b"\n".join(file.read_bytes().rstrip() for file in (_SOURCE, Path(__file__))))
    made_by = [metadata.version(name) for name in ("llvmlite", "numba")]
    version.update(f"{made_by} {llvm.get_process_triple()}".encode())
    name = f"kernels-{version.hexdigest()[:32]}"
    for folder in folders:
        if code := _read(folder / name):
            return code
    code = None
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder):
                # Another job may have compiled them while this one waited.
                if compiled := _read(folder / name):
                    return compiled
                code = code or build()
                write_whole(folder / name, hashlib.sha256(code).digest() + code, 0o644)
                return code
        except OSError:
            continue  # a folder that can't be written to, or a full disk
    return code or build()


def _folders() -> list[Path]:
    """Name where compiled code may be: in the environment, or else in the user's cache, if the user has a home."""
    cached = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folders = (os.path.join(sys.prefix, "share"), cached)
    return [Path(folder, "photo-palette-study") for folder in folders if os.path.isabs(folder)]


def _read(path: Path) -> bytes | None:
    """Read what was kept; None if it is not there or not whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, code = content[:32], content[32:]
    return code if code and hashlib.sha256(code).digest() == digest else None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes out of a folder, where its file system has locks."""
    with (folder / "lock").open("w") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def compile_kernels() -> bytes:
    """Compile the kernels: an object file, with each kernel under its own name."""
    import llvmlite.binding as llvm

    # Before numba looks at the processor. What it fuses and in which order it adds is no matter of its kind then.
    os.environ.update(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="")
    import photopalette.kernels.loops as kernels

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    whole = llvm.parse_assembly("")
    for name in _KERNELS:
        kernel = getattr(kernels, name)
        module = llvm.parse_assembly(kernel.inspect_llvm())
        module.get_function(kernel.native_name).name = name
        whole.link_in(module)
    for part in (*whole.functions, *whole.global_variables):
        if not part.is_declaration and part.name not in _KERNELS:
            part.linkage = "internal"
    # Now that no other code can call the parts, it shows that none of them fails, and what numba would do then goes.
    processor = _plainest_processor()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.slp_vectorization = True  # several square roots at once
    passes = llvm.create_pass_builder(processor, options)
    passes.getModulePassManager().run(whole, passes)
    # The loader would let it call what isn't there, at address 0.
    declared = {part.name for part in whole.functions if part.is_declaration and not part.name.startswith("llvm.")}
    if called := declared - set(_OUTSIDE):
        raise RuntimeError(f"kernels can't call {', '.join(sorted(called))}")
    return processor.emit_object(whole)


def _plainest_processor() -> Any:
    import llvmlite.binding as llvm

    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(cpu="generic", opt=3)


if __name__ == "__main__":
    kept(_folders())
