"""A text that changes when a project's service is gone, or is another one than was deployed."""

from __future__ import annotations

from framework.artifacts.deployment import Deployment
from framework.artifacts.files import ProjectFiles
from framework.runtime.docker import EngineMissing, engine


def running_service(files: ProjectFiles) -> str:
    """The images that the deployed service runs from, as long as it does; looking at it changes nothing."""
    if not files.report(Deployment.FILE).is_file():
        return ""
    service = files.read_artifact(Deployment).service
    try:
        found = engine().containers(service.labels)
    except EngineMissing:
        return "no engine"
    return " ".join(sorted(one.image_id for one in found if one.state == "running" and one.health != "unhealthy"))
