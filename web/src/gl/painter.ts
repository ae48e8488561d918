/** Paints layers one over the other: on the canvas, or their colours into textures that are mixed there in one pass. */

import type { CodeMap } from "../types";
import type { Rect, Tile } from "./draw";
import { placeOf } from "./place";
import { MOST_DIRECT, type MixShader } from "./mix-shader";
import type { Mix, Mixed, Pass } from "./plan";
import { FIRST_MIXED, FIRST_TABLE, Programs, UNITS } from "./program";
import type { LayerShader } from "./shaders";
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
  /** Whether all maps of the mix are of one size. */
  readonly alike: boolean;
  /** How a place on the canvas becomes one of the grid. */
  readonly onCanvas: readonly number[];
}

/** A texture of a mixed layer's colours: the map and the kind that it is found by, and all that its colours follow from. */
interface Kept {
  readonly pass: Pass;
  readonly map: CodeMap;
  /** How often the map is there already, with this one. */
  readonly nth: number;
  readonly kind: string;
  readonly look: string;
}

/** What there is on one WebGL2 context; all is made anew when it was lost. */
export class Painter {
  readonly textures: Textures;
  private readonly programs: Programs;
  private readonly frame: WebGLFramebuffer | null;
  /** The looks of the layers that were last mixed from their codes. */
  private direct = "";

  constructor(
    private readonly gl: WebGL2RenderingContext,
    budget: number,
  ) {
    this.programs = new Programs(gl);
    this.textures = new Textures(gl, budget);
    this.frame = gl.createFramebuffer();
  }

