"""`manage.py verify_papers`: hold every kept paper against the hash of what was handed in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from parties.models import Attachment
from parties.services.attachments import faults_of_papers

WORDS = {"missing": "文件不在存储中", "altered": "文件与上传时的校验值不符"}


class Command(BaseCommand):
    help = "核对全部材料的文件：逐一列出丢失的和与上传时不符的；有一份不符即以 1 结束。"

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for paper, fault in faults_of_papers():
            found += 1
            name = f"{paper.kind}“{paper.original_name}”（{paper.object_type} {paper.object_id}，{paper.file.name}）"
            self.stderr.write(f"材料 {paper.pk} {name}：{WORDS[fault]}。")
        count = Attachment.objects.count()
        if found:
            raise CommandError(f"{count} 份材料中 {found} 份有问题；请从备份恢复所列文件。")
        self.stdout.write(f"OK   {count} 份材料与上传时一致")
