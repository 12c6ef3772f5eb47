"""Trained models to look into: our own story model, and GPT-2 with its published weights.

Source: Radford et al. 2019; names as in the published checkpoints. Taught in: chapters 03 and 04.
"""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import torch
from safetensors.torch import load_file, load_model
from torch import Tensor

from xfmr_lib import tokenizers
from xfmr_lib.config import Config
from xfmr_lib.transformer import Transformer

DATA = resources.files("xfmr_lib") / "data"
PUBLISHED = {  # size -> repository on the Hugging Face hub, and the revision that is meant
    "small": ("openai-community/gpt2", "607a30d783dfa663caf39e06633721c8d4cfcd7e"),
    "medium": ("openai-community/gpt2-medium", "6dcaa7a952f72f9298047fd5137cd6e4f05f41da"),
    "large": ("openai-community/gpt2-large", "32b71b12589c2f8d625668d2335a01cac3249519"),
    "xl": ("openai-community/gpt2-xl", "15ea56dee5df4983c59b2538573817e1667135e2"),
}

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


def gpt2(name: str | Path = "small") -> Transformer:
    """GPT-2 with its published weights, ready to read with (dropout off).

    name: small | medium | large | xl, fetched once from the Hugging Face hub with a progress bar
    and kept in its cache (0.5, 1.5, 3.2, 6.4 GB); or a folder that holds config.json and
    model.safetensors in the published layout. Only safetensors are read, never pickles.
    Raises ValueError for an unknown name or a folder of another kind of model, FileNotFoundError
    when the folder lacks a file, ConnectionError, saying what to do, without network or cache.
    Taught in: chapters 04 and 06.
    """
    folder = Path(name) if Path(name).is_dir() else _fetch(str(name))
    for file in ("config.json", "model.safetensors"):
        if not (folder / file).is_file():
            raise FileNotFoundError(f"{folder} has no {file}; a GPT-2 folder holds both files")
    shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if shape.get("model_type") != "gpt2":
        raise ValueError(f"{folder} holds a {shape.get('model_type')!r} model, not 'gpt2'")
    config = Config(
        shape["vocab_size"], shape["n_positions"], shape["n_embd"], shape["n_layer"],
        shape["n_head"], hidden=shape.get("n_inner"),
    )  # fmt: skip
    return load_gpt2(Transformer(config), load_file(folder / "model.safetensors")).eval()


def _fetch(name: str) -> Path:
    """The folder of a published size, downloaded when it is not in the cache."""
    if name not in PUBLISHED:
        known = ", ".join(PUBLISHED)
        raise ValueError(f"no GPT-2 {name!r} and no such folder; choose from {known}")
    from huggingface_hub import hf_hub_download  # only here: it takes a second to import

    repository, revision = PUBLISHED[name]
    try:
        for file in ("config.json", "model.safetensors"):
            path = Path(hf_hub_download(repository, file, revision=revision))
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"the weights of GPT-2 {name} are not on this machine and could not be fetched "
            f"({type(error).__name__}). Connect and call again, or put config.json and "
            f"model.safetensors of {repository} into a folder and pass the folder"
        ) from error
    return path.parent


def story_card() -> dict:
    """What the story model is: its shape, text, training, losses by split, time and command."""
    return json.loads((DATA / "story_model.json").read_text(encoding="utf-8"))


def story_tokens() -> tokenizers.BytePair:
    """The story model's 4,096 byte pairs, learned from the text it was trained on."""
    return tokenizers.BytePair.load(DATA / "story_tokens.json")


def story_model() -> Transformer:
    """A small GPT trained on children's books, from this package, ready to read with.

    Weights are kept in half precision. `story_card` says what it is and how it was made.
    Taught in: chapter 04.
    """
    model = Transformer(Config(**story_card()["model"]))
    load_model(model, str(DATA / "story_model.safetensors"))
    return model.eval()


def load(name: str | Path = "story") -> tuple[Transformer, tokenizers.BytePair | tokenizers.GPT2]:
    """A model and its tokenizer: "story", "gpt2" (its small size), or what `gpt2` takes.

    Taught in: chapters 04 and 06.
    """
    if name == "story":
        return story_model(), story_tokens()
    return gpt2("small" if name == "gpt2" else name), tokenizers.gpt2()
