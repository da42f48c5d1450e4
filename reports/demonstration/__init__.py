"""The demonstration: the programme of 2012–2014 replayed through the services, and a living one around today.

`cast` makes organisations and people, `plan` says what happened in 2012–2014 as plain data, `history` lets it happen,
`living` makes the programme a newcomer works in. Nothing here writes business facts but through services.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from parties.models import Notification
from reports.services.daily import run_daily

from .cast import Cast, make_cast
from .history import History
from .living import Living
from .timeline import Timeline, moment


@transaction.atomic
def replay(*, today: date, now: datetime | None = None, living: bool = True) -> Cast:
    """Fill an empty database with the demonstration; all or nothing. Nothing in it happens after `now`, where that is given.

    The daily job has then worked `today` and only that day, so that it never walks from 2012. Deterministic: the same
    `today` gives the same records.
    """
    cast = make_cast()
    History(cast).play()
    Notification.objects.update(read_at=F("created_at"))
    if living:
        Living(cast, today, Timeline(now)).play()
    run_daily(on=today, now=moment(today, 0, now))
    return cast
