"""The bucket papers are kept in, where one is configured (`config.env.file_storage`)."""

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage


class PaperStorage(S3Storage):
    """S3 and what speaks like it. Waits little, as somebody waits for it; checksums only where the protocol demands them, as not every
    such service knows the newer ones (we hold each paper against its SHA-256 ourselves).
    """

    def __init__(self, *, addressing_style: str | None = None, **options: Any) -> None:
        config = Config(
            s3={"addressing_style": addressing_style},
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=20,
            retries={"max_attempts": 2},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(client_config=config, **options)
