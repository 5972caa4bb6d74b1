"""Compile kernels to machine code once, keep it, and call it.

``python -m photopalette.kernels.compiled`` compiles all of them. Importing numba takes longer than most fits, so it is
used to compile only: for the most basic processor of the kind, which makes the code, like its results, the same
everywhere. What is kept is loaded in a few milliseconds.
"""

import ctypes
import fcntl
import hashlib
import importlib
import inspect
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
from photopalette.kernels.signatures import SIGNATURES, Signature
from photopalette.run.digest import modules

_FOLDER = Path(__file__).parent
_OUTSIDE = ("atan2", "bzero", "exp", "memcpy", "memmove", "memset", "sin", "sqrt")  # all that the machine code may call


def call(module: str, name: str, /, **arguments: int | float | np.ndarray) -> float | None:
    """Call a kernel.

    Parameters
    ----------
    module
        Full name of the kernel's module, so that scripts are known to depend on it: ``photopalette.kernels.<subject>``.
    name
        Name of the kernel.
    **arguments
        As the table in signatures.py has them; arrays are passed as they lie in memory.

    Raises
    ------
    TypeError
        If an argument is missing, unknown or not of its type.
    ValueError
        If the shapes of the arrays do not agree.
    """
    signature, function = _function(module, name)
    try:
        words = signature.pack(arguments)
    except (TypeError, ValueError) as error:
        raise type(error)(f"kernel {name}: {error}") from None
    return function(words)


@cache
def _function(module: str, name: str) -> tuple[Signature, Callable[[bytes], float | None]]:
    """Look up a kernel's signature and its machine code."""
    signature = SIGNATURES[_subject(module)][name]
    prototype = ctypes.CFUNCTYPE(ctypes.c_double if signature.returns else None, ctypes.c_char_p)
    return signature, prototype(_load(module).get_function_address(name))


def _subject(module: str) -> str:
    return module.rpartition(".")[2]


@cache
def _load(module: str) -> Any:
    """Load the kernels of a module, compiling them first where no folder has them."""
    # Imported here and below, so that importing this module is fast.
    import llvmlite.binding as llvm

    code = load_or_compile(module, _folders())
    library = ctypes.CDLL(None)
    for name in _OUTSIDE:
        llvm.add_symbol(name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _generic_processor())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def load_or_compile(module: str, folders: Sequence[Path]) -> bytes:
    """Read a module's machine code from the first folder that has it, or else compile it, and keep it if possible.

    Incomplete and damaged files count as missing.
    """
    import llvmlite.binding as llvm

    version = hashlib.sha256(_sources(module))
    made_by = [metadata.version(name) for name in ("llvmlite", "numba")]
    version.update(f"{made_by} {llvm.get_process_triple()}".encode())
    name = f"kernels-{_subject(module)}-{version.hexdigest()[:32]}"
    for folder in folders:
        if code := _read(folder / name):
            return code
    code = None
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _locked(folder):
                # Another job may have compiled them while this one waited.
                if compiled := _read(folder / name):
                    return compiled
                code = code or compile_kernels(module)
                write_whole(folder / name, hashlib.sha256(code).digest() + code, 0o644)
                return code
        except OSError:  # a folder that can't be written to, or a full disk
            continue
    return code or compile_kernels(module)


def _sources(module: str) -> bytes:
    """Read all that machine code is made from: its module, what that imports from this room, and what compiles it."""
    names, left = {"compiled", "signatures"}, [_subject(module)]
    while left:
        if (name := left.pop()) not in names:
            names.add(name)
            left += [Path(file).stem for file in modules(_FOLDER.joinpath(f"{name}.py").read_text("utf-8"))]
    # Without the ends of their last lines, which files that Snakemake fetches from GitHub lack.
    return b"\n".join(_FOLDER.joinpath(f"{name}.py").read_bytes().rstrip() for name in sorted(names))


def _folders() -> list[Path]:
    """List the folders for compiled code: in the environment, and in the user's cache if the user has a home."""
    cached = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folders = (os.path.join(sys.prefix, "share"), cached)
    return [Path(folder, "photo-palette-study") for folder in folders if os.path.isabs(folder)]


