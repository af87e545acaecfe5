"""A rating sheet as one HTML file: it loads nothing, sends nothing, and saves the ratings as CSV."""

import base64
import hashlib
import html
from collections.abc import Sequence
from typing import Final

from scratch_llm.evaluation.human.items import (
    HIGHEST,
    LOWEST,
    SCALES,
    BlindAnswer,
    BlindItem,
)
from scratch_llm.evaluation.human.texts import SheetTexts

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
section { border-top: 2px solid #888; margin-top: 2rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; background: #f4f4f4; padding: .7rem; }
fieldset { border: 1px solid #bbb; margin: 1rem 0; }
label { margin-right: .8rem; }
textarea { width: 100%; }
footer { position: sticky; bottom: 0; background: #fff; border-top: 1px solid #bbb; padding: .7rem 0; }
"""
# Ratings survive closing the page (localStorage). A cell that a spreadsheet would compute gets a quote before it.
_SCRIPT: Final = """
const body = document.body;
const place = body.dataset.sheet + " " + body.dataset.rater;
const inputs = [...document.querySelectorAll("fieldset input, fieldset textarea")];
const answers = [...document.querySelectorAll("fieldset[data-code]")];
const scales = body.dataset.scales.split(" ");
const rated = (answer, scale) => answer.querySelector(`input[name="${answer.dataset.code}-${scale}"]:checked`);
const cell = (text) => '"' + (/^[=+@\\t\\r-]/.test(text) ? "'" : "") + text.replaceAll('"', '""') + '"';
function store() {
  const state = inputs.map((input) => (input.type === "radio" ? input.checked : input.value));
  localStorage.setItem(place, JSON.stringify(state));
  const done = answers.filter((answer) => scales.every((scale) => rated(answer, scale))).length;
  document.getElementById("done").textContent = `${done} / ${answers.length}`;
}
function save() {
  const rows = answers.map((answer) => [
    body.dataset.sheet, answer.dataset.code,
    ...scales.map((scale) => rated(answer, scale)?.value ?? ""),
    answer.querySelector("textarea").value,
  ]);
  const lines = [["sheet", "code", ...scales, "comment"], ...rows].map((row) => row.map(cell).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\\ufeff" + lines.join("\\r\\n") + "\\r\\n"], { type: "text/csv" }));
  link.download = body.dataset.rater + ".csv";
  link.click();
}
const state = JSON.parse(localStorage.getItem(place) ?? "[]");
state.forEach((value, i) => { inputs[i][inputs[i].type === "radio" ? "checked" : "value"] = value; });
body.addEventListener("input", store);
document.getElementById("save").addEventListener("click", save);
store();
"""


def sheet_page(sheet: str, rater: str, items: Sequence[BlindItem], texts: SheetTexts, language: str) -> str:
    """Lay out one rater's sheet.

    Args:
        sheet: Fingerprint of the study.
        rater: Name of the rater, which becomes the name of the saved file.
        items: What to rate, in this rater's order.
        texts: The words around it.
        language: Language of those words.
    """
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    body = f'data-sheet="{sheet}" data-rater="{html.escape(rater)}" data-scales="{" ".join(SCALES)}"'
    sections = "\n".join(_section(place, item, texts) for place, item in enumerate(items, start=1))
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{texts.title}</title>
<style>{_STYLE}</style>
</head>
<body {body}>
<h1>{texts.title}</h1>
<p>{texts.instructions}</p>
<p>{LOWEST} = {texts.ends[0]}, {HIGHEST} = {texts.ends[1]}</p>
{sections}
<footer><span id="done"></span> {texts.progress} <button id="save" type="button">{texts.save}</button></footer>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _section(place: int, item: BlindItem, texts: SheetTexts) -> str:
    answers = "\n".join(_answer(number, answer, texts) for number, answer in enumerate(item.answers, start=1))
    return f"<section>\n<h2>{texts.prompt} {place}</h2>\n{_quoted(item.prompt)}\n{answers}\n</section>"


def _answer(number: int, answer: BlindAnswer, texts: SheetTexts) -> str:
    scales = "\n".join(
        f'<div role="radiogroup" aria-label="{question}"><p>{question}</p>{_choices(f"{answer.code}-{scale}")}</div>'
        for scale, question in texts.scales.items()
    )
    return (
        f'<fieldset data-code="{answer.code}">\n<legend>{texts.answer} {number}</legend>\n{_quoted(answer.text)}\n'
        f"{scales}\n<label>{texts.comment}<textarea></textarea></label>\n</fieldset>"
    )


def _choices(name: str) -> str:
    return " ".join(
        f'<label><input type="radio" name="{name}" value="{value}"> {value}</label>'
        for value in range(LOWEST, HIGHEST + 1)
    )


def _quoted(text: str) -> str:
    # HTML drops one newline right after <pre>; this one is dropped in place of the text's own.
    return f"<pre>\n{html.escape(text)}</pre>"
