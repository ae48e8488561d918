/** The shaders: one program for each kind of layer and way of reading it, so that no pixel asks twice what to do. */

import type { ErrorDraw } from "./draw";
import type { Form } from "./values";

/** How a picture is read: its own pixels, or smoothly between them where it is made smaller. */
export type Reading = "pixels" | "smooth";

/**
 * A layer's shader. `picture` of another layer is the one right below it, which is drawn with it at once. What is `kept`
 * goes to a texture with alpha by `KEPT`.
 */
export type LayerShader =
  | { readonly kind: "picture"; readonly picture: Reading }
  | ({ readonly picture: Reading | null; readonly kept: boolean } & (
      | { readonly kind: "valid" }
      | ({ readonly kind: "value" } & Masked)
      | ({ readonly kind: ErrorDraw["kind"] } & Masked & Computed)
    ));

interface Computed {
  readonly form: Form;
  readonly invertedPrediction: boolean;
  readonly invertedTruth: boolean;
}

interface Masked {
  /** Whether the truth's map hides pixels. */
  readonly masked: boolean;
  readonly hatch: boolean;
}

/** What alpha stands for in a texture of a layer's colours: nothing is painted, or there is no value to paint. */
const KEPT = { nothing: "0.5", hole: "0.0" } as const;

/** Colour of what an evaluation counts: sky blue, which every colour vision tells from the reds and greens of pictures. */
export const VALID_COLOUR: readonly [number, number, number] = [86, 180, 233];

/** A light and a dark stripe side by side, one of which stands out on anything; then as much of what is below. */
export const HATCH = {
  /** Device pixels along a row from one pair to the next; a power of two. */
  period: 8,
  /** Device pixels along a row of each stripe. */
  width: 2,
  light: [235, 235, 235],
  dark: [40, 40, 40],
} as const;

/** One triangle that covers everything, of which the scissor cuts out what is painted; and where in its maps that is. */
export const VERTEX = `#version 300 es
uniform vec2 canvas;
uniform vec4 picturePlace, ownPlace, truthPlace;
out vec2 pictureAt, ownAt, truthAt;
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 2.0 : 0.0, gl_VertexID == 2 ? 2.0 : 0.0);
  gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
  vec2 device = corner * canvas;
  pictureAt = device * picturePlace.xy + picturePlace.zw;
  ownAt = device * ownPlace.xy + ownPlace.zw;
  truthAt = device * truthPlace.xy + truthPlace.zw;
}`;

/** What all fragment shaders begin with. Names that a shader does not use cost nothing. */
export const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
uniform sampler2D picture, colours, table;
uniform usampler2D own, truth;
uniform vec3 ownLine, truthLine;
uniform vec2 spread, clip;
uniform int colormap;
uniform float opacity, level;
in vec2 pictureAt, ownAt, truthAt;
out vec4 painted;

