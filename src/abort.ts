/** Signals that depend on longer-lived ones, without leaving anything behind on them. */

/**
 * Runs something with a controller of its own, which is aborted when the parent is. (`AbortSignal.any` does the
 * same but keeps a record of every such signal with the parent, which here lives as long as the process.)
 * @param parent a signal that may outlive the run by far
 * @param run what to run; gets the controller and may abort it itself
 */
export async function withAbort<T>(
  parent: AbortSignal | undefined,
  run: (controller: AbortController) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  parent?.addEventListener('abort', follow);
  try {
    return await run(controller);
  } finally {
    parent?.removeEventListener('abort', follow);
  }
}
