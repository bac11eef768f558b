"""The focal loss, in torch."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def focal_loss(
    logits: Tensor,
    y: Tensor,
    *,
    gamma: float = 2.0,
    alpha: float | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the binary focal loss: cross-entropy that turns away from what is easy.

    Parameters
    ----------
    logits : tensor of shape (...)
        Log-odds of the positive class.
    y : tensor of the same shape
        Labels, 0 and 1.
    gamma : float
        At least 0. The cross-entropy of an example is multiplied by ``(1 - q)**gamma``, where q
        is the probability given to its true class. 0 is the cross-entropy itself.
    alpha : float, optional
        Weight of the positives, from 0 to 1; the negatives get ``1 - alpha``.
    reduction : str
        "mean", "sum" or "none".

    Returns
    -------
    tensor
        Of shape () or, with "none", that of `logits`. Lin et al. (2017), *Focal loss for dense
        object detection*, equation 5.

    Raises
    ------
    TypeError, ValueError
        If a tensor or an option is not what it must be.

    Notes
    -----
    Both factors are computed from the logits, without a probability that could round to 0 or 1,
    so values and gradients stay finite for logits of any size.

    Examples
    --------
    >>> import torch
    >>> logits, y = torch.logit(torch.tensor([0.9, 0.1])), torch.tensor([1.0, 1.0])
    >>> [round(float(loss), 5) for loss in focal_loss(logits, y, reduction="none")]
    [0.00105, 1.86509]
    """
    import torch
    from torch.nn import functional as F

    for name, tensor in (("logits", logits), ("y", y)):
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"{name} must be a tensor, got {type(tensor).__name__}")
    if not logits.is_floating_point():
        raise TypeError(f"logits must hold floats, got {logits.dtype}")
    if logits.shape != y.shape:
        shapes = f"{tuple(logits.shape)} and {tuple(y.shape)}"
        raise ValueError(f"logits and y must have the same shape, got {shapes}")
    if logits.numel() == 0:
        raise ValueError("logits must hold at least one number, got none")
    y = y.to(logits.dtype)
    if not ((y == 0) | (y == 1)).all():
        raise ValueError("y must hold 0 and 1 only")
    for name, value in (("gamma", gamma), ("alpha", alpha)):
        if not isinstance(value, Real) and (name, value) != ("alpha", None):
            raise TypeError(f"{name} must be a number, got {type(value).__name__}")
    if not gamma >= 0:
        raise ValueError(f"gamma must be at least 0, got {gamma!r}")
    if alpha is not None and not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha!r}")
    reduce = {"mean": torch.mean, "sum": torch.sum, "none": lambda loss: loss}
    if reduction not in reduce:
        raise ValueError(f"reduction must be one of {', '.join(reduce)}, got {reduction!r}")
    loss = F.binary_cross_entropy_with_logits(logits, y, reduction="none")
    if gamma:
        toward = logits * (2 * y - 1)  # log-odds of the true class
        loss = loss * torch.exp(gamma * F.logsigmoid(-toward))
    if alpha is not None:
        loss = loss * (alpha * y + (1 - alpha) * (1 - y))
    return reduce[reduction](loss)
