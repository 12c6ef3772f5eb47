"""Sublayer 1: the part that mixes rows, (batch, time, width) -> (batch, time, width).

A mixer is a module with a straight-line `forward`. Adding one is a file and a line in `REGISTRY`.
"""

from collections.abc import Callable

from torch import nn

from xfmr_lib.mixers.attention import Attention
from xfmr_lib.mixers.by_distance import (
    ContentDistanceAttention,
    DPFreeAttention,
    RelativeAttention,
    TMXAttention,
    UnnormalizedAttention,
)
from xfmr_lib.mixers.extractors import (
    AbsoluteExtractor,
    Extractor,
    LearnedScale,
    RMSExtractor,
    ScalarExtractor,
    VectorExtractor,
    inverse,
    inverse_sqrt,
)
from xfmr_lib.mixers.least_squares import Intention, MesaLayer
from xfmr_lib.mixers.linear import LinearAttention
from xfmr_lib.mixers.shaped import ShapedAttention
from xfmr_lib.mixers.subspace import MSSA

Maker = Callable[..., nn.Module]  # (width, window, heads, **options) -> mixer


def _without_heads(kind: Maker, **defaults) -> Maker:
    return lambda width, window, heads, **options: kind(width, window, **(defaults | options))


def _by_distance(kind: Maker) -> Maker:
    return lambda width, window, heads, **options: kind(width, heads, window, **options)


def _attention(width: int, window: int, heads: int, **options) -> nn.Module:
    if "relative" in options:
        return RelativeAttention(width, heads, window, **options)
    return Attention(width, heads, **options)


def _learned(width: int, window: int, heads: int, **options) -> nn.Module:
    return Extractor(width, window, LearnedScale(window), **options)


def _by_content(kind: Maker) -> Maker:
    return lambda width, window, heads, **options: kind(width, heads, **options)


REGISTRY: dict[str, Maker] = {
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
    "extractor_learned": _learned,
    "extractor_rms": _without_heads(RMSExtractor),
    "mssa": lambda width, window, heads, **options: MSSA(width, heads, **options),
    "linear_attention": _by_content(LinearAttention),
    "intention": _by_content(Intention),
    "mesa": _by_content(MesaLayer),
    "shaped": _by_content(ShapedAttention),
}


def build(name: str, width: int, window: int, heads: int = 1, **options) -> nn.Module:
    """Make the mixer `name` for rows of `width` and texts of up to `window` rows.

    Extractors have no heads and ignore the number. `options` go to the mixer's own constructor.
    Raises ValueError for an unknown name, naming the ones that exist. Taught in: chapter 09.
    """
    if name not in REGISTRY:
        raise ValueError(f"unknown mixer {name!r}; choose from {', '.join(sorted(REGISTRY))}")
    return REGISTRY[name](width, window, heads, **options)
