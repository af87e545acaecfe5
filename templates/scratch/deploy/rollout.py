"""Replace the running version without a client noticing: blue and green behind a proxy, a few per cent at first.

python scripts/rollout.py deploy IMAGE [--promote]   start it beside the old one, try it, give it more and more
python scripts/rollout.py promote                    it serves all, watched for a while; the old one stays ready
python scripts/rollout.py rollback                   back to the old version
python scripts/rollout.py status                     what serves, and how

Everything it needs to know stands in deploy/rollout/rollout.json. Exit code: 0 done, 1 the new version was taken back,
2 this cannot be done now, 3 something outside does not answer, 130 interrupted (what was on trial is taken back). If it
is killed, another process takes that back; if that is killed too, the next call does.
"""

import runpy
import sys
from pathlib import Path

_DEPLOY = Path(__file__).resolve().parents[1] / "deploy"

if __name__ == "__main__":
    sys.path[:0] = [str(_DEPLOY / "rollout"), str(_DEPLOY / "monitoring")]
    runpy.run_path(str(_DEPLOY / "rollout" / "commanding.py"), run_name="__main__")
