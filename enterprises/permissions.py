"""Object checks of the enterprises app: each raises the refusal, and `reason` turns it into words for a button."""

from collections.abc import Callable
from datetime import date

from common.errors import Refusal
from parties.enums import OFFICES, OrganisationKind
from parties.models import Organisation, User
from parties.permissions import require, require_other_person
from reserve.services.guards import require_active

from .enums import BATCH_LIFECYCLE, RECOMMENDATION_LIFECYCLE, BatchStatus, RecommendationStatus
from .errors import AlreadySigned, BadRenewal, EmptyBatch, RecommendationLapsed, VersionChanged, WrongOffice
from .models import Batch, Recommendation, Signature

RECOMMENDING = (OrganisationKind.SCIENCE_BUREAU, OrganisationKind.CITY_CENTRE, OrganisationKind.TOWN)


def reason(check: Callable[[], object]) -> str | None:
    """Why `check` refuses, or None: `reason(lambda: check_sign(recommendation, user=user, on=on))`."""
    try:
        check()
    except Refusal as refusal:
        return refusal.message
    return None


def require_current(recommendation: Recommendation, on: date) -> None:
    """Raise RecommendationLapsed past the validity (domain §3.5: it cannot be batched, sent or approved then)."""
    if recommendation.lapsed(on):
        raise RecommendationLapsed(
            f"{recommendation.enterprise_name}的推荐有效期至 {recommendation.valid_until}，已经失效；"
            "请修改后由双方重新签署，或撤回后另行推荐。"
        )


def signatures_on(recommendation: Recommendation) -> list[Signature]:
    """Signatures on the present version, in order. Uses prefetched rows where there are any."""
    return [signature for signature in recommendation.signatures.all() if signature.version == recommendation.version]


def check_edit(recommendation: Recommendation, *, user: User, on: date) -> None:
    """Drafting offices edit until it is sent; an edit voids the signatures."""
    require(user, "recommendation.draft")
    RECOMMENDATION_LIFECYCLE.target("edit", recommendation.status)
    require_active(recommendation.programme, on)


def check_sign(recommendation: Recommendation, *, user: User, on: date, version: int | None = None) -> Organisation:
    """One signature an office, by its reviewer, on the version as it now stands, not by who drafted it. Returns the office."""
    require(user, "recommendation.sign")
    office = user.organisation
    if office is None or office.kind not in OFFICES:
        raise WrongOffice("推荐由市科技局与镇政府签署，您所在的单位不能签署。")
    if version is not None and version != recommendation.version:
        raise VersionChanged(f"您看到的是第 {version} 版，该推荐现在是第 {recommendation.version} 版；请核对最新内容后再签署。")
    signed = recommendation.status in (RecommendationStatus.SIGNED, RecommendationStatus.ENDORSED)
    if signed and any(signature.organisation_id == office.pk for signature in signatures_on(recommendation)):
        raise AlreadySigned("贵单位已经签署过这一版推荐，不能重复签署。")
    RECOMMENDATION_LIFECYCLE.target(sign_action(recommendation), recommendation.status)
    require_other_person(recommendation.drafted_by, user, "推荐", at=recommendation.drafted_at)
    require_active(recommendation.programme, on)
    return office


def sign_action(recommendation: Recommendation) -> str:
    """Which step of the table the next signature is."""
    return "endorse" if recommendation.status == RecommendationStatus.SIGNED else "sign"


def check_decline(recommendation: Recommendation, *, user: User, on: date) -> None:
    """An office's reviewer says no before both have signed."""
    require(user, "recommendation.decline")
    RECOMMENDATION_LIFECYCLE.target("decline", recommendation.status)


def check_withdraw(recommendation: Recommendation, *, user: User, on: date) -> None:
    """An office takes it back, as long as the bank has not answered."""
    require(user, "recommendation.withdraw")
    RECOMMENDATION_LIFECYCLE.target("withdraw", recommendation.status)


def check_renew(recommendation: Recommendation, *, user: User, on: date) -> None:
    """续贷 starts from a recommendation the bank has answered."""
    require(user, "recommendation.draft")
    if recommendation.status != RecommendationStatus.ANSWERED:
        raise BadRenewal("只有银行已答复的推荐才能续贷；请从原贷款的推荐办理。", fields={"renews": ["原推荐尚未得到银行答复。"]})
    require_active(recommendation.programme, on)


def check_edit_batch(batch: Batch, *, user: User, on: date) -> None:
    """Bureau or city centre compose the batch until it is sent."""
    require(user, "batch.prepare")
    BATCH_LIFECYCLE.target("edit", batch.status)


def check_send(batch: Batch, *, user: User, on: date) -> None:
    """The science bureau sends; each recommendation must be usable on that day."""
    require(user, "batch.send")
    BATCH_LIFECYCLE.target("send", batch.status)
    require_active(batch.programme, on)
    rows = list(batch.recommendations.all())
    if not rows:
        raise EmptyBatch(f"第{batch.number}批中没有推荐，不能发送；请先把双方已签署的推荐加入本批。")
    for row in rows:
        require_current(row, on)


def check_paper(subject: Recommendation | Batch, *, user: User, on: date) -> None:
    """Until it is sent, scans are added by those who take in, recommend and send; afterwards by every party."""
    require(user, "paper.register")
    sent = (
        subject.status != BatchStatus.DRAFT
        if isinstance(subject, Batch)
        else subject.status in (RecommendationStatus.SENT, RecommendationStatus.ANSWERED)
    )
    if not sent and user.kind not in RECOMMENDING:
        raise WrongOffice("发送银行以前，材料由市科技局、市生产力促进中心或镇政府登记。")


def check_document(batch: Batch, *, user: User, on: date) -> None:
    """发文字号 is registered by the sending side."""
    require(user, "paper.register")
    if user.kind not in RECOMMENDING:
        raise WrongOffice("发文字号由市科技局、市生产力促进中心或镇政府登记。")


def check_reply(batch: Batch, *, user: User, on: date) -> None:
    """回执字号 is the bank's."""
    require(user, "paper.register")
    if user.organisation_id != batch.bank_id:
        raise WrongOffice(f"审批回执由{batch.bank.short_name}登记。")
    if batch.status == BatchStatus.DRAFT:
        BATCH_LIFECYCLE.target("answer", batch.status)
