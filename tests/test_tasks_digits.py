"""The digits are the ones everybody knows, divided once and for all."""

import pytest
import torch

from xfmr_lib.tasks.digits import CLASSES, PARTS, Digits, part


def test_parts_cover_every_picture_once():
    sizes = {name: len(part(name)[1]) for name in PARTS}
    assert sizes == {"train": 1000, "validation": 297, "test": 500}
    every = torch.cat([part(name)[0] for name in PARTS])
    reference = pytest.importorskip("sklearn.datasets").load_digits()
    assert every.shape == (1797, 8, 8)
    # sums of whole grey values are exact in float32, so both sets hold the same pictures
    sums = (every.flatten(1) * 16).sum(1).sort().values
    assert sums.tolist() == sorted(reference.data.sum(1).tolist())


def test_pictures_keep_their_labels():
    reference = pytest.importorskip("sklearn.datasets").load_digits()
    pictures, labels = part("test")
    known = {tuple(map(int, row)): label for row, label in zip(reference.data, reference.target)}
    for picture, label in zip(pictures[:50], labels[:50]):
        assert known[tuple((picture.flatten() * 16).int().tolist())] == label


def test_every_class_is_in_every_part():
    for name in PARTS:
        counts = part(name)[1].bincount(minlength=CLASSES)
        assert counts.min() > 15 and counts.max() < 130  # of about 30, 50 or 100


def test_a_batch_depends_on_seed_and_step_alone():
    task = Digits(batch=16, seed=3)
    pictures, labels = task(5)
    assert pictures.shape == (16, 8, 8) and labels.shape == (16,)
    assert pictures.min() >= 0 and pictures.max() <= 1
    torch.manual_seed(1)
    assert torch.equal(task(5)[0], pictures)
    assert not torch.equal(task(6)[0], pictures)
    assert not torch.equal(Digits(batch=16, seed=4)(5)[0], pictures)


def test_training_batches_hold_no_test_picture():
    train = {tuple(row.flatten().tolist()) for row in part("train")[0]}
    batch, _ = Digits(batch=200)(0)
    assert all(tuple(row.flatten().tolist()) in train for row in batch)
