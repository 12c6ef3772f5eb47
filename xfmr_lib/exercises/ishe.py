"""Check for an exercise of chapter 09: iSHE written by the reader."""

import torch

from xfmr_lib.exercises.answers import draw, judge


def check_ishe(answer) -> bool:
    """Check answer(x, extraction, adjustment) -> y against iSHE.

    x, y: (time, width); extraction: (time, width, width), by distance; adjustment: (width, width).
    """
    x, extraction, adjustment = given = tuple(draw(9, (6, 3), (6, 3, 3), (3, 3)))

    def she(index):
        rows = [sum(x[j] @ extraction[index(i, j)] for j in range(i + 1)) for i in range(6)]
        return (x @ adjustment) * torch.stack(rows)

    relative, by_place = she(lambda i, j: i - j), she(lambda i, j: j)
    count = torch.arange(1, 7)[:, None]
    infinite = "some numbers are not finite. Did you start i at 0? 1/sqrt(0) is infinite"
    mistakes = [
        (relative / (count - 1).sqrt(), infinite),
        (relative, "the factor 1/sqrt(i) is missing; this is SHE"),
        (relative / count, "you divided by i; iSHE divides by sqrt(i)"),
        (by_place / count.sqrt(), "you used matrix j for row j; the relative index is i - j"),
    ]
    return judge(answer, given, relative / count.sqrt(), mistakes, "it equals the library's.")
