"""Plumb's operators: one file each, with its form, its execution and its call from Python."""

from .evaluate_depth import EvaluateDepth
from .import_sunrgbd import ImportSunrgbd
from .predict_depth import PredictDepth

OPERATORS = (ImportSunrgbd, PredictDepth, EvaluateDepth)
