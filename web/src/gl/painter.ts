/** Paints layers one over the other: on the canvas, or their colours into textures that are mixed there in one pass. */

import type { Rect, Tile } from "./draw";
import { placeOf } from "./place";
import type { Mix, Mixed, Pass } from "./plan";
import { FIRST_MIXED, Programs, UNITS } from "./program";
import { Textures } from "./textures";
import type { Counted } from "./values";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is painted on: how large it is, and how its places become those in a texture that lies over the picture. */
interface Ground extends Size {
  place(texture: Size): number[];
}

/** The pixels in which the layers of a mix are kept. */
interface Grid extends Ground {
  readonly of: "map" | "canvas";
  /** How a place on the canvas becomes one of the grid. */
  readonly onCanvas: readonly number[];
}

/** What there is on one WebGL2 context; all is made anew when it was lost. */
export class Painter {
  readonly textures: Textures;
  private readonly programs: Programs;
  private readonly frame: WebGLFramebuffer | null;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    budget: number,
  ) {
    this.programs = new Programs(gl);
    this.textures = new Textures(gl, budget);
    this.frame = gl.createFramebuffer();
  }

  /** Paint a step of a tile on the canvas, of which `rect` is all that is seen of the tile. */
  paint(step: Pass | Mix, tile: Tile, rect: Rect): void {
    if ("layers" in step) this.mix(step, tile, rect);
    else this.pass(step, this.canvas(tile));
  }

  dispose(): void {
    this.programs.dispose();
    this.textures.dispose();
    this.gl.deleteFramebuffer(this.frame);
  }

  private canvas(tile: Tile): Ground {
    const { drawingBufferWidth: width, drawingBufferHeight: height } = this.gl;
    return { width, height, place: (texture) => placeOf(tile, height, texture.width, texture.height) };
  }

  private pass({ shader, opacity, picture, own, truth, counted, floats, ints }: Pass, ground: Ground): void {
    const { textures } = this;
    const floatsHere: Record<string, readonly number[]> = { ...floats, opacity: [opacity] };
    let intsHere = ints;
    if (picture) floatsHere.picturePlace = this.pictureOn(ground, picture, shader.picture, floats.level);
    if (own) floatsHere.ownPlace = ground.place(textures.bindMap(UNITS.own, own));
    if (truth) {
      const texture = textures.bindMap(UNITS.truth, truth);
      floatsHere.truthPlace = ground.place(texture);
      if (counted) intsHere = { ...ints, ...countedOn(counted, texture, truth) };
    }
    this.fill(shader, ground, floatsHere, intsHere);
  }

  private mix({ shader, picture, layers, truth, floats }: Mix, tile: Tile, rect: Rect): void {
    const canvas = this.canvas(tile);
    const grid = this.gridOf(layers, canvas, tile, rect);
    this.keep(layers, grid);
    const floatsHere: Record<string, readonly number[]> = {
      ...floats,
      ownPlace: grid.onCanvas,
      texel: [1 / grid.width, 1 / grid.height],
      ...Object.fromEntries(layers.map(({ opacity }, i) => [`share${i}`, [opacity]])),
    };
    if (picture) {
      floatsHere.opacity = [picture.opacity];
      floatsHere.picturePlace = this.pictureOn(canvas, picture.picture, shader.picture, floats.level);
    }
    const ints: Record<string, readonly number[]> = {};
    if (truth) {
      const texture = this.textures.bindMap(UNITS.truth, truth);
      floatsHere.truthPlace = canvas.place(texture);
      for (const [i, { counted }] of layers.entries()) {
        const { counted: codes, crop } = countedOn(counted ?? ALL, texture, truth);
        Object.assign(ints, { [`counted${i}`]: codes, [`crop${i}`]: crop });
      }
    }
    this.fill(shader, canvas, floatsHere, ints);
  }

  /**
   * The pixels of the maps where they are enlarged, and not far more than are seen: then nothing is coloured anew when the
   * picture is moved. Else those of the canvas, which are fewer.
   */
  private gridOf(layers: readonly Mixed[], canvas: Ground, tile: Tile, rect: Rect): Grid {
    const maps = layers.flatMap(({ pass }) => [pass.own, pass.truth].flatMap((map) => map ?? []));
    const sizes = maps.map((map) => this.textures.bindMap(UNITS.own, map));
    const [first] = sizes;
    const alike = sizes.every(({ width, height }) => width === first?.width && height === first.height);
    const enlarged = first && tile.viewport.zoom * tile.width >= first.width;
    if (enlarged && alike && first.width * first.height <= 4 * rect.width * rect.height) {
      const { width, height } = first;
      return { of: "map", width, height, place: () => [1, 1, 0, 0], onCanvas: canvas.place(first) };
    }
    const [left, bottom] = [rect.x, canvas.height - rect.y - rect.height];
    return {
      of: "canvas",
      width: rect.width,
      height: rect.height,
      place: (texture) => {
        const [across = 0, down = 0, x = 0, y = 0] = canvas.place(texture);
        return [across, down, x + across * left, y + down * bottom];
      },
      onCanvas: [1, 1, -left, -bottom],
    };
  }

  /** Bind the layers' textures, and paint those that do not hold these colours yet. */
  private keep(layers: readonly Mixed[], grid: Grid): void {
    const { gl, textures } = this;
    const seen: string[] = [];
    let painted = false;
    for (const [i, { pass }] of layers.entries()) {
      const map = pass.own ?? pass.truth;
      if (!map) continue;
      const { shader, counted, floats, ints, own, truth } = pass;
      const places = [own, truth].map((one) => one && [textures.idOf(one), grid.place(one)]);
      const look = JSON.stringify([shader, counted, floats, ints, places]);
      // A map may be there twice.
      const kind = `${shader.kind} ${textures.idOf(map)}`;
      seen.push(kind);
      const nth = seen.filter((one) => one === kind).length;
      textures.bindKept(FIRST_MIXED + i, map, `${shader.kind} ${nth} ${grid.of}`, grid, look, (texture) => {
        gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
        gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
        gl.viewport(0, 0, grid.width, grid.height);
        gl.disable(gl.SCISSOR_TEST);
        gl.disable(gl.BLEND);
        this.pass(pass, grid);
        painted = true;
      });
    }
    if (!painted) return;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.enable(gl.SCISSOR_TEST);
    gl.enable(gl.BLEND);
  }

  /** Bind a picture. Places between its pixels are shares of it. */
  private pictureOn(ground: Ground, picture: ImageBitmap, read: "pixels" | "smooth" | null, level = [0] as readonly number[]) {
    const texture = this.textures.bindPicture(UNITS.picture, picture, (level[0] ?? 0) > 0);
    return ground.place(read === "smooth" ? { width: 1, height: 1 } : texture);
  }

  private fill(
    shader: Pass["shader"] | Mix["shader"],
    { width, height }: Size,
    floats: Readonly<Record<string, readonly number[]>>,
    ints: Readonly<Record<string, readonly number[]>>,
  ): void {
    this.programs.use(shader, { floats: { ...floats, canvas: [width, height] }, ints });
    this.gl.drawArrays(this.gl.TRIANGLES, 0, 3);
  }
}

/** What hides nothing. */
const ALL: Counted = { first: 0, last: 65535, crop: null };

/** The uniforms that say what counts; the crop in pixels of the texture, which may be coarser than the map. */
function countedOn({ first, last, crop }: Counted, texture: Size, map: Size) {
  const { left, top, right, bottom } = crop ?? { left: 0, top: 0, right: map.width, bottom: map.height };
  const [across, down] = [texture.width / map.width, texture.height / map.height];
  return {
    counted: [first, last],
    crop: [left * across, top * down, right * across, bottom * down].map(Math.round),
  };
}
