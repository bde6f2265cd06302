/**
 * `docs/versions.md` tells what the code does: its tables are made from the code.
 *
 * `npx vitest run cli/versions-doc.test.ts -u` (`-u` last) writes them anew; read what changed.
 */
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { findConfigEntry, olderConfigEntries, type ConfigSet } from '../model/config/index.js';
import { VERSION_DEFAULTS } from '../model/config/version-defaults.js';
import {
  KAFKA_VERSIONS,
  ruleHistory,
  SWITCH_DEFINITIONS,
  VERSION_PROFILES,
  type SwitchDefinition,
} from '../model/index.js';
import { versionName } from '../scenarios/index.js';

const PAGE = new URL('../docs/versions.md', import.meta.url);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

const OLDER_RULES = (SWITCH_DEFINITIONS as readonly SwitchDefinition[]).filter(
  ({ history = [] }) => history.length > 0,
);

function versions(): string {
  const rows = VERSION_PROFILES.map(({ version, metadata, era, story }) => [
    code(versionName({ kafka: version, metadata })),
    metadata,
    era,
    story,
  ]);
  return table(['`kafka`', 'metadata', 'era', 'new in the era'], rows);
}

function switches(): string {
  const rows = OLDER_RULES.map((one) => [
    code(one.name),
    one.area,
    one.description,
    ruleHistory(one),
    one.source,
  ]);
  return table(['switch', 'about', 'rule', 'history', 'source'], rows);
}

/** One line for each value that a key had before the one that it has now. */
function defaults(): string {
  const rows = (['broker', 'topic', 'producer', 'consumer'] as const).flatMap((set) => {
    const keys = KAFKA_VERSIONS.flatMap((version) => Object.keys(VERSION_DEFAULTS[version][set]));
    return [...new Set(keys)].sort().map((key) => [set, code(key), valuesOf(set, key)]);
  });
  return table(['whose', 'key', 'default'], rows);
}

function valuesOf(set: ConfigSet, key: string): string {
  const older = olderConfigEntries(set).find(({ name }) => name === key);
  const now = (findConfigEntry(set, key) ?? older)?.defaultValue;
  const values = KAFKA_VERSIONS.map((version) =>
    String(VERSION_DEFAULTS[version][set][key] ?? now),
  );
  const changes = KAFKA_VERSIONS.filter((_, index) => values[index] !== values[index - 1]);
  return changes
    .map((version, index) => {
      const value = values[KAFKA_VERSIONS.indexOf(version)] ?? '';
      return index === 0 ? value : `${value} from ${version}`;
    })
    .join(', ');
}

const TABLES: Readonly<Record<string, () => string>> = { versions, switches, defaults };

describe('docs/versions.md', () => {
  const page = readFileSync(PAGE, 'utf8');

  it('has the tables of the code', async () => {
    const made = page.replace(
      /(<!-- table: (\w+) -->)[^]*?(<!-- end -->)/g,
      (_, start: string, name: string, end: string) =>
        `${start}\n\n${TABLES[name]?.() ?? ''}\n\n${end}`,
    );
    await expect(made).toMatchFileSnapshot('../docs/versions.md');
  });

  it('has every version, every switch with a history, and the versions of each change', () => {
    for (const name of Object.keys(TABLES)) expect(page).toContain(`<!-- table: ${name} -->`);
    for (const { version, era } of VERSION_PROFILES) {
      expect(page).toMatch(new RegExp(`^\\| \`${version}(-zk)?\` \\| \\w+ \\| ${era} \\|`, 'm'));
    }
    for (const { name, history = [] } of OLDER_RULES) {
      const line = page.split('\n').find((each) => each.startsWith(`| \`${name}\` |`)) ?? '';
      for (const { value } of history) expect(line, name).toContain(value);
    }
    expect(OLDER_RULES.length).toBeGreaterThan(10);
  });
});
