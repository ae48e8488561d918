"""The panels, one file each: what the App calls. Their other halves, in the browser, are in web/."""

from .compare_depth import CompareDepth
from .depth_leaderboard import DepthLeaderboard

PANELS = (CompareDepth, DepthLeaderboard)
