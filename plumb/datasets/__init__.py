"""FiftyOne datasets: the only place that reads and writes them.

`fields` knows how a depth map lies on a sample, `runs` keeps the record of what was done, `claims` keeps two operations
off one field. `importing`, `predicting` and `evaluating` are the three jobs; `scene_samples` makes a sample of a scene,
`prediction_plan` knows what a prediction has still to do, `storing` and `scored` put scores on samples, `appearance`
sets what the App shows. `reporting` reads evaluations back, `exporting` writes them to files; `managing`, `renaming`,
`deleting` and `run_files` see to runs. `operations` tells of queued operations, in the words of
`operation_words`, from what `operation_log` writes down while they run. `fiftyone_model` is a depth model as
`dataset.apply_model` takes it.
"""
