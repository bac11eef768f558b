"""Knowledge distillation: learn from what a teacher says, not only from labels."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

from mlsdlib.compression._inputs import share

if TYPE_CHECKING:
    from torch import Tensor


def distillation_loss(
    s: Tensor, t: Tensor, y: Tensor | None = None, *, T: float = 4.0, alpha: float = 1.0
) -> Tensor:
    """Return the loss of a student that learns from a teacher, and from labels.

    It is ``alpha * T**2 * KL(teacher || student) + (1 - alpha) * cross-entropy``, averaged over
    the examples. Both distributions of the first term are softened: logits are divided by the
    temperature. That divides the gradient by about ``T**2``, which the factor makes good.

    Parameters
    ----------
    s, t : tensors of shape (..., classes)
        Logits of the student and of the teacher. No gradient flows into the teacher's.
    y : tensor of shape (...), optional
        True classes. Not needed where ``alpha`` is 1: then unlabelled examples will do.
    T : float
        Temperature, above 0.
    alpha : float
        Weight of the teacher, from 0 to 1.

    Returns
    -------
    tensor of shape ()
        Hinton, Vinyals & Dean (2015), *Distilling the knowledge in a neural network*.

    Raises
    ------
    TypeError, ValueError
        If a tensor or an option is not what it must be.

    Examples
    --------
    >>> import torch
    >>> s, t = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 0.0]])
    >>> round(float(distillation_loss(s, t, T=3.0)), 4)
    0.9985
    >>> float(distillation_loss(t, t, T=3.0))
    0.0
    """
    import torch
    from torch.nn import functional as F

    for name, logits in (("s", s), ("t", t)):
        if not isinstance(logits, torch.Tensor):
            raise TypeError(f"{name} must be a tensor, got {type(logits).__name__}")
    if s.ndim < 1 or s.shape != t.shape or s.numel() == 0:
        raise ValueError(
            "s and t must have the same shape (..., classes) and not be empty, got "
            f"{tuple(s.shape)} and {tuple(t.shape)}"
        )
    if isinstance(T, bool) or not isinstance(T, Real):
        raise TypeError(f"T must be a number, got {type(T).__name__}")
    if not 0 < T < float("inf"):
        raise ValueError(f"T must be above 0 and finite, got {T!r}")
    alpha = share("alpha", alpha)
    if alpha < 1 and (y is None or y.shape != s.shape[:-1]):
        got = None if y is None else tuple(y.shape)
        raise ValueError(f"y must have shape {tuple(s.shape[:-1])} where alpha < 1, got {got}")
    soft = (t.detach() / T).log_softmax(-1)
    gap = (soft.exp() * (soft - (s / T).log_softmax(-1))).sum(-1).mean()
    if alpha == 1:
        return T**2 * gap
    hard = F.cross_entropy(s.flatten(0, -2), y.flatten().long())
    return alpha * T**2 * gap + (1 - alpha) * hard
