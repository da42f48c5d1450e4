from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "parties"
    verbose_name = "参与方"

    def ready(self) -> None:
        from common import navigation

        from . import categories
        from .permissions import may
        from .selectors import unread_count

        navigation.connect(may=may, unread=unread_count)
        categories.claim("security", "account:*")
        for label, url_name, icon, action, order in (
            ("人员账号", "parties:people", "users", "account.read", 10),
            ("权限表", "parties:permissions", "shield-check", "permission.read", 20),
            ("登录记录", "parties:sign_ins", "login", "sign_in.read", 30),
            ("审计记录", "parties:audit", "history", "audit.read_all", 40),
            ("审计记录", "parties:audit", "history", "programme.read", 40),
        ):
            navigation.register("管理", label, url_name, icon, action=action, order=order)
        navigation.register("管理", "单位", "parties:organisations", "building-community", order=15)
