/** A breach in words: what was broken, when, the values, the promise behind it, and how to see it again. */
import { INVARIANT_DOCS, type RunResult } from '../scenarios/index.js';
import { colours } from './terminal.js';

type Violation = RunResult['violations'][number];
type Loss = RunResult['expectedLosses'][number];

/** Several lines. */
export function violationText(violation: Violation, replay: string): string {
  const doc = INVARIANT_DOCS.find(({ id }) => id === violation.invariant);
  const at = `t=${ms(violation.atMs)}, event ${String(violation.event)}`;
  const lines = [
    `${colours.red(`SAFETY ${violation.name} (${violation.invariant})`)} broken at ${at}`,
    `  ${violation.message}`,
  ];
  if (doc !== undefined) lines.push(`  promise: ${doc.promise} (${doc.source})`);
  lines.push(`  replay: ${replay}`);
  return lines.join('\n');
}

/** One line: the loss, and the assumption that did not hold. */
export function lossText(loss: Loss): string {
  return `${loss.name} (${loss.invariant}) at t=${ms(loss.atMs)}, event ${String(loss.event)}: ${loss.message}; expected, since ${loss.broken}`;
}

function ms(value: number): string {
  return `${String(Math.round(value))}ms`;
}
