import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearest, quoted } from '../flow/nearest';

type Options = NonNullable<ParseArgsConfig['options']>;

const HELP = ['--help', '-h'];

export function asksForHelp(args: readonly string[]): boolean {
  return args.some((arg) => HELP.includes(arg));
}

/** What the usage of all commands says of one, or of those that begin with its word; null when it says nothing. */
export function helpOf(usage: string, name: string): string | null {
  const entries = usage.split(/\n(?= {2}[a-z])/).slice(1);
  const found = entries.filter((entry) => `${entry.trim()} `.startsWith(`${name} `));
  return found.length === 0 ? null : `usage: hushtone\n\n${found.join('\n')}`;
}

/** Why there is no such command, with the one that was probably meant. Only the words that could name one are repeated. */
export function noSuchCommand(args: readonly string[], names: readonly string[]): string {
  const [first = '', second] = args;
  const group = names.filter((name) => name.startsWith(`${first} `));
  if (group.length > 0 && second === undefined) return `\`${first}\` needs a second word; there is ${quoted(group)}`;
  const said = group.length > 0 ? `${first} ${second}` : first;
  const meant =
    group.length > 0
      ? nearest(said, group)
      : (nearest(args.slice(0, 2).join(' '), names) ?? nearest(first, names) ?? onlyEnding(first, names));
  const all = group.length > 0 ? `there is ${quoted(group)}` : '`hushtone --help` lists them all';
  return `there is no command \`${said}\`; ${meant === null ? all : `did you mean \`${meant}\`?`}`;
}

/** `simulate` is `flow simulate`; `check` could be two. */
function onlyEnding(word: string, names: readonly string[]): string | null {
  const ending = names.filter((name) => name.endsWith(` ${word}`));
  return ending.length === 1 ? (ending[0] ?? null) : null;
}

/**
 * Options and the words between them.
 *
 * @throws Error in one sentence for an option that `command` has not, or that lacks its value. What was given as a value is not
 *   repeated: it may be a card number in the wrong place.
 */
export function readOptions<T extends Options>(command: string, argv: readonly string[], options: T) {
  const { tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const known = Object.hasOwn(options, name) ? options[name] : undefined;
    if (known === undefined) throw new Error(unknownOption(command, rawName, Object.keys(options)));
    if (known.type === 'boolean' && value !== undefined) throw new Error(`${rawName} takes no value`);
    const isMissing = value === undefined || (!inlineValue && value.startsWith('-'));
    if (known.type === 'string' && isMissing) throw new Error(`${rawName} needs a value`);
  }
  return parseArgs<{ args: string[]; options: T; allowPositionals: true }>({
    args: [...argv],
    options,
    allowPositionals: true,
  });
}

function unknownOption(command: string, given: string, names: readonly string[]): string {
  const known = [...names, 'help'].map((name) => `--${name}`);
  const near = nearest(given, known);
  const what = near === null ? `it has ${quoted(new Set(known))}` : `did you mean \`${near}\`?`;
  return `\`${command}\` has no option ${given}; ${what}`;
}
