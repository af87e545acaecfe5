"""What a project declares that it needs, and under which names that is imported."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.reviewer.subject import Subject

# Where what is imported is not called like what is installed.
_IMPORTED_AS = {
    "attrs": ("attr", "attrs"),
    "beautifulsoup4": ("bs4",),
    "faiss-cpu": ("faiss",),
    "faiss-gpu": ("faiss",),
    "gitpython": ("git",),
    "ipython": ("IPython",),
    "msgpack-python": ("msgpack",),
    "opencv-python": ("cv2",),
    "opencv-python-headless": ("cv2",),
    "pillow": ("PIL",),
    "protobuf": ("google",),
    "pyjwt": ("jwt",),
    "pymupdf": ("fitz", "pymupdf"),
    "python-dateutil": ("dateutil",),
    "python-docx": ("docx",),
    "python-dotenv": ("dotenv",),
    "python-magic": ("magic",),
    "python-multipart": ("multipart", "python_multipart"),
    "pytorch-lightning": ("pytorch_lightning", "lightning"),
    "pyyaml": ("yaml",),
    "scikit-image": ("skimage",),
    "scikit-learn": ("sklearn",),
    "setuptools": ("setuptools", "pkg_resources"),
}
# What a distribution brings along, as a part of itself that has a name of its own.
_BROUGHT = {
    "datasets": ("huggingface_hub", "fsspec"),
    "fastapi": ("starlette",),
    "matplotlib": ("mpl_toolkits",),
    "pydantic": ("pydantic_core", "annotated_types"),
    "pytest": ("_pytest", "pluggy"),
    "torch": ("functorch",),
    "transformers": ("huggingface_hub",),
}
# Extras for those who work on the project; what users run must not need them.
_FOR_DEVELOPERS = {"dev", "test", "tests", "testing", "lint", "docs", "doc", "notebook", "notebooks", "bench", "ci"}


@dataclass(frozen=True)
class Declared:
    """One declared requirement."""

    name: str  # normalized
    extra: str  # empty: the project always needs it
    requirement: str

    @property
    def modules(self) -> tuple[str, ...]:
        """The top names that can be imported where it is installed, its own ones first."""
        return (*self.own_modules, *_BROUGHT.get(self.name, ()))

    @property
    def own_modules(self) -> tuple[str, ...]:
        return _IMPORTED_AS.get(self.name, (self.name.replace("-", "_"),))

    @property
    def for_users(self) -> bool:
        """Whether those who only use the project can have it."""
        return self.extra not in _FOR_DEVELOPERS


def declared(subject: Subject) -> list[Declared]:
    """All that pyproject.toml declares. A project that names itself means its own extras."""
    project = subject.pyproject.get("project", {})
    own = plain(project.get("name", ""))
    lists = {"": project.get("dependencies", []), **project.get("optional-dependencies", {})}
    lists |= {name: [one for one in group if isinstance(one, str)] for name, group in _groups(subject).items()}
    found = [Declared(name_of(one), extra, one) for extra, ones in lists.items() for one in ones]
    return [one for one in found if one.name != own]


def _groups(subject: Subject) -> dict[str, list[object]]:
    groups: dict[str, list[object]] = subject.pyproject.get("dependency-groups", {})
    return groups


def name_of(requirement: str) -> str:
    """The normalized name in a requirement."""
    return plain(re.split(r"[\[<>=!~;,@ ]", requirement.strip())[0])


def plain(name: str) -> str:
    """A name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
