/** Mean width of a letter of a sans-serif type, in parts of its size; generous, so that text fits whatever the type is. */
const LETTER = 0.58;

export function textWidth(text: string, size: number): number {
  return text.length * size * LETTER;
}

/** Breaks a text at spaces into lines that fit; a longer word has a line of its own. */
export function wrapped(text: string, size: number, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
