import { isMap } from 'yaml';
import type { ReturnTargets } from '../ports/return-targets';
import type { Mistake, Place } from './ast';
import { suggestion } from './nearest';
import { Fields } from './parse/fields';
import { placeOf, readText } from './parse/scalars';
import type { Entry } from './parse/source';
import { kindOf, Source } from './parse/source';
import { parseSipAddress, sameHost, type SipAddress } from './sip-address';
import { digitsIn, digitsOf, isTargetId, placesOf } from './target-places';
import type { Keys } from './rule-shapes';

/** The id that stands for the default target. */
const DEFAULT_ID = 'default';
/** The id that stands for whoever transferred the caller to us. */
export const TRANSFERRER_ID = 'transferrer';
/** The endpoint of our own calls to any address, in `asterisk-config/pjsip.conf`. */
const ANY_ADDRESS = 'outbound';

/** Ids that the flow language itself gives a meaning. */
const TAKEN: readonly string[] = [DEFAULT_ID, TRANSFERRER_ID];
const ADDRESS = /^sips?:[A-Za-z0-9+*#._-]{1,64}@[A-Za-z0-9.-]{1,128}(:[0-9]{1,5})?(;transport=(udp|tcp|tls))?$/;
const NUMBER = /^\+?[A-Za-z0-9*#._-]{1,32}$/;
const TRUNK = /^[a-z][a-z0-9_-]{0,39}$/;
/** An endpoint of pjsip.conf; a pattern's places stand for digits. */
const REGISTERED = /^[a-z][a-z0-9_-]{0,39}N{0,8}$/;

const FILE_KEYS = {
  default: { shape: { is: 'name' }, about: 'The target of flows that name none' },
  targets: { shape: { is: 'keys', keys: {} }, required: true, about: 'Id to where it leads' },
} as const satisfies Keys;

const TARGET_KEYS = {
  address: { shape: { is: 'template' }, about: 'SIP address: sip:1001@10.0.0.5:5060' },
  number: { shape: { is: 'template' }, about: 'Number that the trunk calls' },
  trunk: { shape: { is: 'name' }, about: 'A trunk of asterisk-config/trunks.yaml' },
  registered: { shape: { is: 'template' }, about: 'A telephone that registers at our Asterisk: its endpoint' },
} as const satisfies Keys;

interface Target {
  /** `agent-NNN` has three places for digits, `support-queue` none. */
  readonly id: string;
  readonly endpoint: string;
}

export interface ParsedTargets {
  readonly targets: FlowTargets;
  readonly mistakes: readonly Mistake[];
}

/** Return targets by id, as `flows/targets.yaml` has them. */
export class FlowTargets implements ReturnTargets {
  constructor(
    private readonly targets: readonly Target[],
    readonly defaultTarget: string | null,
  ) {}

  /** Ids and patterns, for messages. */
  get names(): readonly string[] {
    return this.targets.map(({ id }) => id);
  }

  /** `PJSIP/...`; null for an id that is none, whatever a caller's header said. An id goes before a pattern. */
  resolve(id: string): string | null {
    if (id === DEFAULT_ID) return this.defaultTarget === null ? null : this.resolve(this.defaultTarget);
    if (!isTargetId(id)) return null;
    const exact = this.targets.find((target) => target.id === id);
    if (exact !== undefined) return exact.endpoint;
    for (const target of this.targets) {
      const digits = digitsOf(id, target.id);
      if (digits !== null) return target.endpoint.replaceAll(placesOf(target.id) ?? '', digits);
    }
    return null;
  }

  /** `sip:...`; null for a target that is a trunk's number or a telephone registered here. */
  addressOf(id: string): string | null {
    return /^PJSIP\/[^/]+\/(sips?:.+)$/.exec(this.resolve(id) ?? '')?.[1] ?? null;
  }

  /**
   * Compares user, host and, where both have one, port of an address; of a target that is a trunk's number the user alone, as
   * its host is the trunk's. An id goes before a pattern.
   */
  idOf(telephone: string): string | null {
    const exactFirst = [...this.targets].sort(
      (a, b) => Number(placesOf(a.id) !== null) - Number(placesOf(b.id) !== null),
    );
    for (const target of exactFirst) {
      const id = idWhenIs(target, telephone);
      if (id !== null && this.resolve(id) !== null) return id;
    }
    return null;
  }

  has(id: string): boolean {
    return this.resolve(id) !== null;
  }
}

/** The target's id, with the telephone's digits in its places, when the target is this telephone. */
function idWhenIs(target: Target, telephone: string): string | null {
  const who = parseSipAddress(telephone);
  const form = who === null ? target.endpoint : userOf(target.endpoint, who);
  const text = who === null ? telephone : who.user;
  const places = placesOf(target.id);
  if (form === null) return null;
  if (places === null) return form === text ? target.id : null;
  const digits = digitsIn(text, form, places);
  return digits === null ? null : target.id.replace(places, digits);
}

/** The user that an endpoint calls, when it can be `who`'s; places in the host cannot be told from it. */
function userOf(endpoint: string, who: SipAddress): string | null {
  const [, resource = '', uri] = endpoint.split('/');
  if (uri === undefined) return /^(.+)@[^@]+$/.exec(resource)?.[1] ?? null;
  const address = parseSipAddress(uri);
  return address !== null && sameHost(address, who) ? address.user : null;
}

/** Reads a `targets.yaml`. */
export function parseTargets(file: string, text: string): ParsedTargets {
  const source = new Source(file, text);
  const nothing = { targets: new FlowTargets([], null), mistakes: source.mistakes };
  if (!source.readable) return nothing;
  if (!isMap(source.root)) {
    source.report(
      'wrong-type',
      { file, line: 1, column: 1 },
      `a targets file must be a mapping, not ${kindOf(source.root)}`,
    );
    return nothing;
  }
  const fields = new Fields(source, source.root, 'the targets file', FILE_KEYS);
  const targets = fields.entries('targets').flatMap((entry) => parseTarget(source, entry) ?? []);
  const wanted = fields.name('default');
  const found = new FlowTargets(targets, wanted);
  if (wanted !== null && new FlowTargets(targets, null).resolve(wanted) === null) {
    source.report(
      'unknown-target',
      fields.valueAt('default'),
      `the default target \`${wanted}\` is none of the targets; ${suggestion(wanted, found.names)}`,
    );
  }
  return { targets: found, mistakes: source.mistakes };
}

function parseTarget(source: Source, entry: Entry): Target | null {
  const id = entry.key;
  const what = `target \`${id}\``;
  if (TAKEN.includes(id) || !(isTargetId(id) || placesOf(id) !== null)) {
    const message = `\`${id}\` cannot be a target; write small letters, digits and dashes, with \`-NNN\` at the end for any digits`;
    source.report('bad-name', entry.place, message);
    return null;
  }
  const endpoint = isMap(entry.value)
    ? endpointOf(new Fields(source, entry.value, what, TARGET_KEYS))
    : addressEndpoint(
        source,
        placeOf(source, entry.value, entry.place),
        readText(source, entry.value, entry.place, what),
        ANY_ADDRESS,
      );
  if (endpoint === null) return null;
  const places = placesOf(id);
  if (places !== null && !new RegExp(`(^|[^N])${places}([^N]|$)`).test(endpoint)) {
    source.report(
      'bad-value',
      entry.place,
      `${what} is a pattern, but its address has no \`${places}\` for the digits`,
    );
    return null;
  }
  return { id, endpoint };
}

function endpointOf(fields: Fields): string | null {
  const { source, place } = fields;
  const trunk = fields.template('trunk')?.text ?? null;
  if (trunk !== null && !TRUNK.test(trunk)) {
    source.report(
      'bad-value',
      fields.valueAt('trunk'),
      `${fields.title('trunk')} cannot be \`${trunk}\`; write an id of asterisk-config/trunks.yaml`,
    );
    return null;
  }
  const ways = ['address', 'number', 'registered'].filter((key) => fields.has(key));
  if (ways.length !== 1) {
    source.report('missing-key', place, `${fields.what} needs one of \`address\`, \`number\` and \`registered\``);
    return null;
  }
  if (fields.has('registered')) return registeredEndpoint(fields);
  if (fields.has('address')) {
    return addressEndpoint(
      source,
      fields.valueAt('address'),
      fields.template('address')?.text ?? null,
      trunk ?? ANY_ADDRESS,
    );
  }
  const number = fields.template('number')?.text ?? null;
  if (number === null) return null;
  if (trunk === null) {
    source.report('missing-key', place, `${fields.what} has a \`number\` and needs the \`trunk\` that calls it`);
    return null;
  }
  if (NUMBER.test(number)) return `PJSIP/${number}@${trunk}`;
  source.report(
    'bad-value',
    fields.valueAt('number'),
    `${fields.title('number')} cannot be \`${number}\`; write a number or name such as "1001"`,
  );
  return null;
}

function registeredEndpoint(fields: Fields): string | null {
  const endpoint = fields.template('registered')?.text ?? null;
  if (endpoint === null) return null;
  if (REGISTERED.test(endpoint) && !fields.has('trunk')) return `PJSIP/${endpoint}`;
  const message = `${fields.title('registered')} cannot be \`${endpoint}\`; write the endpoint of a telephone that registers at our Asterisk, and no \`trunk\``;
  fields.source.report('bad-value', fields.valueAt('registered'), message);
  return null;
}

function addressEndpoint(source: Source, place: Place, address: string | null, trunk: string): string | null {
  if (address === null) return null;
  if (ADDRESS.test(address)) return `PJSIP/${trunk}/${address}`;
  source.report('bad-value', place, `\`${address}\` is no SIP address; write one such as \`sip:1001@10.0.0.5:5060\``);
  return null;
}
