"""The output check must let processors differ, and nothing else."""

import pytest
from tolerance import same

SAME = [
    ("loss 0.1234", "loss 0.12345"),
    ("loss 1234.5", "loss 1234.9"),
    ("-0.500", "-0.5003"),
    ("\N{MINUS SIGN}0.500", "-0.5003"),
    ("1.0000e-03", "1.0004e-03"),
    ("0.0000001", "-0.0000002"),
    ("1.84 ± 0.05", "1.89 ± 0.05"),
    ("12 ± 2", "14 ± 2"),
    ("-0.01 ± 0.02", "0.01 ± 0.02"),
    ("12.50 %", "12.51 %"),
    ("12.50%", "12.51%"),
    ("[ 0.1251 -0.25 ]", "[0.1252 -0.2501]"),
    ("nan inf -inf", "nan inf -inf"),
    ('<img src="data:image/svg+xml;base64,AAAA"> 1', '<img src="data:image/svg+xml;base64,BB"> 1'),
    (
        '<img src="data:image/svg+xml;base64,AA" width="614" height="337"> 1',
        '<img src="data:image/webp;base64,BB" width="615" height="338"> 1',
    ),
    ("from 0.10-0.50", "from 0.10-0.5002"),
    ("ends in 0.500.", "ends in 0.5001."),
    ("(0.500, 7)", "(0.5001, 7)"),
]
DIFFERENT = [
    ("loss 0.1234", "loss 0.1237"),
    ("loss 0.1234", "less 0.1234"),
    ("3 rows", "4 rows"),
    ("50257.", "50258."),
    ("-3", "3"),
    ("-0.500", "0.500"),
    ("2", "2.0001"),
    ("1.0e-03", "1.1e-03"),
    ("1e5", "2e5"),
    ("1.84 ± 0.05", "1.90 ± 0.05"),
    ("1.84 ± 0.05", "1.84 ± 0.06"),
    ("1.84 ± 0.05", "1.84"),
    ("12 ± 2", "15 ± 2"),
    ("12.5%", "12.6%"),
    ("nan", "1.0"),
    ("inf", "-inf"),
    ("nan", "inf"),
    ("v1.2500", "v1.2501"),
    ("1.2500x", "1.2501x"),
    ("0x1f", "0x2f"),
    ("1.2.3", "1.2.4"),
    ("a b", "a  b"),
    ("'  '", "' '"),
    ("0.5 0.6", "0.5"),
    (
        '<img alt="a" src="data:image/png;base64,AA">',
        '<img alt="b" src="data:image/png;base64,AA">',
    ),
    ("layer_1", "layer_2"),
    ("1.0 2.0", "1.0\n2.0"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_processors_may_differ(one, other):
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_nothing_else_may(one, other):
    assert not same(one, other)
    assert not same(other, one)
