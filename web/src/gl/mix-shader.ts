/** The shader that mixes layers in one pass, each of which has its colours in a texture. */

import { colourOfCode, HEAD, READ_PICTURE, READ_TRUTH, STRIPE, type Reading } from "./shaders";

/** A shader may read 16 textures in every WebGL2: so many layers beside picture, truth, and those of one layer. */
export const MOST_MIXED = 11;
/** So many where two are read of each. */
export const MOST_DIRECT = 5;

export interface MixShader {
  readonly kind: "mix";
  readonly picture: Reading | null;
  /** Layers, up to `MOST_MIXED`. */
  readonly count: number;
  /** Whether the truth's map hides pixels of one of them. */
  readonly masked: boolean;
  readonly hatch: boolean;
  /** Whether colours are looked up by the codes of the maps, not read from a texture where each pixel has its own. */
  readonly direct: boolean;
}

/**
 * From the bottom to the top. The textures are all of one size, and those of colours are read in the middle of their
 * pixels: with coordinates from 0 to 1 that is as exact as by number, and in software takes three quarters of the time.
 */
export function mixFragment({ picture, count, masked, hatch, direct }: MixShader): string {
  const layers = Array.from({ length: count }, (_, i) => i);
  const names = (type: string, name: string) => `uniform ${type} ${layers.map((i) => `${name}${i}`).join(", ")};`;
  return `${HEAD}
${direct ? `${names("usampler2D", "codes")}\n${names("sampler2D", "table")}` : names("sampler2D", "layer")}
${names("float", "share")}
${masked ? `${names("ivec2", "counted")}\n${names("ivec4", "crop")}` : ""}
uniform vec2 texel;
void main() {
  ${direct ? "ivec2 place = ivec2(ownAt);\n  int code;" : "vec2 place = (floor(ownAt) + 0.5) * texel;"}
  ${masked ? READ_TRUTH : ""}
  ${hatch ? STRIPE : ""}
  vec3 mixed = ${picture ? `opacity * ${READ_PICTURE[picture]}` : "vec3(0.0)"};
  float covered = ${picture ? "opacity" : "0.0"}, share;
  vec4 kept;
  bool shown;
${layers.map((i) => layer(i, masked, hatch, direct)).join("\n")}
  painted = vec4(mixed / max(covered, 1e-6), covered);
}`;
}

/** What a kept texture's alpha means: see `KEPT` in shaders.ts. A table's alpha means the same. */
function layer(i: number, masked: boolean, hatch: boolean, direct: boolean): string {
  const read = direct
    ? `code = int(texelFetch(codes${i}, place, 0).r);\n  kept = ${colourOfCode(`table${i}`, "code")};`
    : `kept = texture(layer${i}, place);`;
  const counts = masked ? ` && counts(truthCode, at, counted${i}, crop${i})` : "";
  const colour = hatch ? "shown ? kept.rgb : stripe" : "kept.rgb";
  const share = hatch
    ? `shown ? (kept.a > 0.75 ? share${i} : 0.0) : striped ? share${i} : 0.0`
    : `shown ? share${i} : 0.0`;
  return `  ${read}
  shown = kept.a > ${hatch ? "0.25" : "0.75"}${counts};
  share = ${share};
  mixed = mix(mixed, ${colour}, share);
  covered = mix(covered, 1.0, share);`;
}
