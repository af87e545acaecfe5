"""Docker: the only place that talks to an engine. Its library asks, its programs build images and run compose files."""

from __future__ import annotations

from framework.runtime.docker.engine import Engine, engine
from framework.runtime.docker.errors import BuildFailed, EngineMissing
from framework.runtime.docker.facts import ContainerFacts, EngineFacts, ImageFacts, Layer, Mount, Openness, Ran, Usage
from framework.runtime.docker.labels import labels_of

__all__ = [
    "BuildFailed",
    "ContainerFacts",
    "Engine",
    "EngineFacts",
    "EngineMissing",
    "ImageFacts",
    "Layer",
    "Mount",
    "Openness",
    "Ran",
    "Usage",
    "engine",
    "labels_of",
]
