/** Characters of a value that messages show: enough to find it in its file. */
const SHOWN = 60;
/** Characters of a whole message. */
const LONGEST = 1_000;
/** As long as a card number, whatever it is. */
const MANY_DIGITS = /\d(?:[ -]?\d){12,}/g;
const QUOTED = /`[^`]*`|"[^"]*"/g;

/**
 * A message for terminals and logs. What it quotes from a file is cut, and long numbers are masked up to their last four digits: the
 * file may be none that was meant for us.
 */
export function shortened(message: string): string {
  const masked = message.replaceAll(MANY_DIGITS, (run) => run.slice(0, -4).replaceAll(/\d/g, 'x') + run.slice(-4));
  const quoted = masked.replaceAll(QUOTED, (text) =>
    text.length - 2 > SHOWN ? `${text.slice(0, SHOWN + 1)}...${text.slice(-1)}` : text,
  );
  return quoted.length > LONGEST ? `${quoted.slice(0, LONGEST)}...` : quoted;
}
