/** Faults as a story tells them: at the host that they take down, or for all hosts; with their ends. */
import type { Host } from '../../sim/index.js';
import type { FaultNote } from '../faults/director.js';
import type { Fact } from './fact.js';

/** The facts with what the director noted beside them, in order of time. */
export function withFaults(
  facts: readonly Fact[],
  notes: readonly FaultNote[],
  hosts: readonly Host[],
  endUs: number,
): Fact[] {
  const result = facts.filter(({ kind }) => kind !== 'fault');
  for (const note of notes) {
    if (note.skipped) continue;
    const struck = result.flatMap((fact, index) => (isBlow(fact, note) ? [index] : []));
    for (const index of struck) {
      const fact = result[index]!;
      const [what] = fact.text.split(' (fault:');
      result[index] = { ...fact, text: `${what!} (fault: ${plain(note)})` };
    }
    if (struck.length > 0) continue;
    const step = facts.find(
      ({ kind, atUs, text }) => kind === 'fault' && atUs === note.fromUs && text === note.text,
    )?.step;
    if (step === undefined) continue;
    const kind = MILD.includes(note.verb) ? 'mild-fault' : 'fault';
    result.push({ ...BLANK, atUs: note.fromUs, step, kind, text: faultText(note, hosts) });
    if (kind === 'mild-fault' || note.untilUs <= note.fromUs || note.untilUs > endUs) continue;
    const over = { ...BLANK, kind: 'fault-over', atUs: note.untilUs, step: 0 } as const;
    result.push({ ...over, text: `over: ${plain(note)}` });
  }
  return result
    .map((fact, index) => ({ fact, index }))
    .sort((a, b) => a.fact.atUs - b.fact.atUs || a.fact.step - b.fact.step || a.index - b.index)
    .map(({ fact }) => fact);
}

/** What slows down or disturbs, and cuts nobody off. */
const MILD: readonly FaultNote['verb'][] = [
  'slow-link',
  'lossy-link',
  'slow-disk',
  'reset-connections',
  'elect-leaders',
  'reassign',
  'clock-jump',
];

const BLANK: Omit<Fact, 'step' | 'atUs' | 'kind' | 'text'> = {
  host: -1,
  partition: -1,
  state: '',
  carrier: null,
  from: -1,
  to: -1,
  values: [],
};

/** The moment at which a fault took a host down. */
function isBlow({ kind, atUs, host }: Fact, { fromUs, hosts }: FaultNote): boolean {
  return (kind === 'died' || kind === 'paused') && atUs === fromUs && hosts.includes(host);
}

/** `lose-disk follower of orders-0 (broker 2)`. */
function faultText(note: FaultNote, hosts: readonly Host[]): string {
  const text = plain(note);
  const names = note.hosts.map((index) =>
    hosts[index]!.name.replace(/^node-/, 'broker ').replace('-', ' '),
  );
  return names.length === 0 || names.every((name) => text.includes(name))
    ? text
    : `${text} (${names.join(', ')})`;
}

/** Who drew the fault is of no interest to its story. */
function plain({ text }: FaultNote): string {
  return text.replace(/^random /, '');
}
