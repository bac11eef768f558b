"""The classroom: hand out notebooks, collect them, and grade them safely.

A process that runs a submission never holds what decides its mark. `marking.grade_one` is the one
place where the parts meet: `extract` finds what a learner has written, `jail` and `worker` run it
out of everybody's way, `judging` compares in a clean process.
"""
