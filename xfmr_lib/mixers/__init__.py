"""Sublayer 1: the part that mixes rows, (batch, time, width) -> (batch, time, width).

A mixer is a module with a straight-line `forward`. Adding one is a file and a line in `REGISTRY`.
"""

from collections.abc import Callable

from torch import nn

from xfmr_lib.mixers.attention import Attention
from xfmr_lib.mixers.extractors import AbsoluteExtractor, Extractor, inverse_sqrt, unscaled
from xfmr_lib.mixers.reduced import ScalarExtractor, VectorExtractor
from xfmr_lib.mixers.scalings import LearnedScale, RMSExtractor, inverse

# name -> how to make it from (width, window, heads, **options)
REGISTRY: dict[str, Callable[..., nn.Module]] = {
    "attention": lambda width, window, heads, **options: Attention(width, heads, **options),
    "she": lambda width, window, heads, scaling=unscaled, **options: Extractor(
        width, window, scaling, **options
    ),
    "ishe": lambda width, window, heads, scaling=inverse_sqrt, **options: Extractor(
        width, window, scaling, **options
    ),
    "extractor_inverse": lambda width, window, heads, **options: Extractor(
        width, window, inverse, **options
    ),
    "extractor_learned": lambda width, window, heads, **options: Extractor(
        width, window, LearnedScale(window), **options
    ),
    "extractor_rms": lambda width, window, heads, **options: RMSExtractor(width, window, **options),
    "she_absolute": lambda width, window, heads, scaling=unscaled: AbsoluteExtractor(
        width, window, scaling
    ),
    "ishe_absolute": lambda width, window, heads, scaling=inverse_sqrt: AbsoluteExtractor(
        width, window, scaling
    ),
    "vector_extractor": lambda width, window, heads, **options: VectorExtractor(
        width, window, **options
    ),
    "scalar_extractor": lambda width, window, heads, **options: ScalarExtractor(
        width, window, **options
    ),
}


def build(name: str, width: int, window: int, heads: int = 1, **options) -> nn.Module:
    """Make the mixer `name` for rows of `width` and texts of up to `window` rows.

    Extractors have no heads and ignore the number. `options` go to the mixer's own constructor:
    `bias`, `dropout` and `rotate` for attention, `scaling` and `method` for Extractors.
    Raises ValueError for an unknown name, naming the ones that exist.
    Taught in: chapter 09.
    """
    if name not in REGISTRY:
        raise ValueError(f"unknown mixer {name!r}; choose from {', '.join(sorted(REGISTRY))}")
    return REGISTRY[name](width, window, heads, **options)
