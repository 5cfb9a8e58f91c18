"""WCAG 2.2, 1.4.3 and 1.4.11: text stands out at 4.5:1 at least, borders of controls and focus rings at 3:1."""

from __future__ import annotations

import re

import pytest

from gateway.frontends.opac import Pages

TEXT = ("ink", "muted", "link", "link-hover", "good", "warn", "bad")
GROUNDS = ("paper", "card", "soft")
PAIRS = [
    *((text, ground, 4.5) for text in TEXT for ground in GROUNDS),
    ("seal-ink", "seal", 4.5),
    ("button-ink", "button", 4.5),
    ("slip-ink", "slip", 4.5),
    ("ink", "mark", 4.5),
    *((line, ground, 3.0) for line in ("edge", "focus") for ground in GROUNDS),
]


@pytest.fixture(scope="module")
def css(pages: Pages) -> str:
    return (pages.static_dir / "wenyuan.css").read_text(encoding="utf-8")


def colours(css: str) -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\n\s*\}", css, re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    assert light.keys() == dark.keys()
    return {"light": light, "dark": dark}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_colours_has_enough_contrast(css: str, theme: str) -> None:
    values = colours(css)[theme]
    poor = {
        f"{text} on {ground}": round(contrast(values[text], values[ground]), 2)
        for text, ground, least in PAIRS
        if contrast(values[text], values[ground]) < least
    }
    assert poor == {}


def test_text_is_coloured_by_these_variables_only(css: str) -> None:
    rules = css[css.index("*, ::before") : css.index("@media print")]
    used = {value.strip() for value in re.findall(r"(?<![-a-z])color: ([^;}]+)", rules)}
    assert used <= {f"var(--{name})" for name in (*TEXT, "seal-ink", "button-ink", "slip-ink")}
