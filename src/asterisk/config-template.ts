/**
 * The files of `asterisk-config/` are valid as they stand. A line that ends in `;= name` gets another value in the private
 * Asterisk: `bindport = 8088   ;= http_port`, or a section's name: `[hushtone]   ;= ari_user`.
 */

/** Values by the names used in the files. */
export type TemplateVariables = Readonly<Record<string, string | number>>;

const MARKED = /^(?<head>\s*(?:[^;=[\s][^;=]*?=>?\s*|\[))(?<value>.*?)(?<tail>\]?)\s*;=\s*(?<name>\w+)\s*$/;

/**
 * Fills in one file. A marked line whose name has no value keeps what the file says.
 *
 * @throws RangeError for a value that would not stay on its line or would start a comment: nobody needs one, and it could
 * add settings of its own.
 */
export function fillIn(text: string, variables: TemplateVariables): string {
  return text
    .split('\n')
    .map((line) => fillLine(line, variables))
    .join('\n');
}

function fillLine(line: string, variables: TemplateVariables): string {
  const groups = MARKED.exec(line)?.groups;
  if (groups === undefined) return line;
  const { head = '', tail = '', name = '' } = groups;
  const value = variables[name];
  if (value === undefined) return line;
  if (/[;\r\n\0]/.test(String(value)))
    throw new RangeError(`the value for ${name} holds a character that a setting cannot have`);
  return `${head}${String(value)}${tail}`;
}
