"""Many small nets trained side by side, one for each block of the data.

To compare two ways of training takes many repetitions. Nets with blocks of their own are
independent repetitions, and stacked into one tensor they cost little more than a single net::

    x, y = smallnets.deal(images, digits, nets=10, size=500, rng=rng)  # x: (10, 500, ...)
    nets = smallnets.train(x, y, classes=10, rng=rng)
    smallnets.accuracy(nets, x_test, y_test)  # one for each net
"""

from mlsdlib.smallnets._train import deal, train
from mlsdlib.smallnets._use import accuracy, confidence, logits, masked, module, one, viewed

__all__ = ["accuracy", "confidence", "deal", "logits", "masked", "module", "one", "train", "viewed"]
