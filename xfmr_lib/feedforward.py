"""Sublayer 2: the part that works on each row alone. Taught in: chapters 03, 18."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

Rows = Float[Tensor, "*rows width"]


class MLP(nn.Module):
    """Two linear maps with a smooth bend between them, applied to every row separately.

        y_i = gelu(x_i W_1 + b_1) W_2 + b_2

    Worth remembering: no row sees another here; two thirds of a GPT-2 block's weights live here.
    Source: Vaswani et al. 2017, equation 2, with GPT-2's GELU in its tanh form in place of ReLU.
    """

    def __init__(self, width: int, hidden: int, bias: bool = True):
        super().__init__()
        self.expand = nn.Linear(width, hidden, bias=bias)
        self.bend = nn.GELU(approximate="tanh")
        self.contract = nn.Linear(hidden, width, bias=bias)

    def forward(self, x: Rows) -> Rows:
        return self.contract(self.bend(self.expand(x)))


class TopGate(nn.Module):
    """A row's share of each expert: softmax over its `active` highest scores, else exactly zero."""

    def __init__(self, width: int, experts: int, active: int):
        super().__init__()
        if not 1 <= active <= experts:
            raise ValueError(
                f"a row runs through {active} of {experts} experts; "
                "take active from 1 to the number of experts"
            )
        self.scores, self.active = nn.Linear(width, experts, bias=False), active

    def forward(self, x: Rows) -> Float[Tensor, "*rows experts"]:
        scores = self.scores(x)
        highest, chosen = scores.topk(self.active)
        return torch.zeros_like(scores).scatter(-1, chosen, highest.softmax(-1))


class MixtureOfExperts(nn.Module):
    """Many MLPs of which each row runs through few: a sparse mask, computed from the row.

        y_i = sum over e of g_ie MLP_e(x_i),    g_i = softmax(keep_top(x_i W_g, active))

    hidden: width of one expert. An expert works on its own rows alone, so a row costs
    width * (experts + 2 * active * hidden) multiplications, however many experts there are. Raises
    ValueError unless 1 <= active <= experts. Worth remembering: with active = 1 every kept share
    is 1, and the gate learns nothing.
    Source: Shazeer et al. 2017, equations 1, 3 and 5. Departures: no noise; nothing added to the
    loss for balance, which chapter 18 does; MLPs with GPT-2's GELU.
    """

    def __init__(self, width: int, hidden: int, experts: int, active: int, bias: bool = True):
        super().__init__()
        self.gate = TopGate(width, experts, active)
        self.experts = nn.ModuleList(MLP(width, hidden, bias) for _ in range(experts))

    def forward(self, x: Rows) -> Rows:
        rows = x.reshape(-1, x.shape[-1])
        output = torch.zeros_like(rows)
        for expert, shares in zip(self.experts, self.gate(rows).unbind(-1), strict=True):
            own = shares.nonzero()[:, 0]
            output = output.index_add(0, own, shares[own, None] * expert(rows[own]))
        return output.view_as(x)
