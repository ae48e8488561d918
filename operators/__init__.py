"""Plumb's operators: one file each, with its form, its execution and its call from Python."""

from .evaluate_depth import EvaluateDepth
from .export_depth_report import ExportDepthReport
from .import_sunrgbd import ImportSunrgbd
from .manage_depth_runs import ManageDepthRuns
from .predict_depth import PredictDepth
from .stop_depth_job import StopDepthJob

OPERATORS = (ImportSunrgbd, PredictDepth, EvaluateDepth, ManageDepthRuns, ExportDepthReport, StopDepthJob)
