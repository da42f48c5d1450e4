"""A template that names what is not there fails its test, where Django would print nothing."""

from typing import NoReturn


class UndefinedVariableError(AssertionError):
    pass


class UndefinedVariable(str):
    """For the `string_if_invalid` option: Django asks it for `%s` and formats the variable's name into it."""

    def __contains__(self, _item: object) -> bool:
        return True

    def __mod__(self, name: object) -> NoReturn:
        raise UndefinedVariableError(f"undefined template variable: {name}")

    def __bool__(self) -> bool:
        return True
