"""Train and score the offline diffusion model: a small Marigold, on rendered rooms only.

    python samples/train_marigold.py --out DIR                        render, train, save; stopped runs resume
    python samples/train_marigold.py --evaluate [--model DIR] [--real SUNRGBD]     print the model card's table

First the autoencoder learns pictures and depth maps, then the UNet learns to denoise the depth's latent beside the
picture's (Ke et al. 2024). Most of its examples are at the last timestep, noise alone, where sampling starts; from the
middle of the training on these are also judged by the depth that they decode to (Garcia et al. 2024).
"""

import argparse
import os
import sys
from pathlib import Path

# Threads that wait asleep: spinning ones cost half the speed as soon as anything else runs on the machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import augment
import diffusion_parts as parts
import numpy as np
import scene_set
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from losses import scale_and_shift_invariant
from torch.nn import functional as F
from training import Training, ahead

SMALL, SIZE = (96, 72), (128, 96)  # width and height; the latter is the finished model's
HERE = Path(__file__).resolve().parent
Batch = tuple[torch.Tensor, torch.Tensor]


def batch(data: scene_set.SceneSet, count: int, size: tuple[int, int], seed: tuple[int, int]) -> Batch:
    """`count` pictures (B, 3, H, W) in [-1, 1] and their depth (B, H, W) in metres, at `size` (width, height)."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(data.rgb), count)
    pairs = [augment.augment(rng, data.rgb[i], data.disparity[i], size, 0.5) for i in chosen]
    pictures = torch.from_numpy(np.stack([rgb for rgb, _ in pairs])).permute(0, 3, 1, 2).contiguous()
    return pictures * 2 - 1, 1 / torch.from_numpy(np.stack([disparity for _, disparity in pairs]))


def vae_loss(vae: AutoencoderKL, pair: Batch) -> torch.Tensor:
    """How far pictures and normalised depth come back changed: depth counts thrice, and its edges count again."""
    x = torch.cat([pair[0], parts.normalised(pair[1])])
    posterior = vae.encode(x).latent_dist
    error = vae.decode(posterior.sample()).sample - x
    pictures, depth = error.chunk(2)
    edges = depth.diff(dim=-1).abs().mean() + depth.diff(dim=-2).abs().mean()
    divergence = posterior.kl().mean() / posterior.mean[0].numel()
    return pictures.abs().mean() + 3 * depth.abs().mean() + 3 * edges + 1e-3 * divergence


def train_vae(data: scene_set.SceneSet, args: argparse.Namespace) -> AutoencoderKL:
    """The finished autoencoder, trained as far as that is missing; depth latents have unit variance.

    It learns from whole pictures, for its group normalisation needs the range of values that it will meet.
    """
    training = Training(parts.build_vae(), args.out / "vae.pt", args.vae_steps, args.lr)
    for pair in ahead(lambda step: batch(data, args.batch // 4, SMALL, (step, 7)), training):
        torch.manual_seed(training.step)
        training.learn(vae_loss(training.model, pair))
        if training.step % 100 == 0 or training.finished:
            training.save()
    vae = training.model.eval()  # its average remembers too much of so short a training
    _, depth = batch(data, 32, SIZE, (0, 8))
    with torch.no_grad():
        spread = vae.encode(parts.normalised(depth)).latent_dist.mode().std().item()
    vae.register_to_config(scaling_factor=1 / spread)
    return vae


def unet_loss(
    unet: UNet2DConditionModel,
    vae: AutoencoderKL,
    scheduler: DDIMScheduler,
    text: torch.Tensor,
    pair: Batch,
    decoded: bool,
) -> torch.Tensor:
    """Squared error of the velocity, three in four at the last timestep; `decoded`: and that of the depth there."""
    pictures, depth = pair
    with torch.no_grad():
        seen, clean = parts.encode(vae, pictures), parts.encode(vae, parts.normalised(depth))
    last, first = scheduler.config.num_train_timesteps - 1, len(depth) * 3 // 4
    times = torch.randint(0, last + 1, (len(depth),))
    times[:first] = last
    noise = torch.randn_like(clean)
    noisy, velocity = scheduler.add_noise(clean, noise, times), scheduler.get_velocity(clean, noise, times)
    found = unet(torch.cat([seen, noisy], 1), times, text.expand(len(depth), -1, -1)).sample
    loss = F.mse_loss(found, velocity)
    if decoded:  # without any signal at the last timestep, the clean latent is the velocity with its sign turned
        loss = loss + 0.5 * scale_and_shift_invariant(parts.decode_depth(vae, -found[:first]), depth[:first])
    return loss


def size(progress: float) -> tuple[int, int]:
    """Of the UNet's pictures, small first: it sees twice as many in the same time. `progress` from 0 to 1."""
    return SMALL if progress < 0.5 else SIZE


def train_unet(data: scene_set.SceneSet, vae: AutoencoderKL, args: argparse.Namespace) -> None:
    training = Training(parts.build_unet(), args.out / "unet.pt", args.steps, args.lr)
    vae.requires_grad_(False)
    scheduler, text = parts.build_scheduler(), parts.empty_text()
    for pair in ahead(lambda step: batch(data, args.batch, size(step / args.steps), (step, 9)), training):
        torch.manual_seed(training.step)
        decoded = training.step >= args.steps // 2
        training.learn(unet_loss(training.model, vae, scheduler, text, pair, decoded))
        if training.step % 100 == 0 or training.finished:
            training.save()
            parts.save(vae, training.average, args.out)


def train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    data = scene_set.render_set(args.data, args.scenes, args.threads)
    train_unet(data, train_vae(data, args), args)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("marigold-tiny"), help="folder of the model and checkpoints")
    parser.add_argument("--data", type=Path, default=Path("plumb-scenes"), help="folder of the rendered scenes")
    parser.add_argument("--scenes", type=int, default=16_000)
    parser.add_argument("--vae-steps", type=int, default=2_000)
    parser.add_argument("--steps", type=int, default=4_600)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--evaluate", action="store_true", help="score a model instead of training one")
    parser.add_argument("--model", type=Path, default=HERE / "marigold-tiny", help="the model that --evaluate scores")
    parser.add_argument("--real", type=Path, help="a SUN RGB-D folder to score as well")
    parser.add_argument("--held-out", type=int, default=500, help="number of held-out scenes to score")
    args = parser.parse_args()
    if args.evaluate:
        sys.path.append(str(HERE.parent))  # for plumb's metrics
        import score

        torch.set_num_threads(args.threads)
        models = {f"this model, {n} step{'s' * (n > 1)}": score.marigold(args.model, n) for n in (1, 2, 4)}
        print(score.table(models, "affine_depth", args.data, args.held_out, args.real))
    else:
        train(args)


if __name__ == "__main__":
    main()
