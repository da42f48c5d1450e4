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
        categories.claim("security", "account:*", "delegation:*")
        navigation.explain(
            {
                "parties:account": ("登录与密码",),
                "parties:password": ("登录与密码",),
                "parties:notification": ("通知",),
                "parties:delegation": ("离岗委托（A/B 岗）",),
                "parties:saved_filter": ("列表",),
                "parties:paper": ("材料上传", "材料下载"),
                "parties:people": ("系统管理员", "安全管理员"),
                "parties:person": ("系统管理员", "安全管理员"),
                "parties:organisation": ("系统管理员",),
                "parties:permissions": ("安全管理员",),
                "parties:sign_in": ("安全管理员", "审计管理员"),
                "parties:audit": ("进度、记录与相关", "审计管理员"),
            }
        )
        for label, url_name, icon, action, order in (
            ("人员账号", "parties:people", "users", "account.read", 10),
            ("权限表", "parties:permissions", "shield-check", "permission.read", 20),
            ("离岗委托", "parties:delegations", "calendar-event", "account.read", 25),
            ("登录记录", "parties:sign_ins", "login", "sign_in.read", 30),
            ("审计记录", "parties:audit", "history", "audit.read_all", 40),
            ("审计记录", "parties:audit", "history", "programme.read", 40),
        ):
            navigation.register("管理", label, url_name, icon, action=action, order=order)
        navigation.register("管理", "单位", "parties:organisations", "building-community", order=15)
