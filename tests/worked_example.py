"""The numbers of the worked example, for the sentences that speak of them."""

import numpy as np

from course_utils.convolution import WORKED_IMAGE, WORKED_KERNEL, conv2d

IMAGE, KERNEL = np.array(WORKED_IMAGE), np.array(WORKED_KERNEL)
OUTPUT, NUMBERS = conv2d(IMAGE, KERNEL), KERNEL.ravel().tolist()
FIRST, SECOND = IMAGE[:2, :2], IMAGE[:2, 1:3]  # windows


def listed(numbers, last=", "):
    *before, end = map(str, np.ravel(numbers))
    return f"{', '.join(before)}{last}{end}"
