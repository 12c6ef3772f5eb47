"""The run-time checker of the tests: shapes and types as the signatures say."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
