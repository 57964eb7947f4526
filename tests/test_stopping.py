"""Early stopping waits as long as it is told, and looks at nothing that comes later."""

from hypothesis import given
from hypothesis import strategies as st

from course_utils.training.stopping import early_stop

LOSSES = st.lists(st.floats(0, 9), min_size=1, max_size=20)


@given(losses=LOSSES, patience=st.integers(1, 5))
def test_it_stops_when_the_lowest_loss_is_too_old(losses, patience):
    stop, best = early_stop(losses, patience)
    seen = losses[:stop]
    assert seen.index(min(seen)) + 1 == best
    assert stop - best == patience or (stop == len(losses) and stop - best < patience)
    assert early_stop(seen, patience) == (stop, best)


def test_endless_patience_finds_the_lowest_loss_of_all():
    assert early_stop([3, 1, 2, 2, 0, 2], patience=99) == (6, 5)
