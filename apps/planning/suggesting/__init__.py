"""What to do next, from what is known (docs/suggestions.md).

Pure: `model` has the values, `fusing` makes one list of several, `weighing` weighs the sources,
`likeness` says when two texts mean one task. Reading: `situation` finds out what was finished last,
`sources` has a file for each source, `records` what was suggested before.
"""
