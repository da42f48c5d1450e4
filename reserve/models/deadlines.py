"""Every clock of the domain is a row: due, reminded, met, late (architecture §4)."""

from typing import ClassVar

from django.apps import apps
from django.db import models
from django.db.models import Q

from parties.models import Organisation

from ..enums import DeadlineKind
from .programmes import Programme, ProgrammeScopedQuerySet


class Deadline(models.Model):
    """What one organisation must do by a day. Upper apps name their object by type and id."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="deadlines")
    kind = models.CharField("事项", max_length=24, choices=DeadlineKind)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="deadlines", verbose_name="责任单位")
    subject_type = models.CharField("对象类型", max_length=48)
    subject_id = models.PositiveBigIntegerField("对象编号")
    label = models.CharField("说明", max_length=200)
    url = models.CharField("链接", max_length=200, blank=True)
    starts_on = models.DateField("起算日")
    workdays = models.PositiveSmallIntegerField("工作日数", null=True, blank=True, help_text="空：期限按日期而非工作日计")
    due_on = models.DateField("到期日")
    provisional = models.BooleanField("暂定", default=False)
    met_on = models.DateField("完成日", null=True, blank=True)
    late_workdays = models.PositiveSmallIntegerField("逾期工作日", default=0)
    cancelled_on = models.DateField("取消日", null=True, blank=True)

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "期限"
        ordering = ("due_on", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "organisation", "kind", "subject_type", "subject_id"], name="deadline_once_a_subject"
            ),
            models.CheckConstraint(condition=Q(kind__in=DeadlineKind.values), name="deadline_kind_known"),
            models.CheckConstraint(condition=~Q(met_on__isnull=False, cancelled_on__isnull=False), name="deadline_met_or_cancelled"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["programme", "due_on"], condition=Q(met_on__isnull=True, cancelled_on__isnull=True), name="deadline_open"),
            models.Index(fields=["subject_type", "subject_id"], name="deadline_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.due_on}"

    @property
    def subject(self) -> models.Model:
        """The object whose clock this is, of whatever app. One query."""
        subject: models.Model = apps.get_model(self.subject_type)._default_manager.get(pk=self.subject_id)
        return subject


class JobRun(models.Model):
    """A day (or quarter) the scheduler has worked through, with what it did and what failed."""

    job = models.CharField("任务", max_length=24)
    on = models.DateField("日期")
    started_at = models.DateTimeField("开始")
    finished_at = models.DateTimeField("结束", null=True, blank=True)
    counts = models.JSONField("结果", default=dict)
    failures = models.JSONField("失败", default=list)

    class Meta:
        verbose_name = "任务记录"
        ordering = ("-on", "-id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "on"], name="job_run_once_a_day")]

    def __str__(self) -> str:
        return f"{self.job} {self.on}"
