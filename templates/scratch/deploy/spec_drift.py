"""Hold the running service against its requirements; reopen those that it no longer keeps. Needs nothing but Python.

python scripts/spec_drift.py --prometheus http://127.0.0.1:9090                    over the last hour
python scripts/spec_drift.py --metrics http://127.0.0.1:8000/metrics --window 60   without Prometheus, over a minute
python scripts/spec_drift.py --prometheus URL --listen 127.0.0.1:9095              as a webhook of Alertmanager

The requirements are the rows of deploy/monitoring/spec.json. What has drifted is written to reports/spec_drift.md and
stays there until it is kept again. Exit code: 0 all kept, 1 something has drifted, 2 wrong use, 3 nothing was measured,
4 what should tell could not be asked.
"""

import runpy
import sys
from pathlib import Path

_MONITORING = Path(__file__).resolve().parents[1] / "deploy" / "monitoring"

if __name__ == "__main__":
    sys.path.insert(0, str(_MONITORING))
    runpy.run_path(str(_MONITORING / "drift.py"), run_name="__main__")
