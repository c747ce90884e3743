/** Calls `end` when whoever read the stream has gone, as `head` does after its lines. Any other error of it is thrown, as ever. */
export function onBrokenPipe(stream: NodeJS.WritableStream, end: () => void): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    end();
  });
}
