"""Images are chosen by class, always the same ones."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.data.splits import Split, hold_out, stratified_choice


@given(
    targets=st.lists(st.integers(0, 4), min_size=1, max_size=60),
    share=st.floats(0, 1),
    seed=st.integers(0, 5),
)
def test_every_class_gives_its_share(
    targets: list[int], share: float, seed: int
) -> None:
    count = round(share * len(targets))
    chosen = stratified_choice(torch.tensor(targets), count, seed=seed).tolist()
    assert len(chosen) == count
    assert chosen == sorted(set(chosen))
    for target in set(targets):
        fair = targets.count(target) * count / len(targets)
        assert abs(sum(targets[i] == target for i in chosen) - fair) < 1


def test_a_seed_chooses_the_same_and_another_seed_others() -> None:
    targets = torch.arange(1000) % 10
    first, again = stratified_choice(targets, 50), stratified_choice(targets, 50)
    assert torch.equal(first, again)
    assert not torch.equal(first, stratified_choice(targets, 50, seed=1))


def test_hold_out_divides_without_overlap() -> None:
    images = torch.arange(200, dtype=torch.uint8).reshape(200, 1, 1, 1)
    split = Split(images, torch.arange(200) % 10)
    kept, held_out = hold_out(split, 0.25)
    assert len(kept.targets) == 150
    assert held_out.targets.bincount().tolist() == [5] * 10
    both = torch.cat([kept.images, held_out.images]).flatten().tolist()
    assert sorted(both) == list(range(200))


def test_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    stratified_choice(torch.arange(10), 3)
    assert torch.equal(torch.get_rng_state(), before)