bool counts(int code, ivec2 at, ivec2 counted, ivec4 crop) {
  return code >= counted.x && code <= counted.y
    && all(greaterThanEqual(at, crop.xy)) && all(lessThan(at, crop.zw));
}`;

export const READ_PICTURE: Readonly<Record<Reading, string>> = {
  pixels: "texelFetch(picture, ivec2(pictureAt), 0).rgb",
  smooth: "textureLod(picture, pictureAt, level).rgb",
};

/** The colour of a code from a table of all of them, with alpha 0 where the code says that there is no value. */
export const colourOfCode = (table: string, code: string) => `texelFetch(${table}, ivec2(${code} & 255, ${code} >> 8), 0)`;

const FORMS: Readonly<Record<Form, string>> = { same: "x", reciprocal: "1.0 / x", logarithm: "log2(x)" };

/** The colour that x has. */
const colourOfX = (form: Form) =>
  `texelFetch(colours, ivec2(int(clamp((${FORMS[form]}) * spread.x + spread.y, 0.0, 255.0)), colormap), 0).rgb`;

const inBytes = (colour: readonly number[]) => `vec3(${colour.map((part) => `${part}.0 / 255.0`).join(", ")})`;

const metres = (name: string, inverted: boolean) => {
  const u = `max(${name}Line.x * float(${name}Code) + ${name}Line.y, ${name}Line.z)`;
  return inverted ? `1.0 / ${u}` : u;
};

const READ_OWN = "int ownCode = int(texelFetch(own, ivec2(ownAt), 0).r);";
export const READ_TRUTH = `ivec2 at = ivec2(truthAt);
  int truthCode = int(texelFetch(truth, at, 0).r);`;

/** Errors by p and g, in metres or as a share. */
const ERRORS: Readonly<Record<Exclude<ErrorDraw["kind"], "delta1">, string>> = {
  absolute: "abs(p - g)",
  relative: "abs(p - g) / g",
  signed: "p - g",
};

/** The last factor is for p and g whose ratio is 1.25 but for rounding; no two codes come as close to it by themselves. */
const WITHIN_DELTA1 = "max(p, g) < min(p, g) * (1.25 * 0.999999)";

/**
 * The fragment shader of a layer: the layer's colour, and its share of the pixel, which is 0 where nothing is painted.
 * There are no branches: software runs both sides of one for every pixel.
 */
export function fragment(shader: LayerShader): string {
  const below = shader.picture && READ_PICTURE[shader.picture];
  const painted = below && shader.kind !== "picture" ? `mix(${below}, colour, share), 1.0` : "colour, share";
  return `${HEAD}
uniform ivec2 counted;
uniform ivec4 crop;
void main() {
  float share = opacity;
  ${body(shader)}
  painted = vec4(${painted});
}`;
}

/** Sets `colour`, and changes `share`. */
function body(shader: LayerShader): string {
  if (shader.kind === "picture") return `vec3 colour = ${READ_PICTURE[shader.picture]};`;
  const nothing = shader.kept ? KEPT.nothing : "0.0";
  if (shader.kind === "valid") {
    return `${READ_TRUTH}
  vec3 colour = ${inBytes(VALID_COLOUR)};
  share = counts(truthCode, at, counted, crop) ? share : ${nothing};`;
  }
  const { masked, hatch } = shader;
  const counts = masked ? " && counts(truthCode, at, counted, crop)" : "";
  const unpainted = hatch ? STRIPES : `share = shown ? share : ${KEPT.hole};`;
  if (shader.kind === "value") {
    return `${READ_OWN}
  ${masked ? READ_TRUTH : ""}
  vec4 entry = ${colourOfCode("table", "ownCode")};
  bool shown = entry.a > 0.5${counts};
  vec3 colour = entry.rgb;
  ${unpainted}`;
  }
  const error =
    shader.kind === "delta1"
      ? `share = shown && ${WITHIN_DELTA1} ? ${nothing} : share;
  vec3 colour = texelFetch(colours, ivec2(255, colormap), 0).rgb;`
      : `float x = ${positive(shader.form, ERRORS[shader.kind])};
  vec3 colour = ${colourOfX(shader.form)};`;
  return `${READ_OWN}
  ${READ_TRUTH}
  bool shown = ownCode != 0 && truthCode != 0${counts};
  float p = clamp(${metres("own", shader.invertedPrediction)}, clip.x, clip.y);
  float g = ${metres("truth", shader.invertedTruth)};
  ${error}
  ${unpainted}`;
}

/** What is painted where a layer has nothing to show: its colour, and whether it is painted at all. */
export const STRIPE = `int along = (int(gl_FragCoord.x) - int(gl_FragCoord.y)) & ${HATCH.period - 1};
  bool striped = along < ${2 * HATCH.width};
  vec3 stripe = along < ${HATCH.width} ? ${inBytes(HATCH.light)} : ${inBytes(HATCH.dark)};`;

const STRIPES = `${STRIPE}
  colour = shown ? colour : stripe;
  share = shown || striped ? share : 0.0;`;

/** Inverse and log scales have no place for 0. */
const positive = (form: Form, value: string) => (form === "same" ? value : `max(${value}, 1e-30)`);
