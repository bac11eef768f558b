"""Processes that do one job for this one, and end when it does, however it ends.

`Child` runs a function of a module in a process of its own, which can be killed without harm to
the notebook that began it. `start_on_leash` does the same for a program that is not ours::

    with Child("mlsdlib.dataflow._workers:serve", {"work_ms": 1.0}) as child:
        port = child.hear()

Only the standard library is imported, here and in a child before its job, so that it starts
quickly.
"""

from mlsdlib.processes._child import Child, load_function, told
from mlsdlib.processes._leash import start_on_leash

__all__ = ["Child", "load_function", "start_on_leash", "told"]
