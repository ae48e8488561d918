"""Train and score the offline model: a small DPT-hybrid, on rendered rooms only.

    python samples/train_dpt.py --out DIR --scenes 16000 --steps 5200     render, train, save; stopped runs
    resume python samples/train_dpt.py --evaluate [--model DIR] [--real SUNRGBD] print the model card's table

The network predicts inverse depth up to scale and shift, like MiDaS (Ranftl et al. 2020) and DPT (Ranftl et
al. 2021).
"""

import argparse
import copy
import os
import sys
from pathlib import Path

# Threads that wait asleep: spinning ones cost half the speed as soon as anything else runs on the machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import augment
import numpy as np
import scene_set
import torch
from losses import scale_and_shift_invariant
from training import Training, ahead
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
    """Loss of predictions `p` against true inverse depth `g`, both (B, H, W)."""
    # That loss leaves scale and shift free; hold them where the ReLU of the head cuts nothing off.
    anchor = (p.mean((1, 2)) - 1).square().mean() + (p.flatten(1).std(1) - 0.35).square().mean()
    return scale_and_shift_invariant(p, g) + 0.1 * anchor


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
        augment.augment(rng, data.rgb[i], data.disparity[i], (size, size), strength)
        for i in rng.integers(0, args.scenes, args.batch)
    ]
    x = torch.from_numpy(np.stack([a for a, _ in pairs])).permute(0, 3, 1, 2)
    return x.contiguous(memory_format=torch.channels_last), torch.from_numpy(np.stack([b for _, b in pairs]))


def train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    data = scene_set.render_set(args.data, args.scenes, args.threads)
    model = build_model().to(memory_format=torch.channels_last)
    training = Training(model, args.out / "checkpoint.pt", args.steps, args.lr)
    for x, g in ahead(lambda step: batch(data, args, step), training):
        model.dpt.embeddings.image_size = tuple(x.shape[-2:])  # position embeddings follow by interpolation
        training.learn(loss_fn(model(pixel_values=x * 2 - 1).predicted_depth, g))
        if training.step % 100 == 0 or training.finished:
            training.save()
            save(training.average, args.out)


def save(model: DPTForDepthEstimation, folder: Path) -> None:
    """Write weights as float16 safetensors, config and image processor into `folder`."""
    copy.deepcopy(model).to(memory_format=torch.contiguous_format).half().eval().save_pretrained(folder)
    processor().save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("dpt-tiny"), help="folder of the model and its checkpoint")
    parser.add_argument("--data", type=Path, default=Path("plumb-scenes"), help="folder of the rendered scenes")
    parser.add_argument("--scenes", type=int, default=16_000)
    parser.add_argument("--steps", type=int, default=5_200)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--evaluate", action="store_true", help="score a model instead of training one")
    parser.add_argument("--model", type=Path, default=HERE / "dpt-tiny", help="the model that --evaluate scores")
    parser.add_argument("--real", type=Path, help="a SUN RGB-D folder to score as well")
    parser.add_argument("--held-out", type=int, default=500, help="number of held-out scenes to score")
    args = parser.parse_args()
    if args.evaluate:
        sys.path.append(str(HERE.parent))  # for plumb's metrics
        import score

        torch.set_num_threads(args.threads)
        models = {"this model": score.network(args.model)}
        print(score.table(models, "inverse_depth", args.data, args.held_out, args.real))
    else:
        train(args)


if __name__ == "__main__":
    main()
