"""Trained models to look into: our own story model, and GPT-2 with its published weights.

Source: Radford et al. 2019; names as in the published checkpoints. Taught in: chapters 03 and 04.
"""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from safetensors.torch import load_file, load_model
from torch import Tensor

from xfmr_lib import tokenizers
from xfmr_lib.config import Config
from xfmr_lib.transformer import Transformer

DATA = resources.files("xfmr_lib") / "data"
REPOSITORY = "openai-community/gpt2"  # on the Hugging Face hub
REVISION = "607a30d783dfa663caf39e06633721c8d4cfcd7e"
NAMES = {  # part of our parameter's name -> part of the published one
    "positions.table": "wpe.weight",
    "unembed.": "wte.",
    "tokens.": "wte.",
    "blocks.": "h.",
    "mix.norm.": "ln_1.",
    "mix.inner.qkv.": "attn.c_attn.",
    "mix.inner.output.": "attn.c_proj.",
    "feed.norm.": "ln_2.",
    "feed.inner.expand.": "mlp.c_fc.",
    "feed.inner.contract.": "mlp.c_proj.",
    "norm.": "ln_f.",
}


def load_gpt2(model: Transformer, published: Mapping[str, Tensor]) -> Transformer:
    """Copy weights with GPT-2's published names into a model of the same shape, and return it.

    published: name -> tensor, with or without the prefix "transformer.".
    Worth remembering: the published maps are stored for row vectors (x W), torch's for columns.
    """
    published = {name.removeprefix("transformer."): tensor for name, tensor in published.items()}
    weights = {}
    for ours in model.state_dict():
        theirs = ours
        for part, name in NAMES.items():
            theirs = theirs.replace(part, name)
        weights[ours] = published[theirs].t() if ".c_" in theirs else published[theirs]
    model.load_state_dict(weights)
    return model


def gpt2(name: str | Path = "gpt2") -> Transformer:
    """GPT-2 with its published weights, ready to read with (dropout off).

    name: "gpt2", the smallest, fetched once from the Hugging Face hub (0.5 GB); or a folder that
    holds config.json and model.safetensors in the published layout, of any size.
    Taught in: chapters 04 and 06.
    """
    folder = _fetch() if name == "gpt2" else Path(name)
    shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if shape.get("model_type") != "gpt2":
        raise ValueError(f"{folder} holds a {shape.get('model_type')!r} model, not 'gpt2'")
    config = Config(
        shape["vocab_size"], shape["n_positions"], shape["n_embd"], shape["n_layer"],
        shape["n_head"], hidden=shape.get("n_inner"),
    )  # fmt: skip
    return load_gpt2(Transformer(config), load_file(folder / "model.safetensors")).eval()


def _fetch() -> Path:
    """The folder of the published files, downloaded when it is not in the cache."""
    from huggingface_hub import snapshot_download  # only here: it takes a second to import

    files = ["config.json", "model.safetensors"]
    try:
        return Path(snapshot_download(REPOSITORY, revision=REVISION, allow_patterns=files))
    except (OSError, ValueError) as error:
        raise ConnectionError(
            "the weights of GPT-2 are not on this machine and could not be fetched "
            f"({type(error).__name__}). Connect and call again, or put {' and '.join(files)} of "
            f"{REPOSITORY} into a folder and pass the folder"
        ) from error


def story_card() -> dict:
    """What the story model is: its shape, text, training, losses by split, time and command."""
    return json.loads((DATA / "story_model.json").read_text(encoding="utf-8"))


def load(name: str | Path = "story") -> tuple[Transformer, tokenizers.Encoding]:
    """A model and its tokenizer: "story", "gpt2", or a folder with GPT-2's files.

    story: a small GPT trained on children's books (see `story_card`), kept in half precision.
    """
    if name != "story":
        return gpt2(name), tokenizers.gpt2()
    model = Transformer(Config(**story_card()["model"]))
    load_model(model, str(DATA / "story_model.safetensors"))
    return model.eval(), tokenizers.BytePair.load(DATA / "story_tokens.json")
