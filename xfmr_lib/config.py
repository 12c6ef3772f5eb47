"""A model's shape. Source: Radford et al. 2019 (defaults, sizes). Taught in: chapter 03."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from xfmr_lib import mixers, positions

POSITIONS = ("learned", "sinusoidal", "rotary", *positions.BIASES, "none")
WITH_QUERIES = ("attention", "attention_unnormalized")
BY_DISTANCE = (*WITH_QUERIES, "attention_dp_free", "attention_tmx", "attention_content_distance")
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
        self._check_choice("mixer", sorted(mixers.REGISTRY))
        self._check_choice("position", POSITIONS)
        self._check_choice("norm", ("pre", "post", "none"))
        self._check_choice("block", ("sequential", "parallel", "sas", "sas_p"))
        if self.block != "sequential" and (self.norm == "post" or self.hidden == 0):
            raise ValueError(f"{self.block!r} blocks want norm='pre' or 'none' and hidden > 0")
        if self.position == "rotary" and self.mixer not in WITH_QUERIES:
            raise ValueError(
                f"rotary positions turn queries and keys, and {self.mixer!r} has none; "
                "use mixer='attention' or another position"
            )
        if self.position in positions.BIASES and self.mixer not in BY_DISTANCE:
            raise ValueError(
                f"{self.position!r} positions are biases of attention's scores, and {self.mixer!r} "
                f"has none; use one of {', '.join(BY_DISTANCE)}, or another position"
            )

    def _check_choice(self, name: str, choices: Collection[str]) -> None:
        if getattr(self, name) not in choices:
            raise ValueError(f"unknown {name} {getattr(self, name)!r}; choose from {choices}")

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