  /**
   * Paint a step of a tile on the canvas, of which `rect` is all that is seen of the tile. `fromCodes`: which of the two
   * ways to mix layers is used where both can be, null for the quicker one.
   */
  paint(step: Pass | Mix, tile: Tile, rect: Rect, fromCodes: boolean | null = null): void {
    if ("layers" in step) this.mix(step, tile, rect, fromCodes);
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

  private pass({ shader, opacity, picture, own, colouring, truth, counted, floats, ints }: Pass, ground: Ground): void {
    const { textures } = this;
    const floatsHere: Record<string, readonly number[]> = { ...floats, opacity: [opacity] };
    let intsHere = ints;
    if (picture) floatsHere.picturePlace = this.pictureOn(ground, picture, shader.picture, floats.level);
    if (own) floatsHere.ownPlace = ground.place(textures.bindMap(UNITS.own, own));
    if (own && colouring) textures.bindTable(UNITS.table, own, 1, colouring);
    if (truth) {
      const texture = textures.bindMap(UNITS.truth, truth);
      floatsHere.truthPlace = ground.place(texture);
      if (counted) intsHere = { ...ints, ...countedOn(counted, texture, truth) };
    }
    this.fill(shader, ground, floatsHere, intsHere);
  }

  private mix({ shader, picture, layers, truth, floats }: Mix, tile: Tile, rect: Rect, fromCodes: boolean | null): void {
    const canvas = this.canvas(tile);
    const grid = this.gridOf(layers, canvas, tile, rect);
    const kept = this.keptOf(layers, grid);
    const direct = canMixCodes(kept, grid) && (fromCodes ?? this.isQuickerFromCodes(kept, grid));
    const floatsHere: Record<string, readonly number[]> = {
      ...floats,
      ...(direct ? this.bindCodes(kept, canvas) : this.bindKept(kept, grid)),
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
    this.fill({ ...shader, direct }, canvas, floatsHere, ints);
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
      return { of: "map", alike, width, height, place: () => [1, 1, 0, 0], onCanvas: canvas.place(first) };
    }
    const [left, bottom] = [rect.x, canvas.height - rect.y - rect.height];
    return {
      of: "canvas",
      alike,
      width: rect.width,
      height: rect.height,
      place: (texture) => {
        const [across = 0, down = 0, x = 0, y = 0] = canvas.place(texture);
        return [across, down, x + across * left, y + down * bottom];
      },
      onCanvas: [1, 1, -left, -bottom],
    };
  }

  private keptOf(layers: readonly Mixed[], grid: Grid): Kept[] {
    const { textures } = this;
    const seen: string[] = [];
    return layers.flatMap(({ pass }) => {
      const map = pass.own ?? pass.truth;
      if (!map) return [];
      const { shader, colouring, counted, floats, ints, own, truth } = pass;
      const places = [own, truth].map((one) => one && [textures.idOf(one), grid.place(one)]);
      const kind = `${shader.kind} ${textures.idOf(map)}`;
      seen.push(kind);
      const nth = seen.filter((one) => one === kind).length;
      const look = JSON.stringify([shader, colouring, counted, floats, ints, places]);
      return [{ pass, map, nth, kind: `${shader.kind} ${nth} ${grid.of}`, look }];
    });
  }

  /**
   * Mixed straight from their codes, layers cost two readings of each pixel and not one, but none is painted first, which
   * costs as much as five. So that is quicker when half of them have to be; not for the second time: what is drawn again
   * is worth keeping.
   */
  private isQuickerFromCodes(kept: readonly Kept[], grid: Grid): boolean {
    const toPaint = kept.filter(({ map, kind, look }) => !this.textures.keeps(map, kind, grid, look));
    const looks = kept.map(({ look }) => look).join();
    if (2 * toPaint.length < kept.length || looks === this.direct) return false;
    this.direct = looks;
    return true;
  }

  /** Bind the layers' codes and the colours of these; returns where the codes are. */
  private bindCodes(kept: readonly Kept[], canvas: Ground) {
    let ownPlace: number[] = [];
    for (const [i, { map, nth, pass }] of kept.entries()) {
      ownPlace = canvas.place(this.textures.bindMap(FIRST_MIXED + i, map));
      if (pass.colouring) this.textures.bindTable(FIRST_TABLE + i, map, nth, pass.colouring);
    }
    return { ownPlace };
  }

  /** Bind the layers' textures, and paint those that do not hold these colours yet; returns where their pixels are. */
  private bindKept(kept: readonly Kept[], grid: Grid) {
    const { gl } = this;
    let painted = false;
    for (const [i, { pass, map, kind, look }] of kept.entries()) {
      this.textures.bindKept(FIRST_MIXED + i, map, kind, grid, look, (texture) => {
        gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
        gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
        gl.viewport(0, 0, grid.width, grid.height);
        gl.disable(gl.SCISSOR_TEST);
        gl.disable(gl.BLEND);
        this.pass(pass, grid);
        painted = true;
      });
    }
    if (painted) {
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
      gl.enable(gl.SCISSOR_TEST);
      gl.enable(gl.BLEND);
    }
    return { ownPlace: grid.onCanvas, texel: [1 / grid.width, 1 / grid.height] };
  }

  /** Bind a picture. Places between its pixels are shares of it. */
  private pictureOn(ground: Ground, picture: ImageBitmap, read: "pixels" | "smooth" | null, level = [0] as readonly number[]) {
    const texture = this.textures.bindPicture(UNITS.picture, picture, (level[0] ?? 0) > 0);
    return ground.place(read === "smooth" ? { width: 1, height: 1 } : texture);
  }

  private fill(
    shader: LayerShader | MixShader,
    { width, height }: Size,
    floats: Readonly<Record<string, readonly number[]>>,
    ints: Readonly<Record<string, readonly number[]>>,
  ): void {
    this.programs.use(shader, { floats: { ...floats, canvas: [width, height] }, ints });
    this.gl.drawArrays(this.gl.TRIANGLES, 0, 3);
  }
}

/** Layers of values alone, each map of which has a code for each pixel of the others. */
function canMixCodes(kept: readonly Kept[], grid: Grid): boolean {
  return grid.alike && kept.length <= MOST_DIRECT && kept.every(({ pass }) => pass.colouring);
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
