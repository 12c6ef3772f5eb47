"""From token sequences to next-token scores, through a stack of blocks.

Source: Vaswani et al. 2017; Radford et al. 2019. Taught in: chapters 02 and 03.
"""

from jaxtyping import Float, Int
from torch import Tensor, nn

from xfmr_lib import positions
from xfmr_lib.config import Config
from xfmr_lib.mixers.base import Rows
from xfmr_lib.sublayers import BLOCKS, Block

Tokens = Int[Tensor, "batch time"]
Memory = tuple[int, list]  # how many tokens were seen; the memory of each layer's mixer
Logits = Float[Tensor, "batch time vocabulary"]


class Transformer(nn.Module):
    """Tokens in, scores for the next token out.

        logits = unembed(norm(f[m] o ... o f[1](embed(tokens))))

    tokens: at most `window` integers below `vocabulary`; row i of the logits scores the token at
    place i + 1. Maps start from N(0, config.start), the last before a sum over sqrt(2 layers).
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocabulary, config.width)
        table = positions.TABLES.get(config.position)
        self.positions = table(config.window, config.width) if table else positions.NoTable()
        self.dropout = nn.Dropout(config.dropout) if config.dropout else nn.Identity()
        self.blocks = nn.ModuleList(BLOCKS[config.block](config) for _ in range(config.layers))
        self.norm = (
            nn.LayerNorm(config.width, bias=config.bias) if config.norm == "pre" else nn.Identity()
        )
        self.unembed = nn.Linear(config.width, config.vocabulary, bias=False)
        deviation = config.width**-0.5 if config.start is None else config.start
        for module in self.modules():
            _start(module, deviation)
        for block in self.blocks:
            _shrink_last_map(block, config.layers)
        if config.tie:
            self.unembed.weight = self.tokens.weight

    def embed(self, tokens: Tokens) -> Rows:
        """The text as a matrix: one row for each token, its position mixed in."""
        if tokens.shape[1] > self.config.window:
            raise ValueError(
                f"text has {tokens.shape[1]} tokens but the context window is "
                f"{self.config.window}; truncate, or build the model with window={tokens.shape[1]}"
            )
        return self.dropout(self.positions(self.tokens(tokens)))

    def forward(self, tokens: Tokens) -> Logits:
        rows = self.embed(tokens)
        for block in self.blocks:
            rows = block(rows)
        return self.unembed(self.norm(rows))

    def prime(self, tokens: Tokens) -> tuple[Logits, Memory]:
        """As `forward`, and what must be kept to go on from here one token at a time."""
        rows, memories = self.embed(tokens), []
        for block in self.blocks:
            rows, memory = block.prime(rows)
            memories.append(memory)
        return self.unembed(self.norm(rows)), (tokens.shape[1], memories)

    def step(
        self, token: Int[Tensor, " batch"], memory: Memory
    ) -> tuple[Float[Tensor, "batch vocabulary"], Memory]:
        """Scores after one more token: what `forward` of the whole text would give in its last row.

        Raises ValueError when the window is full: from there on every place would change.
        """
        place, memories = memory
        if place >= self.config.window:
            raise ValueError(f"the window of {place} tokens is full; call prime on the newest ones")
        row = self.dropout(self.positions(self.tokens(token)[:, None], place))[:, 0]
        kept = []
        for block, memory in zip(self.blocks, memories, strict=True):
            row, memory = block.step(row, memory)
            kept.append(memory)
        return self.unembed(self.norm(row)), (place + 1, kept)

    def parameter_count(self) -> int:
        """Trainable numbers, a shared table counted once."""
        return sum(parameter.numel() for parameter in self.parameters())


def _start(module: nn.Module, deviation: float) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=deviation)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
    if isinstance(module, positions.LearnedTable):
        nn.init.normal_(module.table, std=deviation)


def _shrink_last_map(block: Block, layers: int) -> None:
    for name, linear in block.named_modules():
        if name in block.shrunk and isinstance(linear, nn.Linear):
            linear.weight.data *= (2 * layers) ** -0.5
