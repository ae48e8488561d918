"""Plumb's operators: one file each, with its form, its execution and its call from Python."""

from .evaluate_depth import EvaluateDepth
from .export_depth_report import ExportDepthReport
from .import_sunrgbd import ImportSunrgbd
from .manage_depth_runs import ManageDepthRuns
from .predict_depth import PredictDepth
from .restore_colors import RestoreColors
from .show_depth import ShowDepth
from .stop_depth_job import StopDepthJob

OPERATORS = (
    ImportSunrgbd, PredictDepth, EvaluateDepth, ShowDepth, ManageDepthRuns, ExportDepthReport, StopDepthJob,
    RestoreColors,
)  # fmt: skip
