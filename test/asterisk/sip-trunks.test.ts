import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseTrunks, readTrunks, renderTrunks } from '../../src/asterisk/sip-trunks';
import { HushtoneError } from '../../src/errors';

const CONFIG = path.join(__dirname, '../../asterisk-config');
const noSecrets = (): undefined => undefined;

const mistakesOf = (text: string): string => {
  try {
    parseTrunks(text, 'trunks.yaml');
  } catch (error) {
    if (error instanceof HushtoneError && error.code === 'config-invalid') return error.detail;
    throw error;
  }
  return '';
};

const AGENT_FILE = `agents: [{ id: agent-101, password_from: AGENT_101_PASSWORD }]`;

describe('agents that register here', () => {
  it('get an endpoint that stands on the template, a password and a place for their telephone', () => {
    const text = renderTrunks(parseTrunks(AGENT_FILE, 'trunks.yaml'), () => 'one-secret');
    expect(text).toContain('[agent-101](agent)\nauth = agent-101\naors = agent-101');
    expect(text).toContain('type = auth\nauth_type = digest\nusername = agent-101\npassword = one-secret');
    expect(text).toContain('type = aor\nmax_contacts = 1');
  });

  it.each([undefined, 'a;b', 'a\nallow_transfer = yes'])('are refused with the password %j', (password) => {
    expect(() => renderTrunks(parseTrunks(AGENT_FILE, 'trunks.yaml'), () => password)).toThrow(
      'agent "agent-101" needs the environment variable AGENT_101_PASSWORD',
    );
  });

  it('cannot have the id of a trunk', () => {
    const text = `${AGENT_FILE}\ntrunks: [{ id: agent-101 }]`;
    expect(() => parseTrunks(text, 'trunks.yaml')).toThrow('two trunks or agents have the same id');
  });
});

describe('trunks', () => {
  it('are by default the programs of this machine, as the shipped pjsip_trunks.conf has it', () => {
    const trunks = parseTrunks(readFileSync(path.join(CONFIG, 'trunks.yaml'), 'utf8'), 'trunks.yaml');
    expect(trunks.listen).toBe('127.0.0.1');
    expect(renderTrunks(trunks, noSecrets)).toBe(readFileSync(path.join(CONFIG, 'pjsip_trunks.conf'), 'utf8'));
  });

  it('become what the private Asterisk is started with', () => {
    const { sipHost, files } = readTrunks(CONFIG, noSecrets);
    expect(sipHost).toBe('127.0.0.1');
    expect(files['pjsip_trunks.conf']).toContain('match = 127.0.0.1');
  });

  it('whose file cannot be read are reported with its path', () => {
    expect(() => readTrunks('/nonexistent', noSecrets)).toThrow(/\/nonexistent\/trunks\.yaml cannot be read/);
  });

  it('can be a carrier over TLS with SRTP that knows us by registration', () => {
    const text = `
listen: 0.0.0.0
external_address: 203.0.113.10
local_networks: [10.0.0.0/8]
tls: { certificate: /etc/hushtone/sip.crt, key: /etc/hushtone/sip.key }
trunks:
  - id: carrier
    host: sip.carrier.example
    addresses: [198.51.100.0/28, 198.51.100.77]
    transport: tls
    srtp: true
    codecs: [alaw]
    registration: { user: '442071838750', password_from: CARRIER_PASSWORD }
`;
    const conf = renderTrunks(parseTrunks(text, 'trunks.yaml'), (name) =>
      name === 'CARRIER_PASSWORD' ? 's3cret' : undefined,
    );
    expect(conf).toContain('[transport-tls]\ntype = transport\nprotocol = tls\nbind = 0.0.0.0:5061');
    expect(conf).toContain('[transport-udp](+)\nexternal_media_address = 203.0.113.10');
    expect(conf).toContain(
      '[carrier](trunk)\ntransport = transport-tls\ndisallow = all\nallow = alaw\nmedia_encryption = sdes',
    );
    expect(conf).toContain('match = 198.51.100.0/28\nmatch = 198.51.100.77');
    expect(conf).toContain('server_uri = sip:sip.carrier.example\\;transport=tls');
    expect(conf).toContain('username = 442071838750\npassword = s3cret');
  });

  it('report every mistake with its place', () => {
    const mistakes = mistakesOf('listen: everywhere\ntrunks: [{ id: A, addresses: [x] }, { id: b, transport: sctp }]');
    expect(mistakes.split('\n')).toHaveLength(4);
    expect(mistakes).toContain('trunks.yaml: trunks.0.addresses.0');
  });

  it.each([
    ['srtp without tls', 'trunks: [{ id: a, addresses: [192.0.2.1], srtp: true }]', 'srtp needs'],
    ['tls without a certificate', 'trunks: [{ id: a, transport: tls }]', 'needs "tls" with a certificate'],
    ['the same id twice', 'trunks: [{ id: a }, { id: a }]', 'same id'],
    ['the name of a part of pjsip.conf', 'trunks: [{ id: outbound }]', 'used by pjsip.conf'],
    [
      'a registration without a host',
      'trunks: [{ id: a, registration: { user: u, password_from: P } }]',
      'needs "host"',
    ],
    ['an unknown word', 'trunk: []', 'Unrecognized key'],
    ['no YAML', 'trunks: [', 'trunks.yaml'],
  ])('refuse %s', (_, text, message) => {
    expect(mistakesOf(text)).toContain(message);
  });

  it('need the password that they name', () => {
    const trunks = parseTrunks(
      'trunks: [{ id: a, host: h, registration: { user: u, password_from: NOWHERE } }]',
      'trunks.yaml',
    );
    expect(() => renderTrunks(trunks, noSecrets)).toThrow(/trunk "a" needs the environment variable NOWHERE/);
  });
});
