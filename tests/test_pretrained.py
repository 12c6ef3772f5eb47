"""GPT-2 from a folder in the published layout, and from a hub that is not there."""

import json

import pytest
import torch

from xfmr_lib import pretrained


@pytest.fixture
def published(tmp_path):
    """A small checkpoint as the published implementation writes it, weights drawn at random."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    shape = transformers.GPT2Config(vocab_size=97, n_positions=20, n_embd=24, n_layer=2, n_head=3)
    theirs = transformers.GPT2LMHeadModel(shape).eval()
    for parameter in theirs.parameters():  # zeros and ones would hide a swapped bias or gain
        torch.nn.init.normal_(parameter, mean=parameter.mean().item(), std=0.1)
    theirs.save_pretrained(tmp_path)
    return tmp_path, theirs


def test_logits_equal_the_published_implementation(published):
    folder, theirs = published
    ours = pretrained.gpt2(folder)
    tokens = torch.randint(97, (3, 20))
    with torch.no_grad():
        torch.testing.assert_close(ours(tokens), theirs(tokens).logits, rtol=0, atol=1e-4)
    assert not ours.training and ours.config.heads == 3


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_a_folder_without_a_file_names_it(published, file):
    folder, _ = published
    (folder / file).unlink()
    with pytest.raises(FileNotFoundError, match=file):
        pretrained.gpt2(folder)


def test_another_kind_of_model_is_refused(published):
    folder, _ = published
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    with pytest.raises(ValueError, match="'llama'"):
        pretrained.gpt2(folder)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match="no GPT-2 'tiny'.*small, medium, large, xl"):
        pretrained.gpt2("tiny")


def test_without_network_or_cache_it_says_what_to_do(monkeypatch, tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ConnectionError, match="GPT-2 medium.*put config.json and model"):
        pretrained.gpt2("medium")
