import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { lock } from '../../src/asterisk/file-lock';
import { promptsBuild } from '../../src/cli/prompts-build';
import { fingerprint } from '../../src/cli/recordings/manifest';
import { tone } from '../../src/cli/recordings/shape';
import type { Speaker } from '../../src/cli/recordings/text-to-speech';
import { TINY } from '../flow/prompts/catalogues';
import { encodeWav } from '../support/audio-files';

/** Both formats have 64 kbit/s. */
const BYTES_PER_MS = 8;

/** A folder of sounds, and a text-to-speech that notes what it was asked to say. */
class Studio {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'hushtone-prompts-'));
  readonly sounds = path.join(this.root, 'sounds');
  private said: string[] = [];
  commands: string[] = [];
  out: string[] = [];
  errors: string[] = [];

  constructor(catalogue = TINY) {
    this.write('catalog.yaml', catalogue);
  }

  async build(args: string[] = [], command: string | null = 'some-speech {text}'): Promise<number> {
    [this.out, this.errors, this.commands] = [[], [], []];
    return promptsBuild(args, {
      soundsDir: this.sounds,
      command,
      createSpeaker: (wanted) => {
        this.commands.push(wanted);
        return wanted === 'broken' ? Promise.reject(new Error('"broken" was not found')) : Promise.resolve(this.speak);
      },
      print: (line) => this.out.push(line),
      printError: (line) => this.errors.push(line),
    });
  }

  /** Speaks for 100 ms and 20 ms per letter, with silence around it; the word "fail" fails. */
  private readonly speak: Speaker = ({ text }) => {
    this.said.push(text);
    if (text === 'fail') return Promise.reject(new Error('no such voice'));
    const spoken = tone(300, 100 + 20 * text.length, 16_000).samples;
    const samples = new Float64Array(spoken.length + 8000);
    samples.set(spoken, 4000);
    return Promise.resolve({ rate: 16_000, samples });
  };

  /** What has been said since the last time, sorted. */
  spoken(): string[] {
    return this.said.splice(0).sort();
  }

  file(name: string): string {
    return path.join(this.sounds, 'en', name);
  }

  read(name: string): Buffer {
    return readFileSync(this.file(name));
  }

  write(name: string, content: string | Buffer): void {
    mkdirSync(path.dirname(this.file(name)), { recursive: true });
    writeFileSync(this.file(name), content);
  }

  edit(from: string, to: string): void {
    const text = this.read('catalog.yaml').toString('utf8');
    if (!text.includes(from)) throw new Error(`"${from}" is not in the catalogue`);
    this.write('catalog.yaml', text.replace(from, to));
  }
}

