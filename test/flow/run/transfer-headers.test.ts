import { readHeaderValue } from '../../../src/flow/run/transfer-headers';

describe('what a flow reads of a header', () => {
  test.each([
    ['Referred-By', '<sip:201@10.0.0.5>', 'sip:201@10.0.0.5'],
    ['Referred-By', '"Ann < Bob" <sip:201@PBX.example:5070;transport=tcp>;tag=1', 'sip:201@pbx.example:5070'],
    ['referred-by', 'sip:201@10.0.0.5;cid="x"', 'sip:201@10.0.0.5'],
    ['Diversion', '<sip:+4420@c.example>;reason=user-busy;counter=1, <sip:9@c.example>', 'sip:+4420@c.example'],
    ['History-Info', '<sip:7001@h?Reason=SIP%3Bcause%3D302>;index=1, <sip:2@h>;index=1.1', 'sip:7001@h'],
    ['User-to-User', '68656c6c6f;encoding=hex', 'hello'],
    ['User-to-User', '0068656c;encoding=hex;purpose=isdn-uui', '0068656c'],
    ['User-to-User', '"ORD-1001"', 'ORD-1001'],
    ['User-to-User', 'ORD-1001', 'ORD-1001'],
    ['User-to-User', '68656c6c6f', '68656c6c6f'],
    ['X-Order-Id', ' ORD-1001 ', 'ORD-1001'],
  ])('%s: %s is %j', (header, value, read) => {
    expect(readHeaderValue(header, value)).toBe(read);
  });

  test.each([
    ['Referred-By', ''],
    ['Referred-By', 'tel:+4420'],
    ['Referred-By', '<sip:a b@h>'],
    ['Referred-By', '<sip:${SHELL(id)}@h>'],
    ['Referred-By', '"unfinished <sip:201@h>'],
    ['Referred-By', '<sip:201@h\r\nX-Evil: 1>'],
    ['Diversion', '<sip:201>'],
    ['History-Info', '<<sip:201@h>>'],
    ['User-to-User', '6865;encoding=base64'],
    ['User-to-User', 'zz;encoding=hex'],
    ['User-to-User', 'a\r\nb'],
    ['User-to-User', ''],
  ])('%s: %j is malformed', (header, value) => {
    expect(readHeaderValue(header, value)).toBeNull();
  });

  test('nothing that comes out could end a line or a dial string', () => {
    for (const mark of ['\r', '\n', '\0', '"', '&', ',', '/', '|', '$', '{', '(', ' ', '>', '<']) {
      const read = readHeaderValue('Referred-By', `<sip:20${mark}1@10.0.0.5>`) ?? '';
      expect(read).not.toContain(mark);
    }
  });
});
