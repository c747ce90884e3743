import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { answerTo } from '../../flow/run/simulate/answers';
import type { Act, Decider, Moment, Question } from '../../flow/run/simulate/moments';
import { waitOf } from '../../flow/run/simulate/script';

export const HELP = `At "keys>" type what the caller keys (0-9 * #, a comma waits 1 s) and Enter; Enter alone keeps silent; "wait 8s" waits;
"hangup" hangs up. At a list of outcomes type a number or a name; Enter takes the first. "quit" stops.`;

interface Console {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly isTerminal: boolean;
}

/** A person at a terminal, or lines from a pipe. When the lines end, the caller keeps silent and all else goes its usual way. */
export class TerminalDecider implements Decider {
  private readonly lines: string[] = [];
  private readonly reader: Interface;
  private waiting: ((line: string | null) => void) | null = null;
  private over = false;
  /** Ctrl-C was pressed: nobody wants to know how the call goes on. */
  interrupted = false;
  private hidden = false;

  constructor(
    private readonly console: Console,
    private readonly onKeys: (moment: Extract<Moment, { kind: 'keys' }>) => void,
  ) {
    const { input, output, isTerminal } = console;
    const echo = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        output.write(this.hidden ? masked(chunk.toString()) : chunk);
        done();
      },
    });
    // No history: what was keyed into a card field must not come back with the arrow keys.
    this.reader = createInterface({ input, output: echo, terminal: isTerminal, historySize: 0 });
    this.reader.on('line', (line) => {
      if (this.waiting === null) this.lines.push(line);
      else this.waiting(line);
    });
    // A terminal that is read line by line turns Ctrl-C into this, instead of ending the process.
    this.reader.on('SIGINT', () => {
      this.interrupted = true;
      this.say('');
      this.reader.close();
    });
    this.reader.on('close', () => {
      this.over = true;
      this.waiting?.(null);
    });
  }

  async decide(moment: Moment): Promise<Act> {
    const act = this.interrupted ? null : await this.whatIsTyped(moment);
    return act === null || this.interrupted ? { act: 'abandon' } : act;
  }

  close(): void {
    this.reader.close();
  }

  private async whatIsTyped(moment: Moment): Promise<Act> {
    if (moment.kind === 'said') return { act: 'listen' };
    if (moment.kind === 'keys') {
      this.onKeys(moment);
      return this.keys(moment.request.sensitive);
    }
    return this.outcome(moment.question);
  }

  private async keys(sensitive: boolean): Promise<Act> {
    for (;;) {
      const line = await this.ask('keys> ', sensitive);
      if (line === null || line === '') return { act: 'keep-silent' };
      const common = commandOf(line);
      if (common !== null) return common;
      const ms = line.startsWith('wait ') ? waitOf(line.slice(5)) : null;
      if (ms !== null) return { act: 'wait', ms };
      if (/^[0-9*#, ]+$/.test(line)) return { act: 'key', keys: line.replaceAll(' ', '') };
      this.say(HELP);
    }
  }

  private async outcome(question: Question): Promise<Act> {
    const names = question.options.map(({ outcome }) => outcome);
    const list = names.map((name, index) => `${index + 1} ${name}`).join('   ');
    this.say(`${question.about}:  ${list}`);
    for (;;) {
      const line = (await this.ask('outcome> ', false)) ?? '';
      const common = commandOf(line);
      if (common !== null) return common;
      const name = line === '' ? names[0] : (names[Number(line) - 1] ?? line);
      const act = answerTo(question, name ?? '');
      if (act !== null) return act;
      this.say(`There is no such outcome: ${list}, "hangup" or "quit".`);
    }
  }

  private async ask(prompt: string, hidden: boolean): Promise<string | null> {
    this.show(prompt);
    this.hidden = hidden;
    const line = await this.line();
    this.hidden = false;
    if (!this.console.isTerminal) this.say(hidden ? masked(line ?? '') : (line ?? '(no more input)'));
    return line?.trim() ?? null;
  }

  /** A terminal's line editor writes the prompt anew after a correction, so it has to know it. */
  private show(prompt: string): void {
    if (!this.console.isTerminal || this.over) {
      this.console.output.write(prompt);
      return;
    }
    this.reader.setPrompt(prompt);
    this.reader.prompt();
  }

  private line(): Promise<string | null> {
    const ready = this.lines.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.over) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.waiting = (line) => {
        this.waiting = null;
        resolve(line);
      };
    });
  }

  private say(text: string): void {
    this.console.output.write(`${text}\n`);
  }
}

function commandOf(line: string): Act | null {
  if (line === 'hangup') return { act: 'hang-up' };
  return line === 'quit' ? { act: 'abandon' } : null;
}

/** Dots for digits; the terminal's own control sequences stay as they are. */
export function masked(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]|[0-9]/g, (found) => (found.length === 1 ? '•' : found));
}
