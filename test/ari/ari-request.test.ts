import { readAriAddress } from '../../src/ari/ari-address';
import { renderRequest } from '../../src/ari/ari-request';
import { checkedLine, checkedVariable, headerFunction } from '../../src/ari/header-grammar';
import { isError } from '../../src/errors';

describe('a request', () => {
  it('puts parameters where the api-docs say, encoded, and lists with commas', () => {
    expect(
      renderRequest('POST /channels/{channelId}/play/{playbackId}', {
        channelId: 'a/b?c',
        playbackId: '$&',
        media: ['sound:one&two', 'sound:three'],
      }),
    ).toEqual({
      method: 'POST',
      uri: 'channels/a%2Fb%3Fc/play/%24%26?media=sound%3Aone%26two,sound%3Athree',
      body: null,
    });
  });

  it('leaves out parameters that are not given, and carries the body as JSON', () => {
    const variables = { 'PJSIP_HEADER(add,X-A)': 'b' };
    expect(
      renderRequest('POST /channels/{channelId}', { channelId: 'c', endpoint: 'PJSIP/x', timeout: 5 }, { variables }),
    ).toEqual({ method: 'POST', uri: 'channels/c?endpoint=PJSIP%2Fx&timeout=5', body: JSON.stringify({ variables }) });
  });
});

describe('the address of ARI', () => {
  it.each([
    ['http://127.0.0.1:8088', 'ws://127.0.0.1:8088/ari/events?app=hush&subscribeAll=false'],
    ['http://127.0.0.1:8088/ari/', 'ws://127.0.0.1:8088/ari/events?app=hush&subscribeAll=false'],
    ['https://pbx.example/asterisk', 'wss://pbx.example/asterisk/ari/events?app=hush&subscribeAll=false'],
  ])('%s is reached as %s', (url, eventsUrl) => {
    expect(readAriAddress(url, 'u', 'p', 'hush').eventsUrl).toBe(eventsUrl);
  });

  it('keeps the password out of every URL', () => {
    const address = readAriAddress('http://127.0.0.1:8088', 'u', 'secret', 'hush');
    expect(address.origin + address.path + address.eventsUrl).not.toContain('secret');
    expect(address.authorization).toBe(`Basic ${Buffer.from('u:secret').toString('base64')}`);
  });

  it.each([
    ['nonsense', 'hush'],
    ['ftp://127.0.0.1', 'hush'],
    ['http://127.0.0.1', 'a&subscribeAll=true'],
  ])('%s with application %s is refused', (url, app) => {
    expect(() => readAriAddress(url, 'u', 'p', app)).toThrow(/configuration/i);
  });
});

describe('what goes into a SIP header', () => {
  it('has a name of letters, digits and -', () => {
    expect(headerFunction('read', 'X-Order-Id')).toBe('PJSIP_HEADER(read,X-Order-Id)');
    for (const name of ['', 'X Order', 'X,1', 'X)', 'X:', 'X\r\nEvil', '${X}', 'é', 'a'.repeat(65)])
      expect(() => headerFunction('add', name)).toThrow();
  });

  it('has a value that cannot begin another line, and an error that does not repeat it', () => {
    expect(checkedLine('the header X-A', 'approved; ref="1"')).toBe('approved; ref="1"');
    for (const value of ['a\r\nX-Evil: 1', 'a\n', 'a\0', '\u007f', 'a'.repeat(513)]) {
      const error = thrownBy(() => checkedLine('the header X-A', value));
      expect(isError(error, 'ari-refused')).toBe(true);
      expect(String(error)).not.toContain(value);
    }
  });

  it('and a variable is one variable or one function of plain arguments', () => {
    for (const name of ['BLINDTRANSFER', 'CHANNEL(audioreadformat)', 'PJSIP_HEADER(read,X-A)', 'CALLERID(num)'])
      expect(checkedVariable(name)).toBe(name);
    for (const name of ['', '${X}', 'SHELL(rm -rf /)', 'A(B(c))', 'A)B', 'a b', 'A(x)B'])
      expect(() => checkedVariable(name)).toThrow();
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
