"""Are two printed outputs the same, as far as another processor can tell?

Words and integers must be equal. A float may differ by a thousandth of itself (and by 1e-6 near
zero). In `a ± b` the b must be printed the same, and the two a may differ by b. A number glued to
letters (`3x`, `v1.2`, `0x1f`) is a word; so are `nan` and `inf`.
"""

import math
import re

RELATIVE, ABSOLUTE = 1e-3, 1e-6
_NUMBER = r"(?<![\w.])[-+]?(?:\d+\.\d+|\.\d+|\d+)(?:[eE][-+]?\d+)?(?!\w|\.\d)"
NUMBERS = re.compile(rf"( *)({_NUMBER})(?:( ?± ?)({_NUMBER}))?( *)")
PICTURE = re.compile(r"data:image/[^\"')\s]+")
DRAWN = re.compile(r'(?s)<script type="application/json">.*?</script>')  # by interactive.show


def same(one, other) -> bool:
    """Whether two texts agree in every word and, within tolerance, in every number."""
    one, other = _plain(one), _plain(other)
    if one == other:
        return True
    if _words(one) != _words(other):
        return False
    return all(map(_same_number, NUMBERS.finditer(one), NUMBERS.finditer(other)))


def _plain(text):
    text = PICTURE.sub("data:image", text.replace("\N{MINUS SIGN}", "-"))
    return DRAWN.sub("<script>", text)


def _words(text):
    """The text with a mark for each number; runs of spaces beside a number count as one."""

    def mark(match):
        before, _, plus_minus, _, after = match.groups()
        return (before and " ") + ("#±#" if plus_minus else "#") + (after and " ")

    marked = NUMBERS.sub(mark, text)
    return marked.replace("[ #", "[#").replace("# ]", "#]")  # how numpy sets arrays


def _same_number(one, other):
    value, spread = one[2], one[4]
    if spread is None:
        return _close(value, other[2])
    gap = abs(float(value) - float(other[2]))
    return spread == other[4] and gap <= float(spread) * (1 + 1e-9)


def _close(one, other):
    if one == other:
        return True
    if _whole(one) or _whole(other):
        return False
    return math.isclose(float(one), float(other), rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _whole(number):
    return number.lstrip("+-").isdigit()
