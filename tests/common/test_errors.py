"""Every refusal of the application has a code of its own and a status the API may answer with."""

import importlib.util
import re

from common import errors
from common.errors import Conflict, IdempotencyMismatch, InvalidInput, NotFound, Refusal, WrongState


def _all(of: type[Refusal]) -> list[type[Refusal]]:
    return [of, *(deeper for child in of.__subclasses__() for deeper in _all(child))]


def test_codes_are_snake_case_and_name_one_refusal():
    for app in ("parties", "reserve", "enterprises", "loans", "reports"):
        if importlib.util.find_spec(f"{app}.errors"):
            importlib.import_module(f"{app}.errors")
    classes = set(_all(Refusal))
    assert all(re.fullmatch(r"[a-z][a-z_]*", refusal.code) for refusal in classes)
    assert all(400 <= refusal.status < 600 for refusal in classes)
    generic = [refusal for refusal in classes if refusal.__module__ == errors.__name__]
    assert len({refusal.code for refusal in generic}) == len(generic)


def test_a_refusal_carries_its_sentence_and_its_fields():
    refusal = InvalidInput("金额必须大于零。", fields={"amount": ("金额必须大于零。",)})
    assert str(refusal) == refusal.message == "金额必须大于零。"
    assert refusal.fields == {"amount": ["金额必须大于零。"]}
    assert refusal.status == 400


def test_those_that_always_say_the_same_need_no_words():
    assert (NotFound().status, Conflict().status, IdempotencyMismatch().status) == (404, 409, 409)
    assert "Idempotency-Key" in IdempotencyMismatch().message


def test_an_action_no_status_allows_says_so():
    assert "任何状态下都不能删除" in WrongState.of("函件", status="起草", action="删除", allowed=[]).message
