"""What runs where, and what the proxy is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from traffic import ALONE

COLOURS = ("blue", "green")
_KEPT_EVENTS = 50


@dataclass(frozen=True)
class State:
    """`coming` is the colour on trial, `warm` the one that served before; `judging`: a rollout is at work on it."""

    live: str = ""
    coming: str = ""
    warm: str = ""
    percent: int = 0
    judging: bool = False
    token: str = ""  # who knows it may choose the version that answers
    versions: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, str]] = field(default_factory=list)

    @property
    def other(self) -> str:
        """The colour that does not serve."""
        return COLOURS[1] if self.live == COLOURS[0] else COLOURS[0]

    def told(self, what: str, version: str, why: str = "") -> State:
        """With one more event."""
        event = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "what": what, "version": version}
        return replace(self, events=[*self.events, {**event, "why": why}][-_KEPT_EVENTS:])


def proxy_config(state: State, addresses: dict[str, str]) -> str:
    """Where the proxy sends what. Whoever is new or was promoted last has the other version behind it, for failures."""
    others = {state.coming: state.live, state.live: state.warm}
    lines: list[str] = []
    for colour in (colour for colour in (state.live, state.coming, state.warm) if colour):
        own = f"    server {addresses[colour]} max_fails=0;"
        behind = others.get(colour, "")
        lines += [f"upstream {colour} {{", own]
        lines += [f"    server {addresses[behind]} max_fails=0 backup;"] if behind else []
        lines += ["}", f"upstream {colour}{ALONE} {{", own, "}"]
    share = [f"    {state.percent}% {state.coming};"] if state.coming and state.percent else []
    lines += ["split_clients $request_id $drawn {", *share, f"    * {state.live};", "}"]
    known = [colour for colour in COLOURS if state.token and f"upstream {colour} {{" in lines]
    lines += [
        "map $http_x_rollout $chosen {",
        '    default "";',
        *(f"    {state.token}-{one} {one};" for one in known),
        "}",
    ]
    lines += ["map $chosen $version {", "    default $drawn;", *(f"    {one} {one}{ALONE};" for one in known), "}"]
    lines += [f'map "" $watched {{ default {int(state.judging)}; }}']
    return "\n".join(lines) + "\n"
