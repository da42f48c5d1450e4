"""What the register knows of an object's links to others."""

from common.page import Related
from parties.models import User

from .models import Recommendation


def of_recommendation(row: Recommendation, user: User) -> list[Related]:
    """Its enterprise, its batch and what it renews; what renewed it stands on the page. No statement."""
    return [
        Related("企业", row.enterprise.name, row.enterprise.get_absolute_url()),
        *([Related("批次", str(row.batch), row.batch.get_absolute_url())] if row.batch else []),
        *([Related("续贷自", f"{row.renews.accepted_on} 推荐", row.renews.get_absolute_url())] if row.renews else []),
    ]
