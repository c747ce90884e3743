import { Writable } from 'node:stream';
import { onBrokenPipe } from '../../src/cli/broken-pipe';

const failing = (code: string): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      done(Object.assign(new Error(`write ${code}`), { code }));
    },
  });

test('a reader that has gone ends the command quietly', async () => {
  const stream = failing('EPIPE');
  const ended = new Promise<void>((resolve) => {
    onBrokenPipe(stream, resolve);
  });
  stream.write('a line');
  await expect(ended).resolves.toBeUndefined();
});

test('any other error is none of its business', () => {
  const stream = failing('EIO');
  const end = jest.fn();
  onBrokenPipe(stream, end);
  expect(() => stream.emit('error', Object.assign(new Error('write EIO'), { code: 'EIO' }))).toThrow('write EIO');
  expect(end).not.toHaveBeenCalled();
});
