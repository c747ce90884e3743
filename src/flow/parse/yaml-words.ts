import { visit } from 'yaml';
import type { Document, YAMLError } from 'yaml';

/** Something that is wrong with the text itself; `offset` from its start. */
export interface TextMistake {
  readonly rule: 'yaml' | 'unquoted-expression' | 'unreadable';
  readonly offset: number;
  readonly message: string;
}

/** Longest file, in characters: a flow of a thousand steps has about 200,000. */
const LONGEST = 1_000_000;

/** Says why a text cannot be a flow file at all, or null. */
export function whyNoText(text: string): TextMistake | null {
  if (text.length > LONGEST) {
    const message = `the file has ${text.length} characters; such a file has at most ${LONGEST}`;
    return { rule: 'unreadable', offset: 0, message };
  }
  // U+FFFD is what reading puts in the place of bytes that are no UTF-8.
  const offset = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/);
  if (offset === -1) return null;
  return { rule: 'unreadable', offset, message: 'this is no text in UTF-8; save the file as text, in UTF-8' };
}

/**
 * What YAML's parser found, for people who do not read YAML's grammar. Only the first slip is told, as what follows it is seldom
 * a slip of its own; of tabs, every line.
 */
export function textMistakes(document: Document.Parsed, text: string): readonly TextMistake[] {
  const { errors, warnings } = document;
  const tabs = errors.filter(({ code }) => code === 'TAB_AS_INDENT');
  if (tabs.length > 0) return tabs.map(({ pos }) => told(pos[0], 'this line is indented with a tab; use spaces only'));
  const [first] = errors;
  if (first !== undefined) return [firstSlip(document, text, first)];
  return warnings.map(({ pos, message }) => {
    const tag = /^Unresolved tag: (\S+)/.exec(message)?.[1];
    return told(pos[0], tag === undefined ? lowered(message) : `\`${tag}\` is not part of the language; leave it out`);
  });
}

function firstSlip(document: Document.Parsed, text: string, error: YAMLError): TextMistake {
  const at = error.pos[0];
  const quotation = openQuotation(document, text, at);
  if (quotation !== null) return quotation;
  const line = lineAt(text, at);
  const [curly] = /[“”‘’„]/.exec(line.text) ?? [];
  if (curly !== undefined) {
    const offset = line.start + line.text.indexOf(curly);
    return told(offset, `\`${curly}\` is no quotation mark of YAML; write " or '`);
  }
  const bare = /(?:^|[:,[{]) *(\{\{)/.exec(line.text);
  if (bare !== null && bare.index <= at - line.start) {
    const message = 'a text with an expression needs quotation marks around all of it: "{{ ... }} ..."';
    return { rule: 'unquoted-expression', offset: line.start + bare.index + bare[0].length - 2, message };
  }
  const star = /[:,[{]\s*(\*)\s*[:,\]}]/.exec(line.text);
  if (star !== null) return told(line.start + line.text.indexOf('*', star.index), '`*` needs quotation marks: "*"');
  return openBracket(document, text, error) ?? told(at, WORDS.get(error.code) ?? lowered(error.message));
}

/** Words for what can only be said by the parser's code. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['RESOURCE_EXHAUSTION', 'lists or mappings are nested too deep here; no step needs more than a few levels'],
  ['MULTIPLE_DOCS', 'another document begins here (`---`); a file holds one flow, so put the other into its own file'],
  [
    'BLOCK_AS_IMPLICIT_KEY',
    'this value goes on with a `key:` of its own; is the next line indented too far, or does a text with a colon lack its quotation marks?',
  ],
  ['UNEXPECTED_TOKEN', 'this does not fit what stands before it; is a comma, a bracket or a quotation mark missing?'],
  ['MISSING_CHAR', 'this does not fit what stands before it; is a comma, a colon or a quotation mark missing?'],
  ['BAD_INDENT', 'this line is not indented like its neighbours'],
  ['MULTILINE_IMPLICIT_KEY', 'the colon of this key is missing: `key: value`'],
]);

/** A text in quotation marks that goes on in the next line, before what could not be read: its second mark is missing. */
function openQuotation(document: Document.Parsed, text: string, before: number): TextMistake | null {
  let found: TextMistake | null = null;
  visit(document, {
    Scalar: (_key, node) => {
      const [start, end] = node.range ?? [0, 0];
      const mark = text[start];
      if ((mark !== '"' && mark !== "'") || start > before || !text.slice(start, end).includes('\n')) return undefined;
      found = told(start, `the text that begins here has no second ${mark} in its line`);
      return visit.BREAK;
    },
  });
  return found;
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' };

/** The innermost bracket that nothing closes. */
function openBracket(document: Document.Parsed, text: string, { code }: YAMLError): TextMistake | null {
  if (code !== 'BAD_INDENT' && code !== 'MISSING_CHAR') return null;
  let found: TextMistake | null = null;
  visit(document, {
    Collection: (_key, node) => {
      const [start, end] = node.range ?? [0, 0];
      const opening = text[start] ?? '';
      const closing = CLOSING[opening];
      if (node.flow !== true || closing === undefined || text[end - 1] === closing) return;
      found = told(start, `this \`${opening}\` is never closed; add its \`${closing}\``);
    },
  });
  return found;
}

function told(offset: number, message: string): TextMistake {
  return { rule: 'yaml', offset, message };
}

function lineAt(text: string, offset: number): { readonly start: number; readonly text: string } {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return { start, text: text.slice(start, end === -1 ? text.length : end) };
}

function lowered(message: string): string {
  const line = message.split('\n')[0] ?? message;
  return line.charAt(0).toLowerCase() + line.slice(1);
}
