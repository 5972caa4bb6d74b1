"""Change the code in small ways, one at a time, and see whether its tests notice.

    python tests/mutants.py [module ...] [--number 12] [--seed 0]

Of every module of workflow/scripts, or of those named (`recommend`, `quality.metrics`), so many mutants are made, drawn
by the seed: a comparison flipped, an operator exchanged, a constant off by one, a statement dropped, two arguments
swapped, a condition turned round. Its tests are those that import it; of its `main`, also whole runs, of which every
cell is worked out again and every figure has to be there. Prints what survives, and a Markdown table at the end. Works
on copies of the project.
"""

import argparse
import ast
import concurrent.futures
import copy
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SCRIPTS = Path("workflow/scripts")
WHOLE = ("tests/workflow/test_cells.py", "tests/workflow/test_artefacts.py")  # runs with every number, every figure
TIMEOUT = 600  # seconds that the tests of a mutant may take; one that hangs has been noticed

_COMPARED = {ast.Lt: ast.LtE, ast.Gt: ast.GtE, ast.Eq: ast.NotEq, ast.In: ast.NotIn, ast.Is: ast.IsNot}
_COMPARED |= {after: before for before, after in _COMPARED.items()}
_OPERATED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
_OPERATED |= dict.fromkeys((ast.Div, ast.FloorDiv, ast.Mod, ast.Pow), ast.Mult)


class Mutant(NamedTuple):
    """A changed module, and what was changed where."""

    line: int
    function: str
    before: str
    after: str
    source: str


def changes(node: ast.AST) -> Iterator[Callable[[ast.AST], ast.AST]]:
    """List the ways to change a node; each changes a copy and returns it."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARED:
            yield lambda node: _set(node, ops=[_COMPARED[type(node.ops[0])]()])
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in _OPERATED:
            yield lambda node: _set(node, op=_OPERATED[type(node.op)]())
        case ast.BoolOp():
            yield lambda node: _set(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield lambda node: node.operand
        case ast.Constant(value=bool()):
            yield lambda node: _set(node, value=not node.value)
        case ast.Constant(value=int()):
            yield lambda node: _set(node, value=node.value + 1)
        case ast.Constant(value=float()):
            yield lambda node: _set(node, value=node.value * 1.5 + 0.1)
        case ast.If() | ast.IfExp() | ast.While():
            yield lambda node: _set(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.Expr(value=ast.Call()):
            yield lambda node: ast.Pass()
        case ast.Call(func=function, args=[first, second, *_]) if ast.dump(first) != ast.dump(second):
            if ast.unparse(function) in ("max", "min"):
                return  # whichever comes first
            yield lambda node: _set(node, args=[node.args[1], node.args[0], *node.args[2:]])


def _set(node: ast.AST, **fields: object) -> ast.AST:
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def _nodes(tree: ast.AST, function: str = "") -> Iterator[tuple[ast.AST, str, ast.AST, int | str]]:
    """Walk over what is worth changing: each node with its function, its parent, and its place there."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(name, value)]:
            if not isinstance(node, ast.AST) or _is_idle(node):
                continue
            inside = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else function
            yield node, inside, (value if isinstance(value, list) else tree), place
            yield from _nodes(node, inside)


def _is_idle(node: ast.AST) -> bool:
    """Tell what no test could or should notice: docstrings, logs, words of messages, what runs a script."""
    text = ast.unparse(node) if isinstance(node, ast.Expr | ast.If) else ""
    return text.startswith(("log.", "'", '"', "if __name__")) or isinstance(node, ast.JoinedStr)


def mutants(source: str) -> list[Mutant]:
    """List all mutants of a module."""
    found = []
    tree = ast.parse(source)
    for number, (node, function, _, _) in enumerate(_nodes(tree)):
        for way in range(len(list(changes(node)))):
            changed = copy.deepcopy(tree)
            original, _, parent, place = next(item for at, item in enumerate(_nodes(changed)) if at == number)
            before = ast.unparse(original)
            after = list(changes(original))[way](original)
            if isinstance(parent, list):
                parent[place] = after
            else:
                setattr(parent, place, after)
            ast.fix_missing_locations(changed)
            found.append(Mutant(getattr(node, "lineno", 0), function, before, ast.unparse(after), ast.unparse(changed)))
    return found


