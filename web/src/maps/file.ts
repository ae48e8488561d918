/** A file of the App's media server, and what is said when it does not come. */

/** A file that cannot be shown; the message is a sentence that names the file and the mend. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** The path on the server's disk that a media URL asks for; for any other URL the URL itself. */
export function pathOf(url: string): string {
  const query = url.indexOf("?");
  return (query >= 0 && new URLSearchParams(url.slice(query)).get("filepath")) || url;
}

/**
 * As a blob also where its bytes are wanted: those of `Response.arrayBuffer` stay in Chromium's memory long after they
 * were let go, 200 MB in each worker.
 *
 * @param mend what to do about a file that is missing
 * @throws FileError where the server does not answer, or not with the file
 */
export async function fetchFile(url: string, mend: string): Promise<Blob> {
  let answer: Response;
  try {
    answer = await fetch(url);
    if (answer.ok) return await answer.blob();
  } catch {
    throw new FileError(`${pathOf(url)}: its server does not answer; see that it runs, then try again`);
  }
  const reason = answer.status === 404 ? "the file is missing" : `its server answers with status ${answer.status}`;
  throw new FileError(`${pathOf(url)}: ${reason}; ${answer.status === 404 ? mend : "see the log of the server"}`);
}