describe('hushtone prompts build', () => {
  let studio: Studio;
  beforeEach(() => (studio = new Studio()));
  afterEach(() => {
    rmSync(studio.root, { recursive: true });
  });

  it('records everything that the catalogue says, at both rates', async () => {
    expect(await studio.build()).toBe(0);
    expect(studio.errors).toEqual([]);
    expect(studio.out.at(-1)).toBe('en: 15 sounds, 15 recorded, 0 unchanged, 0 your own');
    for (const id of ['hello', 'you-pay.1', 'you-pay.2', 'beep', 'pause', 'letters/a', 'words/one']) {
      expect(studio.read(`${id}.ulaw`).length).toBeGreaterThanOrEqual(100 * BYTES_PER_MS);
      expect(studio.read(`${id}.g722`)).toHaveLength(studio.read(`${id}.ulaw`).length);
    }
    expect(studio.spoken()).toContain('Hello there.');
  });

  it('speaks a fragment with a comma, so that the voice stays up for what follows', async () => {
    await studio.build();
    const spoken = studio.spoken();
    expect(spoken).toContain('You pay,');
    expect(spoken).toContain('today.');
  });

  it('keeps little silence around words, and a pause after sentences', async () => {
    await studio.build();
    const lengthOf = (id: string): number => studio.read(`${id}.ulaw`).length / BYTES_PER_MS;
    // A file ends on a whole 20 ms.
    expect(lengthOf('words/one')).toBeGreaterThan(160);
    expect(lengthOf('words/one')).toBeLessThan(160 + 60);
    expect(lengthOf('hello')).toBeGreaterThan(340 + 200);
  });

  it('does nothing the second time', async () => {
    await studio.build();
    studio.spoken();
    const before = readdirSync(studio.file('.'), { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(studio.file(name)).isFile())
      .map((name) => [name, statSync(studio.file(name)).mtimeMs]);
    expect(await studio.build()).toBe(0);
    expect(studio.spoken()).toEqual([]);
    expect(studio.out).toEqual(['en: 15 sounds, 0 recorded, 15 unchanged, 0 your own']);
    expect(before.map(([name]) => [name, statSync(studio.file(String(name))).mtimeMs])).toEqual(before);
  });

  it('records again only what has changed or is missing', async () => {
    await studio.build();
    studio.spoken();
    studio.edit('Hello there.', 'Good day.');
    rmSync(studio.file('words/one.g722'));
    expect(await studio.build()).toBe(0);
    expect(studio.spoken()).toEqual(['Good day.', 'one']);
    expect(studio.out.slice(0, 2).map((line) => line.replace(/^.*\d\/2 /, ''))).toEqual([
      'hello (changed)',
      'words/one (missing)',
    ]);
  });

  it('records again what a new voice changes: words alone when only their speed changes', async () => {
    await studio.build();
    studio.spoken();
    studio.edit('words: { speed: 150', 'words: { speed: 170');
    await studio.build();
    expect(studio.spoken()).toHaveLength(10);
    studio.edit('name: nobody', 'name: somebody');
    await studio.build();
    expect(studio.spoken()).toHaveLength(13);
  });

  it('goes on using the command of the last build until another is given', async () => {
    await studio.build();
    studio.spoken();
    studio.edit('Hello there.', 'Good day.');
    expect(await studio.build([], null)).toBe(0);
    expect(studio.spoken()).toEqual(['Good day.']);
    expect(studio.commands).toEqual(['some-speech {text}']);
    expect(await studio.build(['--command', 'other-speech {text}'], null)).toBe(0);
    expect(studio.commands).toEqual(['other-speech {text}']);
    expect(studio.spoken()).toHaveLength(13);
  });

  it('records everything again when forced', async () => {
    await studio.build();
    studio.spoken();
    expect(await studio.build(['--force'])).toBe(0);
    expect(studio.spoken()).toHaveLength(13);
  });

  it('removes what it made for words that are gone', async () => {
    await studio.build();
    studio.edit('  hello: Hello there.\n', '');
    expect(await studio.build()).toBe(0);
    expect(existsSync(studio.file('hello.ulaw'))).toBe(false);
    expect(studio.out.at(-1)).toContain('2 old files removed');
    expect(studio.read('recordings.json').toString('utf8')).not.toContain('"hello"');
  });

  it('replaces what it made in an earlier format', async () => {
    await studio.build();
    const manifest = studio.read('recordings.json').toString('utf8');
    const made = fingerprint('made before');
    studio.write('hello.wav', 'made before');
    studio.write(
      'recordings.json',
      manifest.replace(/"hello": \{.*\}\}/, `"hello": {"from":"${made}","files":{"wav":"${made}"}}`),
    );
    for (const extension of ['ulaw', 'g722']) rmSync(studio.file(`hello.${extension}`));
    expect(await studio.build(['--check'])).toBe(1);
    expect(studio.errors).toContain('en: hello.wav is no longer needed');
    expect(await studio.build()).toBe(0);
    expect(existsSync(studio.file('hello.wav'))).toBe(false);
    expect(studio.read('recordings.json').toString('utf8')).toBe(manifest);
  });

  describe("with a person's recordings", () => {
    const recorded = encodeWav(tone(300, 400, 8000));

    it('never touches a file of the same name, not even when forced', async () => {
      studio.write('hello.wav', recorded);
      await studio.build();
      await studio.build(['--force']);
      expect(studio.read('hello.wav')).toEqual(recorded);
      expect(studio.spoken()).not.toContain('Hello there.');
      expect(studio.out.at(-1)).toContain('1 your own');
    });

    it('removes its own files of a sound that a person replaced, so that no call hears both voices', async () => {
      await studio.build();
      studio.write('hello.wav', recorded);
      expect(await studio.build()).toBe(0);
      expect(studio.read('hello.wav')).toEqual(recorded);
      expect(existsSync(studio.file('hello.ulaw'))).toBe(false);
      expect(existsSync(studio.file('hello.g722'))).toBe(false);
      expect(await studio.build(['--check'])).toBe(0);
    });

    it('says so when such a file cannot be played, and keeps its own until there is a better one', async () => {
      await studio.build();
      const made = studio.read('hello.ulaw');
      studio.write('hello.wav', encodeWav(tone(300, 400, 44_100)));
      expect(await studio.build()).toBe(1);
      expect(studio.errors.join('\n')).toContain(
        'your hello.wav cannot be played: it must be 16-bit PCM, mono, 8000 Hz; it is 16-bit, 1 channel, 44100 Hz; or put it',
      );
      expect(studio.read('hello.ulaw')).toEqual(made);
      expect(studio.out.at(-1)).toBe('en: 15 sounds, 0 recorded, 15 unchanged, 0 your own');
      studio.edit('Hello there.', 'Good day.');
      expect(await studio.build()).toBe(1);
      expect(studio.read('hello.ulaw')).not.toEqual(made);
      studio.write('hello.wav', recorded);
      expect(await studio.build()).toBe(0);
      expect(existsSync(studio.file('hello.ulaw'))).toBe(false);
    });

    it('keeps its own beside one for wideband calls only, and one that can be played beside one that cannot', async () => {
      await studio.build();
      studio.write('hello.wav16', encodeWav(tone(300, 400, 16_000)));
      expect(await studio.build()).toBe(1);
      expect(studio.errors.join('\n')).toContain('hello.wav, the same at 8 kHz, must be beside it');
      expect(existsSync(studio.file('hello.ulaw'))).toBe(true);
      studio.write('hello.wav', recorded);
      expect(await studio.build()).toBe(0);
      studio.write('hello.wav16', recorded);
      expect(await studio.build()).toBe(1);
      expect(studio.errors.join('\n')).toContain(
        'your hello.wav16 cannot be played: it must be 16-bit PCM, mono, 16000 Hz',
      );
      expect(studio.out.at(-1)).toContain('1 your own');
      expect(studio.read('hello.wav')).toEqual(recorded);
    });

    it('says which files of it nothing uses', async () => {
      for (const file of ['studio/hello.WAV', 'studio/words/one.mp3', 'hello.mp3', 'studio/notes.txt']) {
        studio.write(file, recorded);
      }
      expect(await studio.build()).toBe(0);
      expect(studio.errors.sort()).toEqual([
        'en: hello.mp3 is not used: only .wav and .wav16, in small letters, are; or save it as WAV in studio/, from where it is converted',
        'en: studio/hello.WAV is not used: in studio/ only names that end in .wav, in small letters, are looked at',
        'en: studio/words/one.mp3 is not used: in studio/ only names that end in .wav, in small letters, are looked at',
      ]);
    });

    it('says when a studio recording was taken for other words, until it is replaced or kept for the new ones', async () => {
      studio.write('studio/hello.wav', recorded);
      expect(await studio.build()).toBe(0);
      const otherWords =
        'en: studio/hello.wav was taken for other words than the catalogue has now; replace it, or keep it for these with --force';
      studio.edit('Hello there.', 'Good day.');
      for (const args of [['--check'], []]) {
        expect(await studio.build(args)).toBe(1);
        expect(studio.errors).toContain(otherWords);
      }
      expect(await studio.build(['--force'])).toBe(0);
      expect(await studio.build(['--check'])).toBe(0);
      studio.edit('Good day.', 'Good morning.');
      studio.write('studio/hello.wav', encodeWav(tone(300, 500, 44_100)));
      expect(await studio.build()).toBe(0);
      expect(await studio.build(['--check'])).toBe(0);
    });

    it('converts what lies in studio/, in place of speaking', async () => {
      studio.write('studio/hello.wav', encodeWav(tone(300, 400, 44_100)));
      studio.write('studio/words/one.wav', encodeWav(tone(300, 200, 48_000)));
      studio.write('studio/helo.wav', recorded);
      studio.write('goodby.wav', recorded);
      expect(await studio.build()).toBe(0);
      expect(studio.spoken()).not.toContain('Hello there.');
      expect(studio.read('hello.ulaw').length).toBeGreaterThan(400 * BYTES_PER_MS);
      expect(studio.read('words/one.g722').length).toBeGreaterThan(200 * BYTES_PER_MS);
      expect(studio.errors.sort()).toEqual(
        ['goodby.wav', 'studio/helo.wav'].map(
          (file) => `en: ${file} is not used: the catalogue has no sound of this name`,
        ),
      );
      expect(await studio.build(['--check'])).toBe(0);
      studio.write('studio/hello.wav', encodeWav(tone(300, 900, 44_100)));
      expect(await studio.build(['--check'])).toBe(1);
      expect(await studio.build()).toBe(0);
      expect(studio.read('hello.ulaw').length).toBeGreaterThan(900 * BYTES_PER_MS);
    });

    it('names a studio file that it cannot read', async () => {
      studio.write('studio/hello.wav', 'not sound');
      expect(await studio.build()).toBe(1);
      expect(studio.errors.join('\n')).toMatch(/hello: .*studio\/hello\.wav cannot be used: it is not a WAV file/);
    });
  });

  describe('--check', () => {
    it('records nothing and says what is stale', async () => {
      await studio.build();
      studio.spoken();
      studio.edit('Hello there.', 'Good day.');
      studio.edit('  a: A\n', '  b: B\n');
      expect(await studio.build(['--check'])).toBe(1);
      expect(studio.spoken()).toEqual([]);
      expect(studio.errors).toEqual([
        'en: hello was recorded with other words or another voice',
        'en: letters/b has no recording',
        'en: letters/a.ulaw is no longer needed',
        'en: letters/a.g722 is no longer needed',
        'en: run `hushtone prompts build`',
      ]);
    });

    it('needs no text-to-speech', async () => {
      await studio.build();
      expect(await studio.build(['--check'])).toBe(0);
      expect(studio.commands).toEqual([]);
    });
  });

  it('looks for a text-to-speech only when there is something to say, and stops when there is none', async () => {
    expect(await studio.build([], 'broken')).toBe(1);
    expect(studio.errors).toEqual([expect.stringContaining('"broken" was not found')]);
    await studio.build();
    await studio.build();
    expect(studio.commands).toEqual([]);
  });

  it('goes on after a failure where it stopped', async () => {
    studio.edit('many: many', 'many: { words: many, speak: fail }');
    expect(await studio.build()).toBe(1);
    expect(studio.errors).toEqual(['words/many: no such voice']);
    studio.edit('speak: fail', 'speak: menny');
    const before = studio.spoken();
    expect(await studio.build()).toBe(0);
    const after = studio.spoken();
    expect(after).toContain('menny');
    expect(after).not.toContain(before[0]);
  });

  it('begins nothing more and removes nothing when a recording fails', async () => {
    await studio.build();
    studio.spoken();
    studio.edit('many: many', 'many: { words: many, speak: fail }');
    studio.edit('  hello: Hello there.\n', '');
    expect(await studio.build(['--force'])).toBe(1);
    const begun = studio.spoken().length;
    await new Promise(setImmediate);
    expect(studio.spoken()).toEqual([]);
    expect(begun).toBeLessThan(12);
    expect(existsSync(studio.file('hello.ulaw'))).toBe(true);
  });

  it('waits for another build of the same folder', async () => {
    const other = await lock(path.join(studio.sounds, '.prompts-build.lock'));
    const build = studio.build();
    const [line = ''] = studio.out;
    expect(line).toBe(`another \`hushtone prompts build\` is under way (process ${process.pid}); waiting for its end`);
    expect(studio.spoken()).toEqual([]);
    other();
    expect(await build).toBe(0);
    expect(readdirSync(studio.sounds)).toEqual(['en']);
  });

  it('says which file it cannot write, and why', async () => {
    mkdirSync(studio.file('hello.ulaw.new'), { recursive: true });
    expect(await studio.build()).toBe(1);
    expect(studio.errors).toEqual([`${studio.file('hello.ulaw')} cannot be written: it is a folder, not a file`]);
  });

  it('points at a mistake in the catalogue', async () => {
    studio.edit('1: one', '1: uno');
    expect(await studio.build()).toBe(1);
    expect(studio.errors).toEqual([
      `${studio.file('catalog.yaml')}:27:8: "uno" is not among "words", so it would not be recorded`,
    ]);
  });

  it("refuses a damaged list of recordings, instead of taking every file for a person's", async () => {
    await studio.build();
    studio.write('recordings.json', '{');
    expect(await studio.build()).toBe(1);
    expect(studio.errors.join('\n')).toMatch(/recordings\.json is damaged; take it from version control again/);
  });

  it.each([
    [['--language', 'fr'], /there is no .*fr\/catalog\.yaml; there is en/],
    [['--langauge', 'en'], /--langauge/],
    [['en'], /en/],
  ])('refuses the arguments %p', async (args, message) => {
    expect(await studio.build(args)).toBe(1);
    expect(studio.errors.join('\n')).toMatch(message);
  });

  it('explains itself', async () => {
    expect(await studio.build(['--help'])).toBe(0);
    expect(studio.out.join('\n')).toContain('usage: hushtone prompts build');
    for (const value of ['text', 'ssml', 'voice', 'speed', 'pitch', 'range', 'output']) {
      expect(studio.out.join('\n')).toContain(`{${value}}`);
    }
  });
});
