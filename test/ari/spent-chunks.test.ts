import { SpentChunks } from '../../src/ari/spent-chunks';

const full = (): Buffer => Buffer.alloc(8, 0x35);
const isWiped = (chunk: Buffer): boolean => chunk.every((byte) => byte === 0);

describe('chunks from the network', () => {
  it('are kept until a message that began in them has been read, then wiped', () => {
    const spent = new SpentChunks();
    const [first, second, third] = [full(), full(), full()];
    spent.chunkRead(first);
    spent.chunkRead(second);
    expect(isWiped(first)).toBe(false);
    spent.messageRead();
    spent.chunkRead(third);
    expect([first, second, third].map(isWiped)).toEqual([true, true, false]);
  });

  it('are all wiped when the connection has ended', () => {
    const spent = new SpentChunks();
    const [first, second] = [full(), full()];
    spent.chunkRead(first);
    spent.chunkRead(second);
    spent.wipe();
    expect([first, second].every(isWiped)).toBe(true);
  });
});
