"""Train and score the offline model: a small DPT-hybrid, on rendered rooms only.

    python samples/train_dpt.py --out DIR --scenes 16000 --steps 5200     render, train, save; stopped runs
    resume python samples/train_dpt.py --evaluate [--model DIR] [--real SUNRGBD] print the model card's table

The network predicts inverse depth up to scale and shift, like MiDaS (Ranftl et al. 2020) and DPT (Ranftl et
al. 2021).
"""

import argparse
import copy
import math
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Threads that wait asleep: spinning ones cost half the speed as soon as anything else runs on the machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import augment
import numpy as np
import scene_set
import torch
from transformers import DPTConfig, DPTForDepthEstimation, DPTImageProcessor, ResNetConfig

SIZE = 160  # of the finished network's input
SMALL = 128  # for the first nine tenths of the training: half again as many pictures in the same time
HERE = Path(__file__).resolve().parent


def build_model() -> DPTForDepthEstimation:
    """A DPT-hybrid with a small ResNet in front of four transformer layers; about 4.3 M parameters."""
    stages = [48, 96, 192]
    backbone = ResNetConfig(
        embedding_size=32,
        hidden_sizes=stages,
        depths=[2, 2, 2],
        layer_type="basic",
        out_features=["stage1", "stage2", "stage3"],
    )
    config = DPTConfig(
        is_hybrid=True,
        backbone_config=backbone,
        image_size=SIZE,
        patch_size=16,
        hidden_size=192,
        num_hidden_layers=4,
        num_attention_heads=6,
        intermediate_size=768,
        backbone_out_indices=[0, 1, 1, 3],
        backbone_featmap_shape=[1, stages[-1], SIZE // 16, SIZE // 16],
        neck_hidden_sizes=[*stages[:2], 192, 192],
        neck_ignore_stages=[0, 1],
        reassemble_factors=[1, 1, 1, 0.5],
        fusion_hidden_size=32,
        use_auxiliary_head=False,
    )
    model = DPTForDepthEstimation(config)
    # The head ends in a ReLU: a positive start keeps it alive until the weights have found their way.
    torch.nn.init.constant_(model.head.head[-2].bias, 1.0)
    return model


def processor() -> DPTImageProcessor:
    return DPTImageProcessor(
        size={"height": SIZE, "width": SIZE},
        keep_aspect_ratio=False,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        do_pad=False,
    )


def loss_fn(p: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
    """Scale-and-shift-invariant loss of predictions `p` against true inverse depth `g`, both (B, H, W).

    Both maps are brought to zero median and unit mean deviation and compared, values and multi-scale
    gradients (MiDaS); and the least-squares aligned prediction is compared relative to `g`, which is what
    AbsRel sees.
    """

    def centred(t: torch.Tensor) -> torch.Tensor:
        t = t - t.flatten(1).median(1).values[:, None, None]
        # Next to no lower bound: with a real one, a network in doubt shrinks its output to nothing.
        return t / t.abs().mean((1, 2), keepdim=True).clamp(min=1e-5)

    error = centred(p) - centred(g)
    gradients = error.new_zeros(())
    for k in range(4):
        e = error[:, :: 2**k, :: 2**k]
        gradients = (
            gradients + (e[:, 1:] - e[:, :-1]).abs().mean() + (e[:, :, 1:] - e[:, :, :-1]).abs().mean()
        )
    pm, gm = p.mean((1, 2), keepdim=True), g.mean((1, 2), keepdim=True)
    variance = (p - pm).square().mean((1, 2), keepdim=True).clamp(min=1e-8)
    s = ((p - pm) * (g - gm)).mean((1, 2), keepdim=True) / variance
    relative = ((s.clamp(min=0) * (p - pm) + gm - g).abs() / (g + 0.05)).clamp(max=2).mean()
    # The losses above leave scale and shift free; hold them where the ReLU of the head cuts nothing off.
    anchor = (p.mean((1, 2)) - 1).square().mean() + (p.flatten(1).std(1) - 0.35).square().mean()
    return error.abs().mean() + 0.25 * gradients + 2 * relative + 0.1 * anchor


def input_size(step: int, steps: int) -> int:
    return SMALL if step < steps * 9 // 10 else SIZE


def batch(data: scene_set.SceneSet, args: argparse.Namespace, step: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (B, 3, S, S) in [0, 1] and inverse depth (B, S, S) of a step.

    Every step has a random stream of its own: a resumed run sees what an unbroken one would have seen.
    """
    rng = np.random.default_rng([step, 7])
    size = input_size(step, args.steps)
    strength = 1.0 if step < args.steps // 3 else 0.5
    pairs = [
        augment.augment(rng, data.rgb[i], data.disparity[i], size, strength)
        for i in rng.integers(0, args.scenes, args.batch)
    ]
    x = torch.from_numpy(np.stack([a for a, _ in pairs])).permute(0, 3, 1, 2)
    return x.contiguous(memory_format=torch.channels_last), torch.from_numpy(np.stack([b for _, b in pairs]))


def train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    data = scene_set.render_set(args.data, args.scenes, args.threads)
    model = build_model().to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False)
    decay = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
        lr=args.lr,
        fused=True,
    )
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "checkpoint.pt"
    step = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
        print(f"resumed at step {step}", flush=True)
    model.train()
    seen, mean, began = 0, 0.0, time.monotonic()
    ahead = ThreadPoolExecutor(1)
    upcoming = ahead.submit(batch, data, args, step)
    while step < args.steps:
        size = input_size(step, args.steps)
        model.dpt.embeddings.image_size = (size, size)  # position embeddings follow by interpolation
        x, g = upcoming.result()
        upcoming = ahead.submit(batch, data, args, step + 1)
        rate = (
            args.lr
            * min(1, (step + 1) / 300)
            * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * step / args.steps)))
        )
        for group in optimizer.param_groups:
            group["lr"] = rate
        p = model(pixel_values=x * 2 - 1).predicted_depth
        loss = loss_fn(p, g)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        with torch.no_grad():
            keep = min(0.998, (1 + step) / (10 + step))
            for a, b in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
                if a.is_floating_point():
                    a.lerp_(b, 1 - keep)
        seen, mean = seen + 1, loss.item() if not seen else 0.98 * mean + 0.02 * loss.item()
        if step % 50 == 0:
            print(f"step {step} loss {mean:.4f} {(time.monotonic() - began) / seen:.3f} s/step", flush=True)
        if step % 100 == 0 or step == args.steps:
            state = {
                "model": model.state_dict(),
                "average": average.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step,
            }
            torch.save(state, f"{checkpoint}.new")
            os.replace(f"{checkpoint}.new", checkpoint)
            save(average, args.out)


def save(model: DPTForDepthEstimation, folder: Path) -> None:
    """Write weights as float16 safetensors, config and image processor into `folder`."""
    copy.deepcopy(model).to(memory_format=torch.contiguous_format).half().eval().save_pretrained(folder)
    processor().save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, default=Path("dpt-tiny"), help="folder of the model and its checkpoint"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("plumb-scenes"), help="folder of the rendered scenes"
    )
    parser.add_argument("--scenes", type=int, default=16_000)
    parser.add_argument("--steps", type=int, default=5_200)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--evaluate", action="store_true", help="score a model instead of training one")
    parser.add_argument(
        "--model", type=Path, default=HERE / "dpt-tiny", help="the model that --evaluate scores"
    )
    parser.add_argument("--real", type=Path, help="a SUN RGB-D folder to score as well")
    parser.add_argument("--held-out", type=int, default=500, help="number of held-out scenes to score")
    args = parser.parse_args()
    if args.evaluate:
        sys.path.append(str(HERE.parent))  # for plumb's metrics
        import score

        torch.set_num_threads(args.threads)
        print(score.table(args.model, args.data, args.held_out, args.real))
    else:
        train(args)


if __name__ == "__main__":
    main()
