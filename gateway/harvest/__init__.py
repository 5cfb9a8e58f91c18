"""Copies whole libraries into the shared index and keeps the copies up, whatever is killed or fails in between."""

from gateway.harvest.checkpoint import Checkpoint, Checkpoints
from gateway.harvest.report import Report
from gateway.harvest.runner import Harvester
from gateway.harvest.schedule import Schedule

__all__ = ["Checkpoint", "Checkpoints", "Harvester", "Report", "Schedule"]
