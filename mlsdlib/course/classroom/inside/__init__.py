"""What runs on the submission's side: the zygote, the jail, the worker.

The zygote loads these files without the package around them, so that nothing of the course is in
the memory that a submission inherits. Hence the relative imports, of the standard library's
modules and of each other only.
"""
