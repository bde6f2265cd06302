import { readFileSync } from 'node:fs';

/** The version in package.json, which lies two folders above the compiled file. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed = JSON.parse(text) as { version: string };
  return parsed.version;
}
