"""Sublayer 1: the part that mixes rows, (batch, time, width) -> (batch, time, width).

A mixer is a module with a straight-line `forward`. Adding one is a file and a line in `REGISTRY`.
"""

from collections.abc import Callable

from torch import nn

from xfmr_lib.mixers.attention import Attention
from xfmr_lib.mixers.dp_free import ContentDistanceAttention, DPFreeAttention, TMXAttention
from xfmr_lib.mixers.extractors import AbsoluteExtractor, Extractor, inverse_sqrt
from xfmr_lib.mixers.reduced import ScalarExtractor, VectorExtractor
from xfmr_lib.mixers.relative import RelativeAttention, UnnormalizedAttention
from xfmr_lib.mixers.scalings import LearnedScale, RMSExtractor, inverse


def _without_heads(kind: Callable[..., nn.Module], **defaults) -> Callable[..., nn.Module]:
    return lambda width, window, heads, **options: kind(width, window, **(defaults | options))


def _by_distance(kind: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    return lambda width, window, heads, **options: kind(width, heads, window, **options)


def _attention(width: int, window: int, heads: int, **options) -> nn.Module:
    if "relative" in options:
        return RelativeAttention(width, heads, window, **options)
    return Attention(width, heads, **options)


# name -> how to make it from (width, window, heads, **options)
REGISTRY: dict[str, Callable[..., nn.Module]] = {
    "attention": _attention,
    "attention_dp_free": _by_distance(DPFreeAttention),
    "attention_unnormalized": _by_distance(UnnormalizedAttention),
    "attention_tmx": _by_distance(TMXAttention),
    "attention_content_distance": _by_distance(ContentDistanceAttention),
    "she": _without_heads(Extractor),
    "ishe": _without_heads(Extractor, scaling=inverse_sqrt),
    "she_absolute": _without_heads(AbsoluteExtractor),
    "ishe_absolute": _without_heads(AbsoluteExtractor, scaling=inverse_sqrt),
    "vector_extractor": _without_heads(VectorExtractor),
    "scalar_extractor": _without_heads(ScalarExtractor),
    "extractor_inverse": _without_heads(Extractor, scaling=inverse),
    "extractor_learned": lambda width, window, heads, **options: Extractor(
        width, window, LearnedScale(window), **options
    ),
    "extractor_rms": _without_heads(RMSExtractor),
}


def build(name: str, width: int, window: int, heads: int = 1, **options) -> nn.Module:
    """Make the mixer `name` for rows of `width` and texts of up to `window` rows.

    Extractors have no heads and ignore the number. `options` go to the mixer's own constructor:
    `bias`, `head_width` and `relative` (a bias by distance) for attention and its relatives,
    `dropout` and `rotate` where there are queries, `scaling` and `method` for Extractors.
    Raises ValueError for an unknown name, naming the ones that exist.
    Taught in: chapter 09.
    """
    if name not in REGISTRY:
        raise ValueError(f"unknown mixer {name!r}; choose from {', '.join(sorted(REGISTRY))}")
    return REGISTRY[name](width, window, heads, **options)