def _full_name(path: Path) -> str:
    """Name a module of workflow/scripts as it is imported."""
    return ".".join(path.relative_to(ROOT / SCRIPTS).with_suffix("").parts)


def _importers(module: str, folder: str, pattern: str) -> list[Path]:
    imports = re.compile(rf"^\s*(from {module} import|import {module}\b)", re.MULTILINE)
    return [path for path in sorted((ROOT / folder).rglob(pattern)) if imports.search(path.read_text())]


def tests_of(module: str, function: str) -> list[str]:
    """Name the tests of a module: those that import it, or else what imports it; for `main`, whole runs too."""
    tests = _importers(module, "tests", "test_*.py")
    if not tests:
        users = _importers(module, str(SCRIPTS), "*.py")
        tests = sorted({test for user in users for test in _importers(_full_name(user), "tests", "test_*.py")})
    # First what is most likely to notice.
    tests.sort(key=lambda path: path.stem != f"test_{module.rpartition('.')[2]}")
    own = [str(path.relative_to(ROOT)) for path in tests]
    return [*own, *WHOLE] if function == "main" or not own else own


def survives(folder: Path, module: str, mutant: Mutant) -> bool:
    """Tell whether the tests pass all the same, in a copy of the project."""
    path = folder / SCRIPTS / f"{module.replace('.', '/')}.py"
    whole = path.read_text()
    path.write_text(mutant.source)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests_of(module, mutant.function)]
    try:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "HYPOTHESIS_DATABASE_FILE": os.devnull}
        # Two mutants of a size within a second would share their compiled bytecode.
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        run = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT
        )
        return run.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_text(whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("modules", nargs="*", help="`recommend`, `quality.metrics`; all by default")
    parser.add_argument("--number", type=int, default=12, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    known = {_full_name(path) for path in (ROOT / SCRIPTS).rglob("*.py") if path.name != "__init__.py"}
    modules = [name if name in known else f"photopalette.{name}" for name in arguments.modules] or sorted(known)
    rows: dict[str, list[bool]] = {module: [] for module in modules}
    workers = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as base, concurrent.futures.ThreadPoolExecutor(workers) as pool:
        copies: queue.Queue[Path] = queue.Queue()
        ignored = shutil.ignore_patterns(".git", ".venv*", ".snakemake", "__pycache__", "results", ".hypothesis")
        for worker in range(workers):
            copies.put(Path(shutil.copytree(ROOT, Path(base, str(worker)), ignore=ignored, symlinks=True)))

        def attempt(module: str, mutant: Mutant) -> None:
            folder = copies.get()
            try:
                rows[module].append(survives(folder, module, mutant))
            finally:
                copies.put(folder)
            if rows[module][-1]:
                print(f"{module}:{mutant.line} in {mutant.function or 'the module'}:", flush=True)
                print(f"    {mutant.before.splitlines()[0]}  →  {mutant.after.splitlines()[0]}", flush=True)

        jobs = []
        for module in modules:
            everything = mutants((ROOT / SCRIPTS / f"{module.replace('.', '/')}.py").read_text())
            drawn = random.Random(f"{arguments.seed} {module}").sample(
                everything, min(arguments.number, len(everything))
            )
            jobs += [pool.submit(attempt, module, mutant) for mutant in drawn]
        for job in concurrent.futures.as_completed(jobs):
            job.result()
    print("\n| module | mutants | survived |\n|---|---|---|")
    for module, fates in rows.items():
        print(f"| `{module}` | {len(fates)} | {sum(fates)} |")
    print(f"| all | {sum(map(len, rows.values()))} | {sum(map(sum, rows.values()))} |")


if __name__ == "__main__":
    main()
