"""Pages, figures, messages and documents write apostrophes and percentages in one way, and numbers with their units."""

import re

import pytest

from project import ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("*/*.md")]
PROGRAMS = [path for path in (ROOT / "workflow").rglob("*") if path.suffix in (".py", ".smk", ".rst", ".yaml")]
PAGES = [path for path in (ROOT / "workflow/templates").rglob("*") if path.suffix in (".html", ".js")]


def found(pattern, paths):
    """List where a pattern is found: file, line and text."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:90]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(pattern, line)
    ]


def test_there_is_one_apostrophe():
    assert len(DOCUMENTS) > 10
    assert len(PROGRAMS) > 80
    assert found("[\u2018\u2019]|&[lr]squo;", [*DOCUMENTS, *PROGRAMS, *PAGES]) == []


def test_a_percentage_has_a_space_before_its_sign():
    in_colors = r"\b(rgb|hsl|hwb|lab|lch|oklab|oklch|color|calc)\(|`"
    assert [line for line in found(r"\d%(?!\w)", DOCUMENTS) if not re.search(in_colors, line)] == []
    # The format of a share, as in 31.2%.
    assert found(r":[^{}\"']*%\}", PROGRAMS) == []


# formats.js writes files for other programs, in which a no-break space may not be known.
@pytest.mark.parametrize("path", [path for path in PAGES if path.name != "formats.js"], ids=lambda path: path.name)
def test_no_line_breaks_between_a_number_and_its_unit(path):
    """What is printed by an expression of a template is joined by ``pages.html.keep_together``."""
    assert found(r"(\d|\}) (%(?![\w}(])|[kM]?B\b|dB\b)", [path]) == []
