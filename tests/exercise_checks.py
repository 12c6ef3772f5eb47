"""What the tests of the exercises' checks share."""


def refused(check, wrong, message, capsys):
    """The check says no, in one line that holds the message."""
    assert not check(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1
