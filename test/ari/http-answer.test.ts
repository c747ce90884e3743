import fc from 'fast-check';

import { AnswerReader, type HttpAnswer } from '../../src/ari/http-answer';

const answerOf = (head: string, body: string): Buffer =>
  Buffer.from(
    `HTTP/1.1 ${head}\r\nContent-type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
const chunked = (...chunks: string[]): Buffer =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.map((chunk) => `${Buffer.byteLength(chunk).toString(16)};x=y\r\n${chunk}\r\n`).join('')}0\r\nX-Trailer: 1\r\n\r\n`,
  );

/** Gives the bytes in pieces that are overwritten after each, as those of a connection are. */
function readInPieces(reader: AnswerReader, bytes: Buffer, lengths: readonly number[]): HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const piece = Buffer.from(bytes.subarray(at, at + (lengths[turn % lengths.length] ?? 1)));
    at += piece.length;
    const answer = reader.read(piece);
    piece.fill(0x2a);
    if (answer !== null) answers.push(answer);
  }
  return answers;
}

describe('an answer', () => {
  it('is read with its status and its text', () => {
    const body = '{"value":"Žižka"}';
    expect(new AnswerReader().read(answerOf('201 Created', body))).toEqual({ status: 201, body, keepsOpen: true });
  });

  it.each(['204 No Content\r\n\r\n', '204\r\nContent-Length: 0\r\n\r\n', '404 Not Found\r\ncontent-length:0 \r\n\r\n'])(
    'without a body ends with its head: %j',
    (rest) => {
      const answer = new AnswerReader().read(Buffer.from(`HTTP/1.1 ${rest}`));
      expect(answer).toEqual({ status: Number(rest.slice(0, 3)), body: '', keepsOpen: true });
    },
  );

  it.each(['HTTP/1.1 200 OK\r\nConnection: Close', 'HTTP/1.0 200 OK'])(
    'may be the last of its connection: %j',
    (head) => {
      const answer = new AnswerReader().read(Buffer.from(`${head}\r\nContent-Length: 0\r\n\r\n`));
      expect(answer?.keepsOpen).toBe(false);
    },
  );

  it('is the same wherever it is cut, with a length or in chunks, and so is the next', () => {
    const texts = fc.array(fc.string({ minLength: 1, unit: 'grapheme', maxLength: 40 }), {
      minLength: 1,
      maxLength: 4,
    });
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(texts, texts, lengths, (first, second, cuts) => {
        const reader = new AnswerReader();
        const body = first.join('');
        const answers = [
          ...readInPieces(reader, answerOf('200 OK', body), cuts),
          ...readInPieces(reader, chunked(...second), cuts),
          ...readInPieces(reader, answerOf('404 Not Found', ''), cuts),
        ];
        expect(answers.map(({ status, body: text }) => [status, text])).toEqual([
          [200, body],
          [200, second.join('')],
          [404, ''],
        ]);
      }),
    );
  });

  it('is not there before its last byte', () => {
    for (const whole of [answerOf('200 OK', '{"value":""}'), chunked('{"value"', ':""}')])
      for (let length = 0; length < whole.length; length++)
        expect(new AnswerReader().read(whole.subarray(0, length))).toBeNull();
  });
});

describe('refused, without a quotation, is', () => {
  it.each([
    ['another protocol', 'SSH-2.0-secret\r\n\r\n'],
    ['another version', 'HTTP/2 200 secret\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 2000 secret\r\nContent-Length: 0\r\n\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 secret\r\n\r\n'],
    ['an answer without a length', 'HTTP/1.1 200 OK\r\nX: secret\r\n\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: -1secret\r\n\r\n'],
    ['more than the answer', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}secret'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n'],
    ['a chunk of another size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nsecret\r\n'],
    ['more than the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nsecret'],
    ['a head without an end', `HTTP/1.1 200 OK\r\nX: secret${'x'.repeat(20_000)}`],
    ['a head with a late end', `HTTP/1.1 200 OK\r\nX: secret${'x'.repeat(20_000)}\r\n\r\n`],
  ])('%s', (_what, text) => {
    expect(() => new AnswerReader().read(Buffer.from(text))).toThrow(/^(?!.*secret)/);
  });

  it('one that has no end', () => {
    const reader = new AnswerReader();
    const piece = Buffer.alloc(1024 * 1024, 'x');
    reader.read(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n'));
    expect(() => {
      for (let count = 0; count < 17; count++) reader.read(piece);
    }).toThrow('too long');
  });
});
