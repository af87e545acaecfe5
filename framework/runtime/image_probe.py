"""Whether the image that the report names is still what its tag stands for."""

from __future__ import annotations

from framework.artifacts.files import ProjectFiles
from framework.artifacts.image import Image
from framework.errors import MissingOutside


def built_image(files: ProjectFiles) -> str:
    """The tag with the id that the engine has for it. An engine that does not answer says nothing new."""
    if not files.report(Image.FILE).exists():
        return "none"
    built = files.read_artifact(Image).image
    if built is None:
        return "none"
    from framework.runtime.docker import engine

    try:
        found = engine().find_image(built.tag)
    except MissingOutside:
        return f"{built.tag} {built.id}"
    return f"{built.tag} {found.id if found else 'is missing'}"
