/** The shaders: one program for each kind of layer and way of reading it, so that no pixel asks twice what to do. */

import type { ErrorDraw } from "./draw";
import type { Form } from "./values";

/** How a picture is read: its own pixels, or smoothly between them where it is made smaller. */
type Reading = "pixels" | "smooth";

/** A layer's shader. `picture` of another layer is the one right below it, which is drawn with it at once. */
export type Shader =
  | { readonly kind: "picture"; readonly picture: Reading }
  | ({ readonly picture: Reading | null } & (
      | { readonly kind: "valid" }
      | ({ readonly kind: "value" } & Values)
      | ({ readonly kind: ErrorDraw["kind"] } & Values & Inverted)
    ));

interface Inverted {
  readonly invertedPrediction: boolean;
  readonly invertedTruth: boolean;
}

interface Values {
  readonly form: Form;
  /** Whether the truth's map hides pixels. */
  readonly masked: boolean;
  readonly hatch: boolean;
}

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
const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
uniform sampler2D picture, colours;
uniform usampler2D own, truth;
uniform vec3 ownLine, truthLine;
uniform vec2 spread, clip;
uniform ivec2 counted;
uniform ivec4 crop;
uniform int colormap;
uniform float opacity, level;
in vec2 pictureAt, ownAt, truthAt;
out vec4 painted;

bool counts(int code, ivec2 at) {
  return code >= counted.x && code <= counted.y
    && all(greaterThanEqual(at, crop.xy)) && all(lessThan(at, crop.zw));
}`;

const READ_PICTURE: Readonly<Record<Reading, string>> = {
  pixels: "texelFetch(picture, ivec2(pictureAt), 0).rgb",
  smooth: "textureLod(picture, pictureAt, level).rgb",
};

/** A colour over what is below, which is either on the canvas or the picture that is drawn along. */
const paint = (over: Reading | null, colour: string) =>
  over ? `painted = vec4(mix(${READ_PICTURE[over]}, ${colour}, opacity), 1.0);` : `painted = vec4(${colour}, opacity);`;

/** Leave what is below as it is. */
const leave = (over: Reading | null) => (over ? `painted = vec4(${READ_PICTURE[over]}, 1.0);` : "discard;");

const FORMS: Readonly<Record<Form, string>> = { same: "x", reciprocal: "1.0 / x", logarithm: "log2(x)" };

/** The colour that x has. */
const colourOfX = (form: Form) =>
  `texelFetch(colours, ivec2(int(clamp((${FORMS[form]}) * spread.x + spread.y, 0.0, 255.0)), colormap), 0).rgb`;

const inBytes = (colour: readonly number[]) => `vec3(${colour.map((part) => `${part}.0 / 255.0`).join(", ")})`;

/** What happens where a layer has nothing to show. */
const unpainted = (over: Reading | null, hatch: boolean) =>
  hatch
    ? `int along = (int(gl_FragCoord.x) - int(gl_FragCoord.y)) & ${HATCH.period - 1};
    if (along >= ${2 * HATCH.width}) { ${leave(over)} return; }
    vec3 stripe = along < ${HATCH.width} ? ${inBytes(HATCH.light)} : ${inBytes(HATCH.dark)};
    ${paint(over, "stripe")}
    return;`
    : `${leave(over)}
    return;`;

const metres = (name: string, inverted: boolean) => {
  const u = `max(${name}Line.x * float(${name}Code) + ${name}Line.y, ${name}Line.z)`;
  return inverted ? `1.0 / ${u}` : u;
};

const READ_OWN = "int ownCode = int(texelFetch(own, ivec2(ownAt), 0).r);";
const READ_TRUTH = `ivec2 at = ivec2(truthAt);
  int truthCode = int(texelFetch(truth, at, 0).r);`;

/** Errors by p and g, in metres or as a share. */
const ERRORS: Readonly<Record<Exclude<ErrorDraw["kind"], "delta1">, string>> = {
  absolute: "abs(p - g)",
  relative: "abs(p - g) / g",
  signed: "p - g",
};

/** The last factor is for p and g whose ratio is 1.25 but for rounding; no two codes come as close to it by themselves. */
const WITHIN_DELTA1 = "max(p, g) < min(p, g) * (1.25 * 0.999999)";

/** The fragment shader of a layer. */
export function fragment(shader: Shader): string {
  return `${HEAD}
void main() {
  ${body(shader)}
}`;
}

function body(shader: Shader): string {
  if (shader.kind === "picture") return `painted = vec4(${READ_PICTURE[shader.picture]}, opacity);`;
  const over = shader.picture;
  if (shader.kind === "valid") {
    return `${READ_TRUTH}
  if (!counts(truthCode, at)) { ${leave(over)} return; }
  ${paint(over, inBytes(VALID_COLOUR))}`;
  }
  const { form, masked, hatch } = shader;
  const hidden = masked ? " || !counts(truthCode, at)" : "";
  if (shader.kind === "value") {
    return `${READ_OWN}
  ${masked ? READ_TRUTH : ""}
  if (ownCode == 0${hidden}) {
    ${unpainted(over, hatch)}
  }
  float x = max(ownLine.x * float(ownCode) + ownLine.y, ownLine.z);
  ${paint(over, colourOfX(form))}`;
  }
  const error =
    shader.kind === "delta1"
      ? `if (${WITHIN_DELTA1}) { ${leave(over)} return; }
  ${paint(over, "texelFetch(colours, ivec2(255, colormap), 0).rgb")}`
      : `float x = ${positive(form, ERRORS[shader.kind])};
  ${paint(over, colourOfX(form))}`;
  return `${READ_OWN}
  ${READ_TRUTH}
  if (ownCode == 0 || truthCode == 0${hidden}) {
    ${unpainted(over, hatch)}
  }
  float p = clamp(${metres("own", shader.invertedPrediction)}, clip.x, clip.y);
  float g = ${metres("truth", shader.invertedTruth)};
  ${error}`;
}

/** Inverse and log scales have no place for 0. */
const positive = (form: Form, value: string) => (form === "same" ? value : `max(${value}, 1e-30)`);
