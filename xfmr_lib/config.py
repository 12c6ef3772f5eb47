"""Everything that fixes a model's shape, in one frozen dataclass.

Source: Radford et al. 2019 for the defaults and the published sizes. Taught in: chapter 03.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xfmr_lib import mixers, positions

POSITIONS = ("learned", "sinusoidal", "rotary", *positions.BIASES, "none")
WITH_QUERIES = ("attention", "attention_unnormalized")
BY_DISTANCE = ("attention_dp_free", "attention_tmx", "attention_content_distance")
NORMS = ("pre", "post", "none")
GPT2_SIZES = {  # layers, heads, width
    "small": (12, 12, 768),
    "medium": (24, 16, 1024),
    "large": (36, 20, 1280),
    "xl": (48, 25, 1600),
}


@dataclass(frozen=True)
class Config:
    """Everything that fixes a model's shape.

    vocabulary, window: tokens known, tokens seen at once. width: length of a row. hidden: width of
    the feed-forward sublayer, 4 * width unless given, 0 for none at all. position: learned |
    sinusoidal | rotary | none, or a bias by distance, log | linear | t5 | free. norm: pre | post |
    none. start: standard deviation of the maps and tables before training, GPT-2's 0.02 unless
    given; None takes 1/sqrt(width), which keeps a row's size at any width.
    options: passed on to the mixer's constructor.
    Raises ValueError, naming value and choices, for anything impossible.
    Worth remembering: `replace(config, mixer="ishe", position="none")` swaps the mixer, no more.
    """

    vocabulary: int
    window: int = 128
    width: int = 128
    layers: int = 4
    heads: int = 4
    mixer: str = "attention"
    position: str = "learned"
    norm: str = "pre"
    hidden: int | None = None
    bias: bool = True
    dropout: float = 0.0
    tie: bool = True
    start: float | None = 0.02
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        for name in ("vocabulary", "window", "width", "heads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.layers < 0:
            raise ValueError(f"layers must be at least 0, got {self.layers}")
        if self.mixer not in mixers.REGISTRY:
            raise ValueError(f"unknown mixer {self.mixer!r}; choose from {sorted(mixers.REGISTRY)}")
        if self.position not in POSITIONS:
            raise ValueError(f"unknown position {self.position!r}; choose from {POSITIONS}")
        if self.norm not in NORMS:
            raise ValueError(f"unknown norm {self.norm!r}; choose from {NORMS}")
        if self.position == "rotary" and self.mixer not in WITH_QUERIES:
            raise ValueError(
                f"rotary positions turn queries and keys, and {self.mixer!r} has none; "
                "use mixer='attention' or another position"
            )
        if self.position in positions.BIASES and self.mixer not in WITH_QUERIES + BY_DISTANCE:
            raise ValueError(
                f"{self.position!r} positions are biases of attention's scores, and {self.mixer!r} "
                f"has none; use one of {', '.join(WITH_QUERIES + BY_DISTANCE)}, or another position"
            )

    @classmethod
    def gpt2(cls, size: str = "small") -> "Config":
        """The shape of GPT-2: small 124,439,808 parameters, medium, large, xl.

        Source: Radford et al. 2019. Taught in: chapter 03.
        """
        if size not in GPT2_SIZES:
            raise ValueError(f"unknown GPT-2 size {size!r}; choose from {', '.join(GPT2_SIZES)}")
        layers, heads, width = GPT2_SIZES[size]
        return cls(vocabulary=50_257, window=1024, width=width, layers=layers, heads=heads)

    @property
    def start_deviation(self) -> float:
        """Standard deviation of the maps and tables before training."""
        return self.width**-0.5 if self.start is None else self.start

    def mixer_options(self) -> dict[str, Any]:
        """Options of the mixer, with those that follow from the rest of the configuration."""
        implied: dict[str, Any] = {}
        if self.mixer in WITH_QUERIES + BY_DISTANCE:
            implied["bias"] = self.bias
        if self.mixer in WITH_QUERIES:
            implied["dropout"] = self.dropout
        if self.position == "rotary":
            implied["rotate"] = positions.rotary
        if self.position in positions.BIASES:
            implied["relative"] = positions.BIASES[self.position]
        return implied | dict(self.options)
