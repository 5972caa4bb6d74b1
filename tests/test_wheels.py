"""What has to be compiled is told by the names of the files there are."""

import pytest
from wheels import PLATFORMS, without_wheel

LINUX, ARM, MACOS = PLATFORMS


def package(*files, **more):
    wheels = [{"url": f"index/{file}"} for file in files]
    return {"name": "tool", "version": "1.0", "wheels": wheels, **more}


@pytest.mark.parametrize(
    ("file", "fits"),
    [
        ("tool-1.0-py3-none-any.whl", {LINUX, ARM, MACOS}),
        ("tool-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", {LINUX}),
        ("tool-1.0-cp312-cp312-manylinux_2_28_aarch64.whl", {ARM}),
        ("tool-1.0-cp38-abi3-macosx_11_0_arm64.whl", {MACOS}),
        ("tool-1.0-cp312-cp312-macosx_10_13_universal2.whl", {MACOS}),
        ("tool-1.0-cp312-cp312-macosx_10_13_x86_64.whl", set()),
        ("tool-1.0-cp312-cp312-musllinux_1_2_x86_64.whl", set()),
        ("tool-1.0-cp312-cp312-manylinux_2_39_x86_64.whl", set()),
        ("tool-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", set()),
        ("tool-1.0-cp312-cp312-win_amd64.whl", set()),
    ],
)
def test_a_wheel_is_for_the_platforms_in_its_name(file, fits):
    found = {name for name, platform in PLATFORMS.items() if not without_wheel([package(file)], (3, 12), *platform)}
    assert found == fits


def test_what_is_offered_as_source_alone_is_to_be_compiled():
    assert without_wheel([package()], (3, 12), *PLATFORMS[LINUX]) == ["tool 1.0"]
    assert without_wheel([package() | {"name": "swatch"}], (3, 12), *PLATFORMS[LINUX]) == []


@pytest.mark.parametrize(
    ("marker", "wanted"),
    [
        ("sys_platform == 'win32'", set()),
        ("sys_platform == 'darwin'", {MACOS}),
        ("platform_machine == 'aarch64' or platform_machine == 'x86_64'", {LINUX, ARM}),
        ("python_version >= '3.12'", {LINUX, ARM, MACOS}),
        ("python_version >= '3.13'", set()),
    ],
)
def test_what_a_platform_has_no_use_for_is_not_missed(marker, wanted):
    found = {name for name, at in PLATFORMS.items() if without_wheel([package(marker=marker)], (3, 12), *at)}
    assert found == wanted
