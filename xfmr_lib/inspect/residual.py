"""The trace of every row through the layers: what the stream held, and what each sublayer added.

Source: the residual-stream view of Elhage et al. 2021. Taught in: chapter 03.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from xfmr_lib.transformer import Tokens, Transformer


@dataclass(frozen=True)
class Trace:
    """One run of a text through a model: the stream after each stage, and what each one added.

    names: "embedding", then "layer 1 mix", "layer 1 feed", "layer 2 mix", ...
    updates: rows[k + 1] - rows[k]; without post-norm that is the sublayer's own output.
    """

    names: list[str]
    rows: Float[Tensor, "stages batch time width"]
    updates: Float[Tensor, "updates batch time width"]
    logits: Float[Tensor, "batch time vocabulary"]


@torch.no_grad()
def trace(model: Transformer, tokens: Tokens) -> Trace:
    """Run the model once, dropout off; rows[0] + updates.sum(0) = rows[-1].

    Raises ValueError for blocks whose parts do not follow one another.
    """
    if model.config.block != "sequential":
        raise ValueError(f"{model.config.block!r} blocks have no stage between mix and feed")
    training = model.training
    model.eval()
    names, rows = ["embedding"], [model.embed(tokens)]
    for number, block in enumerate(model.blocks, start=1):
        for part in ("mix", "feed"):
            names.append(f"layer {number} {part}")
            rows.append(getattr(block, part)(rows[-1]))
    logits = model.unembed(model.norm(rows[-1]))
    model.train(training)
    stream = torch.stack(rows)
    return Trace(names, stream, stream.diff(dim=0), logits)
