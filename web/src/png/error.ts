/** A file that is no PNG of the kind that is asked for; the message is a sentence without the file's name. */
export class PngError extends Error {
  override readonly name = "PngError";
}

export function damaged(how: string): PngError {
  return new PngError(`the PNG is damaged (${how}); replace the file`);
}
