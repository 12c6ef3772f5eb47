"""Are two printed outputs the same, as far as another processor can tell?

Words and integers must be equal. A float may differ by a thousandth of itself (and by 1e-6 near
zero). In `a ± b` the b must be printed the same, and the two a may differ by b. A number glued to
letters (`3x`, `v1.2`, `0x1f`) is a word; so are `nan` and `inf`.
"""

import math
import re

RELATIVE, ABSOLUTE = 1e-3, 1e-6
NUMBER = re.compile(r"((?<![\w.])[-+]?(?:\d+\.\d+|\.\d+|\d+)(?:[eE][-+]?\d+)?(?!\w|\.\d))")
PICTURE = re.compile(r"data:image/[^\"')\s]+")
DRAWN = re.compile(r'(?s)<script type="application/json">.*?</script>')  # by interactive.show


def same(one, other) -> bool:
    """Whether two texts agree in every word and, within tolerance, in every number."""
    one, other = _pieces(one), _pieces(other)
    if one[::2] != other[::2]:
        return False
    words, numbers = one[::2], list(zip(one[1::2], other[1::2]))
    for place, (a, b) in enumerate(numbers):
        if words[place].strip() == "±" and a != b:
            return False
        spread = numbers[place + 1][0] if words[place + 1].strip() == "±" else None
        if not _close(a, b, spread):
            return False
    return True


def _pieces(text) -> list[str]:
    """Words and numbers in turn, words first; runs of spaces beside a number count as one."""
    text = PICTURE.sub("data:image", text.replace("\N{MINUS SIGN}", "-"))
    pieces = NUMBER.split(DRAWN.sub("<script>", text))
    for place in range(0, len(pieces), 2):
        word = re.sub(r"^ +| +$", " ", pieces[place])
        pieces[place] = re.sub(r"\[ $", "[", re.sub(r"^ ]", "]", word))  # how numpy sets arrays
    return pieces


def _close(a, b, spread) -> bool:
    if a == b:
        return True
    if spread is not None:
        return abs(float(a) - float(b)) <= float(spread) * (1 + 1e-9)
    if a.lstrip("+-").isdigit() or b.lstrip("+-").isdigit():
        return False
    return math.isclose(float(a), float(b), rel_tol=RELATIVE, abs_tol=ABSOLUTE)
