"""The classroom: hand out notebooks, collect them, and grade them safely.

A process that runs a submission never holds what decides its mark. `marking.Grader` is the one
place where the parts meet: `extract` finds what a learner has written, `sandbox` has it run out of
everybody's way (`inside` is what runs there), `judging` compares in a clean process.

What stays possible, and what to do about it:

- A right function may be somebody else's. A mark says that it is right, not who wrote it.
- A function that is right on every drawn case is right here, whatever it does elsewhere.
- Some exercises watch how they are called: whether an input was left alone, how often a stream was
  read. They watch from within the submission's process, where it can lie about that. Its results
  must be right all the same.
- How many cases passed and which kind failed first tells a few bits of hidden inputs. Give whoever
  may hand in again a new `$MLSD_GRADING_SEED` and another `--out`.
- The functions of scipy and scikit-learn are there, those too that do what is asked.
- Jails that run at once share processors, and can tell so by their clocks.
- Walls are the kernel's: who breaks it breaks them. Grade on a machine that holds nothing else.
"""
