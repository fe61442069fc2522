"""What runs inside a grading worker: nbgrader's own converters over one submission at a time.

No gradebook is open here and none is written: what a converter would put into one is collected
in `book` and goes back as data. Learners' code does not run here either, but in the kernels
that `executing` drives.
"""

# First of all: importing it spares nbgrader a second of its start.
import courseops.adapters.nbgrader.inside  # noqa: F401
