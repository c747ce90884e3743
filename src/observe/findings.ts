import type { Finding } from '../ports/findings';

/** What only a person with access to Asterisk's host can see. docs/operators/asterisk.md has the list. */
const BEYOND_ARI =
  'core, RTP, SIP and ARI debugging, verbose level, CEL, AMI, HEP, core dumps and recordings are not visible from here';

/** What ARI does not show: settled on a private Asterisk, signed for on somebody else's, or else not verified. */
export function signOffFinding(ours: boolean, signedOff: string | null): Finding {
  const about = 'sign-off';
  if (ours)
    return { about, level: 'ok', found: "switched off and checked at the private Asterisk's console", todo: '' };
  if (signedOff !== null) return { about, level: 'ok', found: `signed off by ${signedOff}`, todo: '' };
  return {
    about,
    level: 'unverified',
    found: BEYOND_ARI,
    todo: 'go through "What ARI cannot show" of docs/operators/asterisk.md, then set HUSHTONE_ASTERISK_SIGNED_OFF to your name and the date',
  };
}

/** As a table for people: what to do stands below what was found. */
export function renderFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ about, level, found, todo }) => [
    `${level.padEnd(11)}${about.padEnd(14)}${found}`,
    ...(todo === '' ? [] : [`${' '.repeat(25)}-> ${todo}`]),
  ]);
  return `${lines.join('\n')}\n\n${verdict(findings)}`;
}

/** In one line, for an error. */
export function inWords({ found, todo }: Finding): string {
  return `${found}: ${todo}`;
}

function verdict(findings: readonly Finding[]): string {
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length;
  const refused = count('refused');
  if (refused > 0)
    return `Not ready for calls: ${refused} ${refused === 1 ? 'thing has' : 'things have'} to be put right.`;
  const rest = [
    ...(count('warning') > 0 ? [`${count('warning')} to look at`] : []),
    ...(count('unverified') > 0 ? [`${count('unverified')} not verified`] : []),
  ];
  return rest.length === 0 ? 'All is well.' : `Calls can be taken; ${rest.join(', ')}.`;
}
