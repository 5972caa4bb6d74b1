"""Tell what has no wheel, and so needs a compiler, on each platform and with each Python: `make wheels`.

uv asks the package index which files there are of each pinned version; their names say what they are for.
"""

import subprocess
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).parents[1]
PYTHONS = ((3, 11), (3, 12), (3, 13), (3, 14))
GLIBC, MACOS = 28, 12  # the oldest for which the experiment needs no compiler
PURE = {"connection-pool", "swatch"}  # Python alone, and offered as source only: they need no compiler


def _linux(machine: str) -> tuple[dict[str, str], list[str]]:
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 4, -1)]
    platforms += [f"manylinux{old}_{machine}" for old in (2014, 2010, 1)]
    markers = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": machine}
    return markers, [*platforms, f"linux_{machine}"]


PLATFORMS = {
    f"Linux x86-64, glibc 2.{GLIBC}": _linux("x86_64"),
    f"Linux arm64, glibc 2.{GLIBC}": _linux("aarch64"),
    f"macOS {MACOS} arm64": (
        {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
        list(mac_platforms((MACOS, 0), "arm64")),
    ),
}


def without_wheel(
    packages: Sequence[Mapping[str, Any]], python: tuple[int, int], markers: Mapping[str, str], platforms: Sequence[str]
) -> list[str]:
    """List the packages that are to be compiled on a platform: wanted there, and without a wheel for it.

    Parameters
    ----------
    packages
        As in a pylock.toml: ``name``, ``version``, and perhaps ``marker`` and ``wheels`` with a ``name`` or ``url``.
    python
        Version of CPython.
    markers
        What tells the platform from others in an environment marker.
    platforms
        Its platform tags.

    Returns
    -------
    list of str
        ``name version`` each.
    """
    version = ".".join(map(str, python))
    environment = {**markers, "python_version": version, "python_full_version": f"{version}.0"}
    environment |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    fitting: set[Tag] = {*cpython_tags(python, platforms=platforms), *compatible_tags(python, platforms=platforms)}
    return [
        f"{package['name']} {package['version']}"
        for package in packages
        if package["name"] not in PURE
        and ("marker" not in package or Marker(package["marker"]).evaluate(environment))
        and not any(fitting & parse_wheel_filename(_name(wheel))[3] for wheel in package.get("wheels", ()))
    ]


def _name(wheel: Mapping[str, Any]) -> str:
    return wheel.get("name") or wheel["url"].rsplit("/", 1)[-1]


def files_of(requirements: Path) -> list[dict[str, Any]]:
    """Ask the index for the files of each pinned version."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "pylock.toml")
        command = [ROOT / ".venv/lock/bin/uv", "pip", "compile", "--quiet", "--universal", "--no-deps"]
        command += ["--python-version", "3.11", requirements, "--output-file", output]
        subprocess.run(command, check=True)
        return tomllib.loads(output.read_text())["packages"]


def main() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        packages = files_of(ROOT / name)
        print(f"{name}, {len(packages)} packages, of which a compiler is needed for")
        for platform, (markers, tags) in PLATFORMS.items():
            for python in PYTHONS:
                lacking = without_wheel(packages, python, markers, tags)
                print(f"  {platform}, Python {python[0]}.{python[1]}: {', '.join(lacking) or 'none'}")


if __name__ == "__main__":
    main()
