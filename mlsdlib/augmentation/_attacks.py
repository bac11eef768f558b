"""Small changes of a picture that make a model err."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.augmentation._inputs import bounds_of, count_of, images_of, strength_of, within

if TYPE_CHECKING:
    import torch


def fgsm(
    model: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    y: torch.Tensor,
    eps: float,
    *,
    bounds: tuple[float, float] = (0, 1),
) -> torch.Tensor:
    """Return the inputs, each coordinate moved by `eps` to where the loss grows.

    The fast gradient sign method (Goodfellow 2015): one step along the sign of the gradient of
    the cross-entropy. For a linear model of two classes no other change of that size lowers the
    margin more: it drops by `eps` times the sum of the absolute weights.

    Parameters
    ----------
    model : callable
        Gives logits of shape (..., classes). Its weights, and their gradients, stay as they are.
        Put a module with dropout or batch norm into ``eval()`` first.
    x : float tensor of shape (..., inputs)
    y : tensor
        Classes of shape (...), or shares of classes of the shape of the logits.
    eps : float
        How far each coordinate may move; 0 moves none.
    bounds : pair of float
        Least and greatest value of a coordinate; the result is clipped to them.

    Raises
    ------
    TypeError, ValueError
        If `x` is no finite float tensor, `y` does not fit the logits, `eps` is negative or the
        bounds are out of order.

    Examples
    --------
    >>> import torch
    >>> weights = torch.tensor([[1.0, 0.0], [-2.0, 0.0]])  # logit of class 0: x0 - 2 x1
    >>> fgsm(lambda x: x @ weights, torch.tensor([[0.5, 0.5]]), torch.tensor([0]), 0.25)
    tensor([[0.2500, 0.7500]])
    """
    _check_tensors(x, y)
    eps, (low, high) = strength_of("eps", eps), bounds_of(bounds)
    return (x.detach() + eps * _slope(model, x, y).sign()).clamp(low, high)


def pgd(
    model: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    y: torch.Tensor,
    eps: float,
    *,
    steps: int = 10,
    bounds: tuple[float, float] = (0, 1),
    rng: np.random.Generator | int | None = None,
) -> torch.Tensor:
    """Return the inputs after many small steps of `fgsm`, never further off than `eps`.

    Projected gradient descent (Madry 2018): from a random start in the box around the input,
    `steps` steps of ``2.5 * eps / steps``, each followed by a step back into the box.

    Parameters
    ----------
    model, x, y, eps, bounds
        As in `fgsm`.
    steps : int
    rng : numpy Generator, int or None
        Draws the start.

    Raises
    ------
    TypeError, ValueError
        As `fgsm`, or if `steps` is less than 1.

    Examples
    --------
    >>> import torch
    >>> weights = torch.tensor([[1.0, 0.0], [-2.0, 0.0]])
    >>> pgd(lambda x: x @ weights, torch.tensor([[0.5, 0.5]]), torch.tensor([0]), 0.25, rng=0)
    tensor([[0.2500, 0.7500]])
    """
    import torch

    _check_tensors(x, y)
    eps, (low, high) = strength_of("eps", eps), bounds_of(bounds)
    steps = count_of("steps", steps)
    x = x.detach()
    start = np.random.default_rng(rng).uniform(-eps, eps, tuple(x.shape))
    at = (x + torch.as_tensor(start, dtype=x.dtype, device=x.device)).clamp(low, high)
    for _ in range(steps):
        at = at + 2.5 * eps / steps * _slope(model, at, y).sign()
        at = torch.minimum(torch.maximum(at, x - eps), x + eps).clamp(low, high)
    return at


@dataclass(frozen=True)
class OnePixel:
    """The change of one pixel that `one_pixel` found.

    Parameters
    ----------
    row, column : int
        Where the pixel lies.
    image : array
        The changed picture.
    before, after : float
        Probability of the true class of the picture as it was and as it is.
    fooled : bool
        Whether another class is now more probable.
    """

    row: int
    column: int
    image: np.ndarray
    before: float
    after: float
    fooled: bool


def one_pixel(
    predict: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    label: int,
    *,
    bounds: tuple[float, float] = (0, 1),
    iterations: int = 20,
    rng: np.random.Generator | int | None = None,
) -> OnePixel:
    """Return the change of a single pixel that lowers the probability of the true class most.

    The search is differential evolution (Su 2019): it asks the model for probabilities only and
    needs no gradient. It need not find the best pixel.

    Parameters
    ----------
    predict : callable
        Takes pictures (n, height, width[, channels]) and returns probabilities (n, classes).
    image : array of shape (height, width) or (height, width, channels)
    label : int
        The true class.
    bounds : pair of float
        Least and greatest value of a pixel.
    iterations : int
        Rounds of the search.
    rng : numpy Generator, int or None

    Raises
    ------
    TypeError, ValueError
        If the picture has another shape or leaves the bounds, the bounds are out of order, or
        `predict` knows no such label.

    Examples
    --------
    >>> def predict(images):  # sure of class 1 as soon as the pixel in the corner is dark
    ...     corner = images[:, 0, 0]
    ...     return np.column_stack([1 - corner, corner])
    >>> found = one_pixel(predict, np.zeros((3, 3)), 0, rng=0)
    >>> found.row, found.column, found.fooled
    (0, 0, True)
    """
    from scipy.optimize import differential_evolution

    image = within(images_of(np.asarray(image)[None]), bounds)[0].astype(float)
    low, high = bounds_of(bounds)
    label, iterations = count_of("label", label, at_least=0), count_of("iterations", iterations)
    if label >= (classes := np.asarray(predict(image[None])).shape[1]):
        raise ValueError(f"label must be less than the {classes} classes of predict, got {label}")
    height, width = image.shape[:2]

    def changed(points: np.ndarray) -> np.ndarray:
        batch = np.repeat(image[None], points.shape[1], axis=0)
        # The search is over real numbers; the edge height itself belongs to the last row.
        rows = np.minimum(points[0].astype(int), height - 1)
        columns = np.minimum(points[1].astype(int), width - 1)
        values = points[2:].T
        batch[np.arange(len(batch)), rows, columns] = values[:, 0] if image.ndim == 2 else values
        return batch

    channels = 1 if image.ndim == 2 else image.shape[2]
    found = differential_evolution(
        lambda points: np.asarray(predict(changed(points)))[:, label],
        [(0, height), (0, width), *[(low, high)] * channels],
        maxiter=iterations,
        popsize=10,
        polish=False,
        vectorized=True,
        updating="deferred",
        rng=np.random.default_rng(rng),
    )
    best = changed(found.x[:, None])
    before, after = np.asarray(predict(np.concatenate([image[None], best])))
    return OnePixel(
        row=min(int(found.x[0]), height - 1),
        column=min(int(found.x[1]), width - 1),
        image=best[0],
        before=float(before[label]),
        after=float(after[label]),
        fooled=bool(after.argmax() != label),
    )


def _slope(
    model: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, y: torch.Tensor
) -> torch.Tensor:
    """Return the gradient of the summed cross-entropy by the inputs, and by nothing else."""
    import torch

    x = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        logits = model(x)
        classes = logits.shape[-1]
        hard = not y.is_floating_point()
        if y.shape != (logits.shape[:-1] if hard else logits.shape):
            raise ValueError(
                f"y must hold a class or {classes} shares for each input, got shape "
                f"{tuple(y.shape)} for logits of shape {tuple(logits.shape)}"
            )
        if hard and y.numel() and not 0 <= y.min() <= y.max() < classes:
            raise ValueError(f"y must hold classes from 0 to {classes - 1}")
        loss = torch.nn.functional.cross_entropy(
            logits.reshape(-1, classes),
            y.reshape(-1) if hard else y.reshape(-1, classes),
            reduction="sum",
        )
        (slope,) = torch.autograd.grad(loss, x)
    return slope


def _check_tensors(x: object, y: object) -> None:
    import torch

    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        kind = x.dtype if isinstance(x, torch.Tensor) else type(x).__name__
        raise TypeError(f"x must be a tensor of floats, got {kind}")
    if not isinstance(y, torch.Tensor):
        raise TypeError(f"y must be a tensor, got {type(y).__name__}")
    if not torch.isfinite(x).all():
        raise ValueError("x must be finite, got NaN or infinity")
