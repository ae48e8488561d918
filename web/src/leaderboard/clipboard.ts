/** Put a text on the clipboard. */

/** Whether it is there: pages that are not from this machine or over HTTPS have no clipboard, and a user may refuse it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
