"""The report: one page that shows findings with their evidence and opens without a network."""

from __future__ import annotations

from beaconline.node.report.model import LandLines, ReportInput, TrackLines
from beaconline.node.report.page import write_report

__all__ = ["LandLines", "ReportInput", "TrackLines", "write_report"]
