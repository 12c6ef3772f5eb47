"""A model's shape. Source: Radford et al. 2019 (defaults, sizes). Taught in: chapter 03."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from xfmr_lib import mixers, positions

CHOICES = {
    "mixer": mixers.REGISTRY,
    "position": ("learned", "sinusoidal", "rotary", *positions.BIASES, "none"),
    "norm": ("pre", "post", "none"),
    "block": ("sequential", "parallel", "sas", "sas_p"),
}
WITH_QUERIES = ("attention", "attention_unnormalized")
BY_DISTANCE = (*WITH_QUERIES, "attention_dp_free", "attention_tmx", "attention_content_distance")
TAKEN_BY = {"rotary": WITH_QUERIES} | dict.fromkeys(positions.BIASES, BY_DISTANCE)
GPT2_SIZES = {  # layers, heads, width
    "small": (12, 12, 768),
    "medium": (24, 16, 1024),
    "large": (36, 20, 1280),
    "xl": (48, 25, 1600),
}


@dataclass(frozen=True)
class Config:
    """Everything that fixes a model's shape.

    hidden: width of the feed-forward sublayer, 4 * width unless given, 0 for none at all. position:
    learned | sinusoidal | rotary | none, or a bias by distance, log | linear | t5 | free. norm: pre
    | post | none. block: sequential | parallel | sas | sas_p. start: standard deviation of maps and
    tables before training; None takes 1/sqrt(width), which keeps a row's size at any width.
    options: for the mixer's constructor.
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
    block: str = "sequential"
    hidden: int | None = None
    bias: bool = True
    dropout: float = 0.0
    tie: bool = True
    start: float | None = 0.02
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        for name in ("vocabulary", "window", "width", "heads", "layers"):
            least = 0 if name == "layers" else 1
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        for name, choices in CHOICES.items():
            if (given := getattr(self, name)) not in choices:
                raise ValueError(f"unknown {name} {given!r}; choose from {', '.join(choices)}")
        if self.block != "sequential" and (self.norm == "post" or self.hidden == 0):
            raise ValueError(f"{self.block!r} blocks want norm='pre' or 'none' and hidden > 0")
        fitting = TAKEN_BY.get(self.position, mixers.REGISTRY)
        if self.mixer not in fitting:
            raise ValueError(
                f"{self.position!r} positions do not fit {self.mixer!r}; use one of the mixers "
                f"{', '.join(fitting)}, or another position"
            )

    @classmethod
    def gpt2(cls, size: str = "small") -> "Config":
        """The shape of GPT-2: small 124,439,808 parameters, medium, large, xl."""
        if size not in GPT2_SIZES:
            raise ValueError(f"unknown GPT-2 size {size!r}; choose from {', '.join(GPT2_SIZES)}")
        layers, heads, width = GPT2_SIZES[size]
        return cls(vocabulary=50_257, window=1024, width=width, layers=layers, heads=heads)

    def make_mixer(self) -> nn.Module:
        """A new mixer, with the options that follow from the rest of the configuration."""
        options: dict[str, Any] = {}
        if self.mixer in BY_DISTANCE:
            options["bias"] = self.bias
        if self.mixer in WITH_QUERIES:
            options["dropout"] = self.dropout
        if self.position == "rotary":
            options["rotate"] = positions.rotary
        if self.position in positions.BIASES:
            options["relative"] = positions.BIASES[self.position]
        options |= self.options
        return mixers.build(self.mixer, self.width, self.window, self.heads, **options)
