"""The loss of predictions that are right up to scale and shift: that of MiDaS (Ranftl et al. 2020), and AbsRel's."""

import torch


def scale_and_shift_invariant(p: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
    """Loss of predictions `p` against the truth `g` > 0 in the same quantity, both (B, H, W).

    Both maps are brought to zero median and unit mean deviation and compared, values and multi-scale
    gradients; and the least-squares aligned prediction is compared relative to `g`, which is what AbsRel sees.
    """

    def centred(t: torch.Tensor) -> torch.Tensor:
        t = t - t.flatten(1).median(1).values[:, None, None]
        # Next to no lower bound: with a real one, a network in doubt shrinks its output to nothing.
        return t / t.abs().mean((1, 2), keepdim=True).clamp(min=1e-5)

    error = centred(p) - centred(g)
    gradients = error.new_zeros(())
    for k in range(4):
        e = error[:, :: 2**k, :: 2**k]
        gradients = gradients + (e[:, 1:] - e[:, :-1]).abs().mean() + (e[:, :, 1:] - e[:, :, :-1]).abs().mean()
    pm, gm = p.mean((1, 2), keepdim=True), g.mean((1, 2), keepdim=True)
    variance = (p - pm).square().mean((1, 2), keepdim=True).clamp(min=1e-8)
    s = ((p - pm) * (g - gm)).mean((1, 2), keepdim=True) / variance
    relative = ((s.clamp(min=0) * (p - pm) + gm - g).abs() / (g + 0.05)).clamp(max=2).mean()
    return error.abs().mean() + 0.25 * gradients + 2 * relative
