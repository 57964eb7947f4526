"""What the notebooks of *Convolution by Hand* share.

Import by module: ``from course_utils.training import fit``. This file imports nothing.
"""

__version__ = "0.2.0.dev0"
