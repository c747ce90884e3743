import type { Mistake } from '../flow/ast';
import type { Connector, Template } from './ast';
import { problemOf } from './base-address';

/** What of a connector's secrets no call could use: an address that is none, a certificate or key that is no PEM. Repeats no value. */
export function unusableSecrets(
  { baseUrl, auth, tls }: Connector,
  secrets: Readonly<Record<string, string>>,
): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const look = (
    template: Template | null,
    what: string,
    rule: string,
    problem: (text: string) => string | null,
  ): void => {
    const text = template === null ? null : filled(template, secrets);
    const found = text === null ? null : problem(text);
    if (template !== null && found !== null)
      mistakes.push({ rule, message: `${what} ${found}`, place: template.place });
  };
  look(baseUrl, 'base-url', 'bad-address', problemOf);
  look(auth.kind === 'oauth' ? auth.tokenUrl : null, 'token-url', 'bad-address', problemOf);
  look(tls.authority, 'authority', 'bad-certificate', certificateProblem);
  look(tls.client?.certificate ?? null, 'certificate', 'bad-certificate', certificateProblem);
  look(tls.client?.key ?? null, 'key', 'bad-certificate', keyProblem);
  return mistakes;
}

/** Null while something is missing that others report, or that only a start knows. An address without secrets has been looked at. */
function filled({ parts }: Template, secrets: Readonly<Record<string, string>>): string | null {
  const texts = parts.map((part) => {
    if (part.kind === 'text') return part.text;
    return part.kind === 'secret' && Object.hasOwn(secrets, part.name) ? (secrets[part.name] ?? null) : null;
  });
  return parts.length === 0 || texts.includes(null) ? null : texts.join('');
}

function certificateProblem(text: string): string | null {
  return isPem(text, 'CERTIFICATE') ? null : 'must be PEM: it begins with `-----BEGIN CERTIFICATE-----`';
}

function keyProblem(text: string): string | null {
  return isPem(text, '[A-Z ]*PRIVATE KEY')
    ? null
    : 'must be PEM: it begins with `-----BEGIN PRIVATE KEY-----` or the like';
}

function isPem(text: string, what: string): boolean {
  return new RegExp(`-----BEGIN ${what}-----[\\s\\S]+-----END ${what}-----`).test(text);
}
