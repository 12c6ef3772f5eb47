"""Are two printed outputs the same, as far as another processor can tell?

Words and integers must be equal. A float may differ by a thousandth of itself (and by 1e-6 near
zero). In `a ± b` the b must be printed the same, and the two a may differ by b. A number glued to
letters (`3x`, `v1.2`, `0x1f`) is a word; so are `nan` and `inf`.
"""

import math
import re

NUMBER = r"((?<![\w.])[-+]?(?:\d+\.\d+|\.\d+|\d+)(?:[eE][-+]?\d+)?(?!\w|\.\d))"
MEASURED = re.compile(rf"{NUMBER}(?: ± {NUMBER})?")
PICTURE = re.compile(r"data:image/[^\"')\s]+(?:\" width=\"\d+\" height=\"\d+)?")  # its size follows
DRAWN = re.compile(r'(?s)<script type="application/json">.*?</script>')  # by interactive.show


def same(one, other) -> bool:
    """Whether two texts agree in every word and, within tolerance, in every number."""
    (words, *one), (other_words, *other) = _pieces(one), _pieces(other)
    return words == other_words and one[1] == other[1] and all(map(_close, one[0], *other))


def _pieces(text):
    """Words, numbers, the ± of each number; runs of spaces beside a number count as one."""
    text = PICTURE.sub("data:image", text.replace("\N{MINUS SIGN}", "-"))
    pieces = MEASURED.split(DRAWN.sub("<script>", text))
    words = [re.sub(r"^ +| +$", " ", word) for word in pieces[::3]]
    words = [re.sub(r"\[ $", "[", re.sub(r"^ ]", "]", word)) for word in words]  # numpy's arrays
    return words, pieces[1::3], pieces[2::3]


def _close(a, b, spread) -> bool:
    if a == b:
        return True
    if spread:
        return abs(float(a) - float(b)) <= float(spread) * (1 + 1e-9)
    whole = a.lstrip("+-").isdigit() or b.lstrip("+-").isdigit()
    return not whole and math.isclose(float(a), float(b), rel_tol=1e-3, abs_tol=1e-6)
