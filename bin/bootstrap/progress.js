'use strict';

/**
 * Progress of several tasks at once, on stderr so that stdout belongs to the command. On a terminal every task has a line
 * that is redrawn; elsewhere a line is written when a task begins, now and then while it runs, and when it ends.
 */

const REDRAW_MS = 120;
/** Without a terminal: how often a running task is mentioned. */
const MENTION_MS = 10_000;

class Progress {
  /** @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} [stream] */
  constructor(stream = process.stderr) {
    this.stream = stream;
    this.live = stream.isTTY === true;
    /** @type {Map<string, { text: string, since: number, mentioned: number, done: boolean }>} */
    this.tasks = new Map();
    this.drawn = 0;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
  }

  /**
   * Begins a task or says where it stands.
   * @param {string} task
   * @param {string} text
   */
  update(task, text) {
    const known = this.tasks.get(task);
    const now = Date.now();
    if (known === undefined) {
      this.tasks.set(task, { text, since: now, mentioned: now, done: false });
      if (!this.live) this.line(`${task}: ${text}`);
    } else {
      known.text = text;
    }
    this.timer ??= setInterval(() => this.tick(), this.live ? REDRAW_MS : 1000).unref();
  }

  /**
   * @param {string} task
   * @param {string} text what came of it
   */
  finish(task, text) {
    const known = this.tasks.get(task);
    if (known === undefined) return;
    known.done = true;
    known.text = `${text} (${seconds(known.since)})`;
    if (!this.live) this.line(`${task}: ${known.text}`);
    else this.draw();
    if ([...this.tasks.values()].every((one) => one.done)) this.stop();
  }

  /**
   * A line that stays.
   * @param {string} text
   */
  note(text) {
    this.erase();
    this.line(text);
    if (this.live) this.draw();
  }

  /** Ends the redrawing; what is on the terminal stays there. */
  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.tasks.clear();
    this.drawn = 0;
  }

  tick() {
    if (this.live) {
      this.draw();
      return;
    }
    for (const [task, state] of this.tasks) {
      if (state.done || Date.now() - state.mentioned < MENTION_MS) continue;
      state.mentioned = Date.now();
      this.line(`${task}: ${state.text} (${seconds(state.since)})`);
    }
  }

  erase() {
    if (this.drawn > 0) this.stream.write(`\x1b[${String(this.drawn)}A\x1b[0J`);
    this.drawn = 0;
  }

  draw() {
    this.erase();
    const width = (this.stream.columns ?? 80) - 1;
    for (const [task, state] of this.tasks) {
      const time = state.done ? '' : ` (${seconds(state.since)})`;
      this.line(`${state.done ? '✓' : '…'} ${task}: ${state.text}${time}`.slice(0, width));
      this.drawn++;
    }
  }

  /** @param {string} text */
  line(text) {
    this.stream.write(`${text}\n`);
  }
}

/** @param {number} since */
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`;

module.exports = { Progress };
