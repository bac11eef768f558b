"""Figures: what must be on them, and those that change in place."""

import pytest

from mlsdlib.course import animate, figure, show, subplots

ALT = "a line that grows from step to step"


@pytest.fixture
def shown(monkeypatch):
    """Keep what is published: the data, and where it is put."""
    outputs = []
    monkeypatch.setattr(
        figure, "publish", lambda data, meta, **where: outputs.append((data, meta, where))
    )
    return outputs


def growing(steps, title="title"):
    fig, axis = subplots(figsize=(2, 1.5))

    def draw():
        for step in range(steps):
            axis.clear()
            axis.plot(range(step + 2))
            axis.set(xlabel="x", ylabel="y", title=title)
            yield

    return fig, draw()


def test_a_figure_that_nobody_watches_is_shown_once_and_as_it_ends(shown):
    animate(*growing(3), alt=ALT, pause=60)
    (still,) = shown
    fig, steps = growing(3)
    list(steps)
    show(fig, alt=ALT)
    assert shown[1] == still
    assert still[1] == {"image/png": {"alt": ALT}}
    assert still[2] == {}


def test_a_live_figure_replaces_itself_and_ends_as_the_still_one(shown):
    animate(*growing(3), alt=ALT, live=True, pause=0)
    pictures, places, updates = zip(
        *((data["image/png"], where["place"], where["update"]) for data, _, where in shown),
        strict=True,
    )
    assert len(set(pictures)) == 3
    assert set(places) == {places[0]}
    assert updates == (False, True, True)
    animate(*growing(3), alt=ALT)
    assert shown[-1][0]["image/png"] == pictures[-1]


@pytest.mark.parametrize("live", [False, True])
def test_animate_closes_the_figure(shown, live):
    from matplotlib import pyplot

    fig, steps = growing(2)
    animate(fig, steps, alt=ALT, live=live, pause=0)
    assert not pyplot.fignum_exists(fig.number)


def test_every_step_that_is_shown_needs_labels(shown):
    with pytest.raises(ValueError, match="must have a title"):
        animate(*growing(2, title=""), alt=ALT, live=True, pause=0)
    with pytest.raises(ValueError, match="at least five words"):
        animate(*growing(2), alt="short")
