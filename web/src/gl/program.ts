/** WebGL programs: compiled when they are first used. */

import { MOST_DIRECT, MOST_MIXED, mixFragment, type MixShader } from "./mix-shader";
import { VERTEX, fragment, type LayerShader } from "./shaders";

/** Values of a program's uniforms, of one to four numbers each. */
export interface Uniforms {
  readonly floats: Readonly<Record<string, readonly number[]>>;
  readonly ints: Readonly<Record<string, readonly number[]>>;
}

/** The texture unit of each sampler; those of mixed layers follow. */
export const UNITS = { own: 0, truth: 1, picture: 2, colours: 3, table: 4 } as const;
/** Of a mixed layer's colours, or its codes. */
export const FIRST_MIXED = 5;
/** Of the table of a mixed layer's colours. */
export const FIRST_TABLE = FIRST_MIXED + MOST_DIRECT;

const numbered = (name: string, count: number, first: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, first + i]));

const SAMPLERS: Readonly<Record<string, number>> = {
  ...UNITS,
  ...numbered("layer", MOST_MIXED, FIRST_MIXED),
  ...numbered("codes", MOST_DIRECT, FIRST_MIXED),
  ...numbered("table", MOST_DIRECT, FIRST_TABLE),
};

export class Programs {
  private readonly linked = new Map<string, Program>();

  constructor(private readonly gl: WebGL2RenderingContext) {}

  /** Make the program of a shader the one that draws. */
  use(shader: LayerShader | MixShader, uniforms: Uniforms): void {
    const key = Object.values(shader).join();
    let program = this.linked.get(key);
    if (!program) {
      program = new Program(this.gl, shader.kind === "mix" ? mixFragment(shader) : fragment(shader));
      this.linked.set(key, program);
    }
    program.use(uniforms);
  }

  dispose(): void {
    for (const program of this.linked.values()) program.dispose();
    this.linked.clear();
  }
}

class Program {
  private readonly program: WebGLProgram;
  private readonly locations = new Map<string, WebGLUniformLocation | null>();

  constructor(
    private readonly gl: WebGL2RenderingContext,
    fragmentSource: string,
  ) {
    this.program = gl.createProgram();
    const shaders = [compile(gl, gl.VERTEX_SHADER, VERTEX), compile(gl, gl.FRAGMENT_SHADER, fragmentSource)];
    for (const shader of shaders) gl.attachShader(this.program, shader);
    gl.linkProgram(this.program);
    // A context that was lost meanwhile links nothing; it is no fault, and all is made anew when it is restored.
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS) && !gl.isContextLost()) {
      const logs = [gl.getProgramInfoLog(this.program), ...shaders.map((shader) => gl.getShaderInfoLog(shader))];
      throw new Error(`The graphics driver refuses a shader: ${logs.filter(Boolean).join(" ")}`);
    }
    for (const shader of shaders) gl.deleteShader(shader);
    gl.useProgram(this.program);
    for (const [sampler, unit] of Object.entries(SAMPLERS)) gl.uniform1i(this.location(sampler), unit);
  }

  use({ floats, ints }: Uniforms): void {
    const { gl } = this;
    gl.useProgram(this.program);
    for (const [name, values] of Object.entries(floats)) {
      const location = this.location(name);
      if (values.length === 1) gl.uniform1fv(location, values);
      else if (values.length === 2) gl.uniform2fv(location, values);
      else if (values.length === 3) gl.uniform3fv(location, values);
      else gl.uniform4fv(location, values);
    }
    for (const [name, values] of Object.entries(ints)) {
      const location = this.location(name);
      if (values.length === 1) gl.uniform1iv(location, values);
      else if (values.length === 2) gl.uniform2iv(location, values);
      else gl.uniform4iv(location, values);
    }
  }

  dispose(): void {
    this.gl.deleteProgram(this.program);
  }

  /** Null for a uniform that the shader does not use, which WebGL then passes over. */
  private location(name: string): WebGLUniformLocation | null {
    let location = this.locations.get(name);
    if (location === undefined) this.locations.set(name, (location = this.gl.getUniformLocation(this.program, name)));
    return location;
  }
}

function compile(gl: WebGL2RenderingContext, type: GLenum, source: string): WebGLShader {
  const shader = gl.createShader(type);
  if (!shader) throw new Error("The graphics driver makes no shader");
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}
