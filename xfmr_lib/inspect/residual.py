"""The trace of every row through the layers: what the stream held, and what each sublayer added.

Source: the residual-stream view of Elhage et al. 2021. Taught in: chapter 03.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from xfmr_lib.transformer import Transformer


@dataclass(frozen=True)
class Trace:
    """One run of a text through a model, kept stage by stage.

    names: "embedding", then "layer 1 mix", "layer 1 feed", "layer 2 mix", ...
    rows: the stream after each stage; rows[0]: the text as a matrix.
    updates: what each sublayer added, rows[k + 1] - rows[k]; for pre-norm and bare residuals that
    is the sublayer's own output.
    """

    names: list[str]
    rows: Float[Tensor, "stages batch time width"]
    updates: Float[Tensor, "updates batch time width"]
    logits: Float[Tensor, "batch time vocabulary"]


@torch.no_grad()
def trace(model: Transformer, tokens: Int[Tensor, "batch time"]) -> Trace:
    """Run the model once and keep the rows after the embedding and after every sublayer.

    Dropout is off; the model is left as it was.
    Worth remembering: rows[0] + updates.sum(0) = rows[-1], the whole computation as one sum.
    """
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


@torch.no_grad()
def logit_lens(
    model: Transformer, rows: Float[Tensor, "*any width"]
) -> Float[Tensor, "*any vocabulary"]:
    """Read rows of any stage as if they were the last: log-probabilities of the next token.

        log softmax(unembed(norm(row)))

    Source: nostalgebraist 2020, "the logit lens".
    Worth remembering: it asks early layers a question they were not trained to answer.
    """
    return model.unembed(model.norm(rows)).log_softmax(-1)
