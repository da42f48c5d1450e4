"""Lifecycles as tables: action → (source statuses, target status). The only place that decides who may follow whom."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .errors import Conflict, WrongState


@dataclass(frozen=True, slots=True)
class Transition:
    """One action: the statuses it may start from, the one it leads to (None: the status stays), its Chinese verb."""

    sources: Collection[str]
    target: str | None
    label: str

    def __post_init__(self) -> None:
        if isinstance(self.sources, str):
            raise TypeError("sources must be a collection of statuses, not one string")


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The whole table of one kind of object; `name` is its Chinese name as it stands in sentences."""

    name: str
    transitions: Mapping[str, Transition]

    def target(self, action: str, status: str) -> str:
        """The status after `action` on an object in `status`.

        Raises:
            WrongState: the table has no such step. (KeyError: no such action, a mistake of ours.)
        """
        step = self.transitions[action]
        if status not in step.sources:
            raise WrongState.of(
                self.name,
                status=self.label_of(status),
                action=step.label,
                allowed=[self.label_of(source) for source in step.sources],
            )
        return str(status if step.target is None else step.target)

    def allows(self, action: str, status: str) -> bool:
        """Whether `action` is possible in `status`; for buttons, never instead of `target`."""
        return status in self.transitions[action].sources

    def actions_from(self, status: str) -> list[str]:
        """Actions possible in `status`, in the order of the table."""
        return [action for action, step in self.transitions.items() if status in step.sources]

    def statuses(self) -> list[str]:
        """Every status of the table as its plain value, in order of first mention."""
        return list(self._labels())

    def label_of(self, status: str) -> str:
        """The Chinese label of a status, from the enum member that stands in the table."""
        return self._labels().get(str(status), str(status))

    def as_mermaid(self) -> str:
        """The table as a Mermaid state diagram, for the docs."""
        lines = ["stateDiagram-v2"]
        lines += [f"    {value}: {label}" for value, label in self._labels().items()]
        for step in self.transitions.values():
            lines += [f"    {source!s} --> {step.target or source!s}: {step.label}" for source in map(str, step.sources)]
        return "\n".join(lines)

    def _labels(self) -> dict[str, str]:
        labels: dict[str, str] = {}
        for step in self.transitions.values():
            for status in (*step.sources, *([] if step.target is None else [step.target])):
                labels.setdefault(str(status), str(getattr(status, "label", status)))
        return labels


def require_version(current: int, seen: int | None) -> None:
    """Raise Conflict when a person acts on another version than the present one; None where the caller names none."""
    if seen is not None and seen != current:
        raise Conflict(f"内容已被他人修改（您看到的是第 {seen} 版，现为第 {current} 版），请核对最新内容后重新办理。")
