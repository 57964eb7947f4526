"""The arithmetic of sizes agrees with PyTorch and with counting."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_utils.sizes import conv_output_size, receptive_field

small = st.integers(1, 4)


@given(st.integers(1, 20), st.integers(1, 6), small, st.integers(0, 3), small)
def test_output_size_counts_pytorchs_windows(n, k, stride, padding, dilation):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    if dilation * (k - 1) + 1 > n + 2 * padding:
        with pytest.raises(ValueError, match="does not fit"):
            conv_output_size(n, k, **options)
        return
    output = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), **options)
    assert conv_output_size(n, k, **options) == output.shape[-1]


@given(st.lists(st.tuples(small, st.integers(1, 3), st.integers(1, 2)), max_size=3))
def test_receptive_field_is_where_the_gradient_reaches(layers):
    size, jump = receptive_field(layers)
    row = torch.ones(1, 1, size + jump, requires_grad=True)
    output = row
    for kernel_size, stride, dilation in layers:
        layer = nn.Conv1d(1, 1, kernel_size, stride, dilation=dilation, bias=False)
        nn.init.ones_(layer.weight)
        output = layer(output)
    first, second = (
        torch.autograd.grad(output[0, 0, i], row, retain_graph=True)[0][0, 0].nonzero()
        for i in (0, 1)
    )
    assert first.max() - first.min() + 1 == size
    assert second.min() - first.min() == jump
