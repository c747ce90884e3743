import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const ROOT = path.join(__dirname, '../..');

/**
 * Strips the types of sources, so that a test can run them as a process of their own, as they are now and without a build.
 * `sources` are files and folders of the project; the copy lies inside it, so that they find their packages.
 */
export function stripSources(sources: readonly string[]): { readonly folder: string; remove(): void } {
  mkdirSync(path.join(ROOT, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(ROOT, '.cache', 'stripped-'));
  for (const source of sources) strip(path.join(ROOT, source), path.join(folder, source));
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function strip(from: string, to: string): void {
  if (!/\.[a-z]+$/.test(from)) {
    for (const name of readdirSync(from)) strip(path.join(from, name), path.join(to, name));
    return;
  }
  if (!from.endsWith('.ts')) return;
  mkdirSync(path.dirname(to), { recursive: true });
  const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023, esModuleInterop: true };
  const { outputText } = transpileModule(readFileSync(from, 'utf8'), { compilerOptions: options });
  writeFileSync(to.replace(/\.ts$/, '.js'), outputText);
}
