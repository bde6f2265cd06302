/** Which source plays: a digest of the built files that the hash of a run depends on. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** The layers that a run is made of; `reports` and `cli` only look at it. */
const LAYERS = ['sim', 'model', 'scenarios'];

let known: string | null = null;

/**
 * SHA-256 over names and contents of the JavaScript that the build makes of `sim`, `model` and `scenarios`: the same in
 * a checkout and in the installed package.
 */
export function sourceHash(): string {
  known ??= hashOfBuild(fileURLToPath(new URL('..', import.meta.url)));
  return known;
}

/** The digest of a folder with a build. Throws where it has none. */
export function hashOfBuild(dist: string): string {
  const files = LAYERS.flatMap((layer) =>
    readdirSync(join(dist, layer), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .map((name) => `${layer}/${name.replaceAll('\\', '/')}`),
  ).sort();
  if (files.length === 0) throw new Error(`there is no build in ${dist}`);
  const digest = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(join(dist, file));
    digest.update(`${file}\n${String(content.length)}\n`).update(content);
  }
  return digest.digest('hex');
}
