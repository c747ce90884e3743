import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { request } from 'undici';

import { apiDocsToTypes, type ApiDoc } from '../ari/api-docs-to-types';
import { messageOf } from '../errors';

const OUTPUT = 'src/ari/generated/ari-types.ts';
const UNPACKED = '.cache/asterisk/root/usr/share/asterisk/rest-api';
/** Resources whose operations the engine could use; deviceStates is left out on purpose (a deadlock on disconnect). */
const RESOURCES = ['applications', 'asterisk', 'bridges', 'channels', 'endpoints', 'events', 'playbacks', 'sounds'];
/** Only lend models to events. */
const MODELS_ONLY = ['recordings', 'deviceStates'];

/**
 * `hushtone generate-ari [SOURCE]`: writes the ARI types. SOURCE is the URL of an Asterisk's ARI
 * (`http://user:password@127.0.0.1:8088/ari`) or a folder with its rest-api documents; by default the copies in the
 * unpacked packages.
 * @returns the exit code.
 */
export async function generateAri(args: readonly string[]): Promise<number> {
  const source = args[0] ?? UNPACKED;
  try {
    const types = await ariTypesFrom(source);
    await mkdir(dirname(OUTPUT), { recursive: true });
    await writeFile(OUTPUT, types);
    console.log(`${OUTPUT} written`);
    return 0;
  } catch (error) {
    console.error(`The ARI types could not be generated from ${withoutPassword(source)}: ${messageOf(error)}`);
    return 1;
  }
}

/**
 * The types as text, from an Asterisk or a folder.
 * @throws Error when a document cannot be read or names an unknown type.
 */
export async function ariTypesFrom(source: string): Promise<string> {
  const read = source.startsWith('http') ? fromUrl(new URL(source)) : fromFolder(source);
  const [docs, models] = await Promise.all([Promise.all(RESOURCES.map(read)), Promise.all(MODELS_ONLY.map(read))]);
  return apiDocsToTypes(docs, models);
}

function fromFolder(folder: string): (resource: string) => Promise<ApiDoc> {
  return async (resource) => JSON.parse(await readFile(join(folder, `${resource}.json`), 'utf8')) as ApiDoc;
}

function fromUrl(base: URL): (resource: string) => Promise<ApiDoc> {
  const login = Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`);
  const root = `${base.origin}${base.pathname.replace(/\/$/, '')}`;
  return async (resource) => {
    const headers = { authorization: `Basic ${login.toString('base64')}` };
    const answer = await request(`${root}/api-docs/${resource}.json`, { headers });
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw new Error(`${resource}.json: status ${answer.statusCode}`);
    }
    return (await answer.body.json()) as ApiDoc;
  };
}

function withoutPassword(source: string): string {
  return source.replace(/\/\/[^@/]*@/, '//');
}
