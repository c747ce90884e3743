/** What the head of an answer tells beside its status. */
export interface AnswerHead {
  readonly status: number;
  /** How the body is packed, as the other side says; null for not at all. */
  readonly encoding: string | null;
  /** Where a redirect points, in words: never more than the host, since the rest may repeat what was sent. Null for no redirect. */
  readonly pointsTo: string | null;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** `asked`: the address that was asked. */
export function answerHead(status: number, headers: Headers, asked: URL): AnswerHead {
  const encoding = one(headers['content-encoding']).trim().toLowerCase();
  const location = status >= 300 && status < 400 ? one(headers.location) : '';
  return {
    status,
    encoding: encoding === '' || encoding === 'identity' ? null : shown(encoding),
    pointsTo: location === '' ? null : placeOf(location, asked),
  };
}

function one(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header ?? []).join(', ');
}

function placeOf(location: string, asked: URL): string {
  if (!URL.canParse(location, asked.href)) return 'an address that is none';
  const { host, protocol } = new URL(location, asked);
  if (host === '') return 'an address without a host';
  if (host !== asked.host) return shown(host);
  return protocol === asked.protocol ? `another path of ${shown(host)}` : `${protocol}//${shown(host)}`;
}

/** Words of the other side's, for a log line. */
function shown(words: string): string {
  const cut = words.length > 60 ? `${words.slice(0, 60)}...` : words;
  return cut.replaceAll(/[^ -~]/g, '?').replaceAll(/\d{6,}/g, (run) => 'x'.repeat(run.length));
}

/** Redirects are not followed: the request may hold card data, which is for the address of the connector alone. */
export function redirectReason(pointsTo: string): string {
  return `points to ${pointsTo}; redirects are never followed: the connector must name the right address itself`;
}

const SPACE = 0x20;
const LESS_THAN = 0x3c;
const UTF16 = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/** Why the bytes of an answer are not read as JSON. */
export function notJsonReason({ status, encoding }: AnswerHead, body: Buffer): string {
  const answer = `the answer (status ${status})`;
  if (encoding !== null) return `${answer} is packed (content-encoding \`${encoding}\`), and only plain ones are read`;
  if (UTF16.some((mark) => body.subarray(0, 2).equals(mark))) return `${answer} is in UTF-16; JSON must be in UTF-8`;
  if (body.find((byte) => byte > SPACE) === LESS_THAN) return `${answer} is HTML or XML, not JSON`;
  return `${answer} is no JSON that can be relied on`;
}
