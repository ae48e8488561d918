"""FiftyOne datasets: the only place that reads and writes them.

`fields` knows how a depth map lies on a sample, `runs` keeps the record of what was done; `importing`, `predicting` and
`evaluating` are the three jobs; `appearance` sets what the App shows.
"""
