"""Where the lines of text on a canvas are."""

from itertools import combinations

from photopalette.figures.canvas import Canvas


def assert_legible(canvas: Canvas) -> None:
    """Check that no line is cut off by an edge or lies on another."""
    width, height = canvas.image.size
    boxes = [line.box for line in canvas.lines]
    for left, top, right, foot in boxes:
        assert 0 <= left < right <= width
        assert 0 <= top < foot <= height
    for one, other in combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
