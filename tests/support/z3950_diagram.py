"""The state diagram of docs/protocols/z3950.md, made from the table; run as a module, it writes the page."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.protocols.z3950.state import TRANSITIONS, Event, Role, State

PAGE = Path(__file__).parents[2] / "docs" / "protocols" / "z3950.md"
BEGIN, END = "<!-- diagram: generated -->", "<!-- diagram: end -->"


def diagram() -> str:
    """Mermaid text: an arrow for each pair of states, with who sends what; the end of the stream is left out."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for role in Role:
        for state, events in TRANSITIONS[role].items():
            for event, after in events.items():
                if event is not Event.END and after is not state:
                    arrows.setdefault((state, after), []).append(f"{role[0]} {event}")
    lines = ["stateDiagram-v2", f"  [*] --> {_name(State.NEW)}"]
    for (before, after), labels in arrows.items():
        lines.append(f"  {_name(before)} --> {_name(after)} : {', '.join(labels)}")
    lines.append(f"  {_name(State.CLOSED)} --> [*]")
    return "\n".join(lines)


def _name(state: State) -> str:
    return state.value.replace("-", "_")


def written(page: str) -> str:
    """The page with the diagram of today."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n```mermaid\n{diagram()}\n```\n{END}{tail}"


def main() -> int:
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
