/**
 * Wipes what the network handed over, once it has been used.
 *
 * `ws` gives a frame that arrived in one piece as a view into the socket's chunk, so wiping the frame wipes the only
 * copy. A frame cut by chunk borders is joined into a new Buffer, and its pieces stay in the chunks: those are wiped here.
 * A chunk may end with the start of the next frame, so it is kept until a later chunk has completed a message; by then
 * everything before has been read.
 */
export class SpentChunks {
  private held: Buffer[] = [];
  private completed = false;

  /** A whole message has been read out of the chunk that is being worked on. */
  messageRead(): void {
    this.completed = true;
  }

  /** Called after `chunk` has been worked on. */
  chunkRead(chunk: Buffer): void {
    if (this.completed) this.wipe();
    this.completed = false;
    this.held.push(chunk);
  }

  /** Wipes everything held: after the connection has closed. */
  wipe(): void {
    for (const chunk of this.held) chunk.fill(0);
    this.held = [];
  }
}
