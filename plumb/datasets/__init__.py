"""FiftyOne datasets: the only place that reads and writes them.

`fields` knows how a depth map lies on a sample, `runs` keeps the record of what was done; `importing`, `predicting` and
`evaluating` are the three jobs; `scene_samples` makes a sample of a scene, `appearance` sets what the App shows.
"""
