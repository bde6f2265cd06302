// @ts-check
/**
 * Plays a scenario where there is nothing but the language: every global of the host is taken away before the lab is
 * loaded, and what of the language differs from run to run or from engine to engine throws.
 *
 * Usage: node bare-run.mjs DIST SCENARIO SEED
 */
import { writeSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';

const [dist = '', name = '', seed = ''] = process.argv.slice(2);
const { href } = pathToFileURL(path.resolve(dist, 'scenarios', 'index.js'));

/** @type {string[]} */
const ofTheLanguage = runInNewContext('Object.getOwnPropertyNames(globalThis)');
const kept = new Set(ofTheLanguage);
for (const dependent of ['console', 'Intl', 'WeakRef', 'FinalizationRegistry', 'WebAssembly']) {
  kept.delete(dependent);
}

/** @type {Record<string, unknown>} */
const globals = globalThis;
for (const global of Object.getOwnPropertyNames(globalThis)) {
  if (!kept.has(global)) delete globals[global];
}

/**
 * @param {string} what
 * @returns {() => never}
 */
const refuse = (what) => () => {
  throw new Error(`${what} was used`);
};
globals['Date'] = new Proxy(Date, {
  apply: refuse('Date()'),
  construct: refuse('new Date'),
  get: (target, key) =>
    ['now', 'parse', 'UTC'].includes(String(key)) ? refuse(`Date.${String(key)}`) : Reflect.get(target, key),
});
const exact = 'abs ceil clz32 floor fround imul max min round sign sqrt trunc'.split(' ');
for (const key of Object.getOwnPropertyNames(Math)) {
  const member = Reflect.get(Math, key);
  if (typeof member === 'function' && !exact.includes(key)) {
    Object.defineProperty(Math, key, { value: refuse(`Math.${key}`) });
  }
}

/** @type {typeof import('../../scenarios/index.js')} */
const { findInCatalogue, runScenario } = await import(href);
const entry = findInCatalogue(name);
if (entry === null) throw new Error(`the catalogue has no ${name}`);
const { hash } = runScenario(entry.scenario, { seed: Number(seed) });
writeSync(1, `${hash}\n`);
