"""GPT-2's weights, under their published names, into our Transformer.

Source: Radford et al. 2019; names as in the published checkpoints. Taught in: chapter 03.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from xfmr_lib.transformer import Transformer

# our name -> the published name, and whether the published matrix lies transposed
_BLOCK = {
    "mix.norm.weight": ("ln_1.weight", False),
    "mix.norm.bias": ("ln_1.bias", False),
    "mix.inner.qkv.weight": ("attn.c_attn.weight", True),
    "mix.inner.qkv.bias": ("attn.c_attn.bias", False),
    "mix.inner.output.weight": ("attn.c_proj.weight", True),
    "mix.inner.output.bias": ("attn.c_proj.bias", False),
    "feed.norm.weight": ("ln_2.weight", False),
    "feed.norm.bias": ("ln_2.bias", False),
    "feed.inner.expand.weight": ("mlp.c_fc.weight", True),
    "feed.inner.expand.bias": ("mlp.c_fc.bias", False),
    "feed.inner.contract.weight": ("mlp.c_proj.weight", True),
    "feed.inner.contract.bias": ("mlp.c_proj.bias", False),
}


def published_names(layers: int) -> dict[str, tuple[str, bool]]:
    """Our parameter names, each with GPT-2's published name and whether it lies transposed."""
    names = {
        "tokens.weight": ("wte.weight", False),
        "positions.table": ("wpe.weight", False),
        "norm.weight": ("ln_f.weight", False),
        "norm.bias": ("ln_f.bias", False),
    }
    for layer in range(layers):
        for ours, (theirs, transposed) in _BLOCK.items():
            names[f"blocks.{layer}.{ours}"] = (f"h.{layer}.{theirs}", transposed)
    return names


@torch.no_grad()
def load_gpt2(model: Transformer, published: Mapping[str, Tensor]) -> Transformer:
    """Copy weights with GPT-2's published names into a model of the same shape, and return it.

    published: name -> tensor, with or without the prefix "transformer."; matrices lie (in, out).
    Raises ValueError naming the first tensor that is missing or has another shape.
    Worth remembering: the published maps are stored for row vectors (x W), torch's for columns.
    Taught in: chapter 03.
    """
    published = {name.removeprefix("transformer."): tensor for name, tensor in published.items()}
    parameters = dict(model.named_parameters())
    for ours, (theirs, transposed) in published_names(model.config.layers).items():
        if theirs not in published:
            raise ValueError(f"the checkpoint has no tensor {theirs!r}; is it GPT-2's?")
        tensor = published[theirs].T if transposed else published[theirs]
        if ours not in parameters or parameters[ours].shape != tensor.shape:
            have = tuple(parameters[ours].shape) if ours in parameters else None
            raise ValueError(f"{theirs} has shape {tuple(tensor.shape)}, the model's {ours} {have}")
        parameters[ours].copy_(tensor)
    return model
