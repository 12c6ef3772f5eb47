"""The Transformer on rows that are not tokens: pictures, sounds. Taught in: chapter 10."""

from collections.abc import Callable
from dataclasses import replace

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from xfmr_lib.mixers.base import Row, Rows
from xfmr_lib.transformer import Config, Transformer

Given = Float[Tensor, "batch time row_width"]
Batch = tuple[Given, Int[Tensor, " batch"]]  # rows, labels


def last_row(rows: Rows) -> Row:
    """The one row that a causal model lets see all the others."""
    return rows[:, -1]


def mean_row(rows: Rows) -> Row:
    """Every row has a say, the early ones without having seen the late ones."""
    return rows.mean(1)


class RowClassifier(Transformer):
    """Rows of numbers in, one score for each class (`config.vocabulary` of them) out.

        scores = unembed(readout(norm(f[m] o ... o f[1](embed(rows)))))

    A linear map takes the place of the table of tokens; all else is inherited.
    """

    def __init__(self, config: Config, row_width: int, readout: Callable[[Rows], Row] = last_row):
        super().__init__(replace(config, tie=False))
        self.readout = readout
        self.tokens = nn.Linear(row_width, config.width, bias=config.bias)
        nn.init.normal_(self.tokens.weight, std=row_width**-0.5)

    def embed(self, given: Given) -> Rows:
        return self.dropout(self.positions(self.tokens(given)))

    def forward(self, given: Given) -> Float[Tensor, "batch vocabulary"]:
        rows = self.embed(given)
        for block in self.blocks:
            rows = block(rows)
        return self.unembed(self.readout(self.norm(rows)))


def label_loss(model: nn.Module, batch: Batch) -> Float[Tensor, ""]:
    """Mean cross-entropy of the label, nats an example: - mean log p(label | rows)."""
    rows, labels = batch
    return F.cross_entropy(model(rows), labels)


def error_rate(model: nn.Module, batch: Batch) -> Float[Tensor, ""]:
    """Share of examples whose highest score is not the label's."""
    rows, labels = batch
    return (model(rows).argmax(-1) != labels).float().mean()
