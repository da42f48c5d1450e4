"""Changing a programme's settings, by effective date."""

from datetime import date, datetime

from django.db import transaction

from common.texts import checked_text
from parties.models import User
from parties.permissions import require
from parties.services import audit, notify

from ...errors import RuleInPast, RuleUnchanged
from ...models import Programme, ProgrammeRule
from ...rulebook import RULEBOOK, display_value, format_value, parse_value
from ...selectors.programmes import rule_texts_on, rules_from
from ..guards import lock_programme, require_active


@transaction.atomic
def set_rule(
    *, programme: Programme, key: str, text: str, effective_on: date, reason: str, by: User, on: date, now: datetime
) -> ProgrammeRule:
    """Give a setting a new value from `effective_on` (today or later) on; what was, stays. Entered again for the same day, while that
    day is not past, the later entry counts: a mistake is mended by a row of its own.

    Locks the programme; writes ProgrammeRule, an audit event with both values, notices to all parties.

    Raises:
        NotAllowed; ProgrammeNotActive; InvalidInput: key, text, no reason, contradiction with another setting;
        RuleInPast, RuleUnchanged.
    """
    require(by, "rule.change")
    programme = lock_programme(programme.pk)
    require_active(programme, on)
    reason = checked_text("reason", "依据", reason, 200, printed=False)
    value = parse_value(key, text)
    canonical, label = format_value(key, value), RULEBOOK[key].label_cn
    if effective_on < on:
        raise RuleInPast(effective_on=effective_on, today=on)
    before = getattr(rules_from(rule_texts_on(programme, effective_on)), key)
    if before == value:
        raise RuleUnchanged(label=label, effective_on=effective_on, value=display_value(key, value))
    same_day = ProgrammeRule.objects.filter(programme=programme, key=key, effective_on=effective_on)
    row = ProgrammeRule.objects.create(
        programme=programme,
        key=key,
        value=canonical,
        effective_on=effective_on,
        entry=same_day.count() + 1,
        reason=reason,
        entered_by=by,
        entered_at=now,
    )
    _check_consistent_from(programme, effective_on)
    changes = {label: (display_value(key, before), display_value(key, value)), "生效日": (None, effective_on)}
    audit.record(
        by=by,
        now=now,
        action="rule.change",
        subject=programme,
        programme=programme.code,
        summary=f"“{label}”自 {effective_on} 起由“{changes[label][0]}”改为“{changes[label][1]}”",
        changes=changes,
        reason=reason,
    )
    notify.notify(
        recipients=notify.people_of(programme.organisations()),
        key=f"rule:{row.pk}",
        subject=f"规则“{label}”变更：{programme.name}",
        body=f"{programme.name}“{label}”自 {effective_on} 起由“{changes[label][0]}”改为“{changes[label][1]}”。依据：{reason}",
        url=row.get_absolute_url(),
        now=now,
    )
    return row


def _check_consistent_from(programme: Programme, effective_on: date) -> None:
    """The settings agree with each other on that day and on every later day on which one changes."""
    later = ProgrammeRule.objects.filter(programme=programme, effective_on__gt=effective_on)
    for day in [effective_on, *later.order_by("effective_on").values_list("effective_on", flat=True).distinct()]:
        rules_from(rule_texts_on(programme, day)).check_consistent()
