/** The picture of a sample, with the pixels that its file holds. */

import { fetchFile, FileError, pathOf } from "./file";

/**
 * Decode a picture as plumb/images.py reads it: turned upright by its EXIF orientation where browsers do so, which the
 * depth maps follow; colours neither converted to the screen's profile nor multiplied by transparency, so that code and
 * colour agree.
 *
 * @throws FileError where it does not come, or this browser cannot decode it
 */
export async function readPicture(url: string): Promise<ImageBitmap> {
  const file = await fetchFile(url, "restore it or remove its sample");
  try {
    return await createImageBitmap(file, {
      imageOrientation: "from-image",
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
  } catch {
    throw new FileError(`${pathOf(url)}: not a picture that this browser can show; use PNG, JPEG or WebP`);
  }
}
