"""The suite's own reset helper: emptied tables, and the append-only triggers there again."""

import pytest

from reserve import triggers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", [1, 2])
def test_the_triggers_are_there_again_after_a_test_that_commits(run: int) -> None:
    assert triggers.missing() == [], f"run {run}"