def _read(path: Path) -> bytes | None:
    """Read the machine code in a file; None if it is missing or damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, code = content[:32], content[32:]
    return code if code and hashlib.sha256(code).digest() == digest else None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock a folder against other processes, if its file system has locks."""
    with (folder / "lock").open("w") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def compile_kernels(module: str) -> bytes:
    """Compile the kernels of a module: an object file, with each kernel under its own name."""
    import llvmlite.binding as llvm

    # Before numba detects the processor, so that neither fused operations nor the order of sums depend on it.
    os.environ.update(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="")
    kernels, signatures = importlib.import_module(module), SIGNATURES[_subject(module)]
    whole = llvm.parse_assembly("")
    for name, signature in signatures.items():
        kernel = getattr(kernels, name)
        if list(inspect.signature(kernel.py_func).parameters) != [argument.name for argument in signature.arguments]:
            raise TypeError(f"the parameters of {name} in {kernels.__file__} are not those of signatures.py")
        wrapper = _wrap(kernel, signature)
        part = llvm.parse_assembly(wrapper.inspect_llvm())
        part.get_function(wrapper.native_name).name = name
        whole.link_in(part)
    for number, part in enumerate((*whole.functions, *whole.global_variables)):
        if not part.is_declaration and part.name not in signatures:
            part.linkage = "internal"
            part.name = f"part{number}"  # numba's names depend on what it has compiled before
    # Once the parts are internal, the optimizer can tell that none of them fails, and removes numba's error handling.
    processor = _generic_processor()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.slp_vectorization = True  # several square roots at once
    passes = llvm.create_pass_builder(processor, options)
    passes.getModulePassManager().run(whole, passes)
    # The loader would resolve an unknown function to address 0.
    declared = {part.name for part in whole.functions if part.is_declaration and not part.name.startswith("llvm.")}
    if called := declared - set(_OUTSIDE):
        raise RuntimeError(f"kernels can't call {', '.join(sorted(called))}")
    return processor.emit_object(whole)


def _wrap(kernel: Callable[..., float | None], signature: Signature) -> Any:
    """Make a C function that calls a kernel with the arguments that :meth:`Signature.pack` has packed."""
    from llvmlite import ir
    from numba import carray, cfunc, types
    from numba.extending import intrinsic

    word = ir.IntType(64)
    kinds = [
        getattr(types, argument.type)
        if argument.shape is None
        else types.Array(getattr(types, argument.type), len(argument.shape), "C")
        for argument in signature.arguments
    ]

    @intrinsic
    def unpack(_, packed):
        def generate(context, builder, _, arguments):
            place, known, values = 0, {}, []

            def read(kind):
                nonlocal place
                address = builder.gep(arguments[0], [word(place)])
                place += 1
                return builder.load(builder.bitcast(address, context.get_value_type(kind).as_pointer()))

            for argument, kind in zip(signature.arguments, kinds, strict=True):
                if argument.shape is None:
                    values.append(read(kind))
                    continue
                pointer, shape = types.CPointer(kind.dtype), types.UniTuple(types.int64, kind.ndim)
                data, sizes = read(pointer), []
                for size in argument.shape:
                    # Sizes that are constant, or were read before, save multiplications at every index.
                    found = known.setdefault(size, read(types.int64))
                    sizes.append(found if size.symbol else word(size.more))
                sizes = context.make_tuple(builder, shape, sizes)
                values.append(context.compile_internal(builder, carray_of, kind(pointer, shape), [data, sizes]))
            return context.make_tuple(builder, types.Tuple(kinds), values)

        return types.Tuple(kinds)(packed), generate

    def carray_of(data, shape):
        return carray(data, shape)

    def wrapper(packed):
        return kernel(*unpack(packed))

    returned = types.float64 if signature.returns else types.void
    return cfunc(returned(types.CPointer(types.int64)), error_model="numpy")(wrapper)


def _generic_processor() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(cpu="generic", opt=3)


if __name__ == "__main__":
    for subject in SIGNATURES:
        load_or_compile(f"{__spec__.parent}.{subject}", _folders())
