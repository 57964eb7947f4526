"""What the exercises of *Gradients* ask for; it stands in for the learner's own."""

from collections.abc import Callable

import numpy as np
import torch

from course_utils import convolution


def numerical_gradient(
    loss: Callable[[np.ndarray], float], values: np.ndarray, step: float = 0.001
) -> np.ndarray:
    """Nudge each number up and down, and see what the loss does."""
    gradient = np.zeros(values.shape)
    for index in np.ndindex(values.shape):
        nudge = np.zeros(values.shape)
        nudge[index] = step
        gradient[index] = (loss(values + nudge) - loss(values - nudge)) / (2 * step)
    return gradient


def descend(
    loss_of: Callable, start: float | list, rate: float, steps: int
) -> torch.Tensor:
    """Take steps against the gradient of a loss, from a number or from rows of them."""
    w = torch.tensor(start, dtype=torch.float32, requires_grad=True)
    for _ in range(steps):
        w.grad = None
        loss_of(w).backward()
        with torch.no_grad():
            w -= rate * w.grad
    return w.detach()


def conv2d_backward(
    image: np.ndarray, kernel: np.ndarray, grad_output: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of a valid convolution: of its image, and of its kernel."""
    grad_kernel = convolution.conv2d(image, grad_output)
    turned = kernel[::-1, ::-1]
    grad_image = convolution.conv2d(grad_output, turned, padding="full")
    return grad_image, grad_kernel
