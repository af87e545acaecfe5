"""What a hand has changed in the code is tried first: the stage that mends runs before the review looks at it again.

The review would only say what is wrong with a broken edit. The stage that mends finds out by running it and repairs
what it can; the review then judges the code that came of that.
"""

from __future__ import annotations

from collections.abc import Sequence

from framework.artifacts.files import ProjectFiles
from framework.artifacts.ledger import Ledger
from framework.artifacts.records import Receipt
from framework.runtime.codetree import CodeTree
from framework.workflow.freshness import CODE, UPSTREAM, Standing


def on_trial(found: Sequence[Standing]) -> Standing | None:
    """Where the mending stage stands, if edited code is all that has changed before it."""
    mending = next((standing for standing in found if standing.stage.mends), None)
    if mending is None:
        return None
    before = found[: found.index(mending)]
    changed = {part for standing in before for part in standing.changed}
    is_edit = CODE in changed and changed <= {CODE, UPSTREAM}
    return mending if is_edit and all(standing.state in ("fresh", "stale") for standing in before) else None


def tried(found: Sequence[Standing], mending: Standing, files: ProjectFiles, ledger: Ledger) -> Receipt | None:
    """What was judged of the code as it is now, or as it was before later stages worked on; None if nothing was."""
    receipt = ledger.receipt(mending.stage.name)
    if receipt is None:
        return None
    before = frozenset(standing.stage.name for standing in found[: found.index(mending) + 1])
    same = ledger.code_leads(receipt.inputs.get(CODE, ""), CodeTree.read(files.root).digest, apart_from=before)
    return receipt if same else None
