/** Which pixels of the ground truth count. */

import type { EvaluationInfo, ScoreRecord } from "../contract";
import type { Box, CodeMap, ValidRule } from "../types";

/** That of the protocol "sunrgbd", in metres. */
export const DEFAULT_RULE: ValidRule = { minDepth: 1e-3, maxDepth: 8, cap: 8, crop: null };

/**
 * The range of the 8-bit space, which knows no metres: every measured pixel counts. A micrometre and a kilometre in
 * place of 0 and infinity keep logarithms, inverse depths and shaders finite; no stored depth lies beyond them.
 */
const EVERY_DEPTH = { minDepth: 1e-6, maxDepth: 1000, cap: 1000 };

/** The pixels that an evaluation counts on one sample. */
export function ruleOf(evaluation: EvaluationInfo, score: ScoreRecord | null): ValidRule {
  const { min_depth: minDepth, max_depth: maxDepth } = evaluation;
  const crop = score?.crop ?? null;
  if (minDepth === null || maxDepth === null) return { ...EVERY_DEPTH, crop };
  return { minDepth, maxDepth, cap: evaluation.cap ?? maxDepth, crop };
}

/** The pixels of a map within the rule's crop and a box; top >= bottom or left >= right where there are none. */
export function countedBox(map: CodeMap, rule: ValidRule, box: Box | null = null): Box {
  let counted: Box = { top: 0, bottom: map.height, left: 0, right: map.width };
  for (const part of [rule.crop, box]) {
    if (part === null) continue;
    counted = {
      top: Math.max(counted.top, Math.floor(part.top)),
      bottom: Math.min(counted.bottom, Math.ceil(part.bottom)),
      left: Math.max(counted.left, Math.floor(part.left)),
      right: Math.min(counted.right, Math.ceil(part.right)),
    };
  }
  return counted;
}
