"""Lifecycle tables: the step they allow, the sentence where they do not."""

import pytest
from django.db import models

from common.errors import WrongState
from common.lifecycle import Lifecycle, Transition


class Status(models.TextChoices):
    DRAFT = "draft", "起草"
    SENT = "sent", "已发送"
    DONE = "done", "已办结"


LETTERS = Lifecycle(
    "函件",
    {
        "edit": Transition((Status.DRAFT, Status.SENT), None, "修改"),
        "send": Transition((Status.DRAFT,), Status.SENT, "发送"),
        "close": Transition((Status.SENT,), Status.DONE, "办结"),
    },
)


@pytest.mark.parametrize("action", list(LETTERS.transitions))
@pytest.mark.parametrize("status", list(Status.values))
def test_every_action_from_every_status_moves_or_is_refused(action, status):
    step = LETTERS.transitions[action]
    if status in step.sources:
        assert LETTERS.target(action, status) == (step.target or status)
        assert LETTERS.allows(action, status)
    else:
        assert not LETTERS.allows(action, status)
        with pytest.raises(WrongState):
            LETTERS.target(action, status)


def test_a_refusal_names_object_status_action_and_what_allows_it():
    with pytest.raises(WrongState) as refusal:
        LETTERS.target("edit", "done")
    assert refusal.value.message == "函件当前状态为“已办结”，不能修改；只有状态为“起草”、“已发送”时才能修改。"
    assert (refusal.value.code, refusal.value.status) == ("wrong_state", 409)


def test_the_target_is_a_plain_string_for_the_database():
    assert type(LETTERS.target("send", "draft")) is str


def test_actions_and_statuses_come_in_the_order_of_the_table():
    assert LETTERS.actions_from("draft") == ["edit", "send"]
    assert LETTERS.actions_from("done") == []
    assert LETTERS.statuses() == ["draft", "sent", "done"]


def test_an_unknown_action_is_a_mistake_of_ours_and_not_a_refusal():
    with pytest.raises(KeyError):
        LETTERS.target("burn", "draft")


def test_a_bare_string_as_sources_is_caught_at_once():
    with pytest.raises(TypeError):
        Transition(Status.DRAFT, Status.SENT, "发送")


def test_the_diagram_draws_every_step():
    assert LETTERS.as_mermaid().splitlines() == [
        "stateDiagram-v2",
        "    draft: 起草",
        "    sent: 已发送",
        "    done: 已办结",
        "    draft --> draft: 修改",
        "    sent --> sent: 修改",
        "    draft --> sent: 发送",
        "    sent --> done: 办结",
    ]
