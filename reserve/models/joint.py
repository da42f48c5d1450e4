"""What the parties of a programme decide together: one proposes with grounds, a reviewer of each speaks (domain §3.10, §3.12)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from parties.models import Organisation, User

from ..enums import JointKind, JointStatus
from .programmes import Programme, ProgrammeScopedQuerySet


class JointDecision(models.Model):
    """联合决定. Upper apps name what it is about by type and id, and do what it decides when the last party has agreed."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="joint_decisions", verbose_name="项目")
    kind = models.CharField("事项", max_length=12, choices=JointKind)
    subject_type = models.CharField("对象类型", max_length=48)
    subject_id = models.PositiveBigIntegerField("对象编号")
    grounds = models.CharField("依据", max_length=500)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间")
    status = models.CharField("状态", max_length=10, choices=JointStatus, default=JointStatus.PROPOSED)
    decided_on = models.DateField("决定日期", null=True, blank=True)
    withdraw_reason = models.CharField("撤回理由", max_length=200, blank=True)

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "联合决定"
        ordering = ("id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=JointKind.values), name="joint_kind_known"),
            models.CheckConstraint(condition=Q(status__in=JointStatus.values), name="joint_status_known"),
            models.CheckConstraint(condition=~Q(grounds=""), name="joint_with_grounds"),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_on__isnull=True) | ~Q(status="proposed") & Q(decided_on__isnull=False),
                name="joint_decided_on_a_day",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"], condition=Q(status="proposed"), name="joint_one_pending_a_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.proposed_at:%Y-%m-%d} 提出）"


class JointVoice(models.Model):
    """One party's word on a joint decision; empty until its reviewer has spoken."""

    decision = models.ForeignKey(JointDecision, models.PROTECT, related_name="voices", verbose_name="联合决定")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    agrees = models.BooleanField("同意", null=True)
    opinion = models.CharField("意见", max_length=200, blank=True)
    spoken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="签署人")
    spoken_at = models.DateTimeField("签署时间", null=True)

    class Meta:
        verbose_name = "联合决定意见"
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "organisation"], name="joint_voice_once_a_party"),
            models.CheckConstraint(
                condition=Q(agrees__isnull=True, spoken_by__isnull=True, spoken_at__isnull=True, opinion="")
                | Q(agrees__isnull=False, spoken_by__isnull=False, spoken_at__isnull=False),
                name="joint_voice_spoken_with_facts",
            ),
            models.CheckConstraint(condition=~Q(agrees=False) | ~Q(opinion=""), name="joint_voice_refused_with_opinion"),
        ]

    def __str__(self) -> str:
        word = {None: "未签署", True: "同意", False: "不同意"}[self.agrees]
        return f"{self.organisation.short_name}：{word}"
