/**
 * A capsule: one JSON document from which a failure can be seen again.
 *
 * It has the scenario with every fault explicit, the seed, the faults as they struck, and what identifies the source
 * that showed the failure: the same source gives the same hash, and another one is asked, by `replay --anyway`,
 * whether the failure is still there.
 */
import { z } from 'zod';

import { messageOf, type Failure } from '../search/failure.js';
import { formatPath, positionAt, type InputProblem, type Position } from '../language/problem.js';
import { validateScenario } from '../language/parse.js';
import type { Scenario } from '../language/schema.js';
import type { Run } from '../run/run.js';
import type { RunResult } from '../run/result.js';

/** The present form of capsules. */
export const CAPSULE_SCHEMA = 1;
/** Bytes of a capsule's file. */
export const CAPSULE_BYTES_MAX = 16_777_216;

const HASH = /^[0-9a-f]{16}$/;
const SOURCE_HASH = /^[0-9a-f]{64}$/;

const text = (what: string): z.ZodString => z.string({ error: `${what} must be text` });
const time = z.number({ error: 'a time must be a number of milliseconds' }).min(0);
const hash = (what: string, form: RegExp, digits: number): z.ZodString =>
  text(what).regex(form, { error: `${what} must have ${digits} hexadecimal digits` });

const capsuleSchema = z.strictObject(
  {
    schema: z.literal(CAPSULE_SCHEMA, {
      error: (issue) => `schema must be ${CAPSULE_SCHEMA}, not ${JSON.stringify(issue.input)}`,
    }),
    kind: z.literal('capsule', { error: 'kind must be "capsule"' }),
    brokerlab: text('brokerlab, the version,'),
    sourceHash: hash('sourceHash', SOURCE_HASH, 64),
    kafka: text('kafka'),
    switches: z.record(z.string(), z.union([z.boolean(), z.string()])),
    seed: z
      .number({ error: 'seed must be a number' })
      .int({ error: 'seed must be a whole number' })
      .min(0, { error: 'seed must not be negative' })
      .max(Number.MAX_SAFE_INTEGER),
    hash: hash('hash', HASH, 16),
    failure: z.strictObject({
      invariant: text('invariant').regex(/^(I\d+|liveness)$/, {
        error: 'invariant must be an id such as I1, or liveness',
      }),
      kind: text('kind'),
      message: text('message'),
      expected: z.literal(true).optional(),
    }),
    faults: z.array(
      z.strictObject({ fromMs: time, untilMs: time.nullable(), text: text('the text of a fault') }),
      { error: 'faults must be a list' },
    ),
    scenario: z.record(z.string(), z.unknown(), { error: 'scenario must be a map of keys' }),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'a capsule is a map') },
);

/** A fault as it struck; `untilMs` is null where it lasted to the end. */
export interface RealisedFault {
  readonly fromMs: number;
  readonly untilMs: number | null;
  readonly text: string;
}

export interface Capsule {
  readonly schema: typeof CAPSULE_SCHEMA;
  readonly kind: 'capsule';
  /** Version of the package that made it. */
  readonly brokerlab: string;
  /** SHA-256 over the built source of `sim`, `model` and `scenarios`: what a run's hash depends on. */
  readonly sourceHash: string;
  readonly kafka: string;
  readonly switches: Readonly<Record<string, boolean | string>>;
  readonly seed: number;
  /** Hash of the whole run. */
  readonly hash: string;
  readonly failure: Failure & { readonly message: string };
  readonly faults: readonly RealisedFault[];
  readonly scenario: Scenario;
}

/** Where a capsule comes from: what `cli` knows and the scenario does not. */
export interface CapsuleSource {
  readonly brokerlab: string;
  readonly sourceHash: string;
}

/** The capsule of a run that was played to its end. The scenario is the run's, with all faults explicit. */
export function capsuleOf(
  scenario: Scenario,
  run: Run,
  result: RunResult,
  failure: Failure,
  source: CapsuleSource,
): Capsule {
  return {
    schema: CAPSULE_SCHEMA,
    kind: 'capsule',
    ...source,
    kafka: result.kafka,
    switches: run.plan.switches,
    seed: result.seed,
    hash: result.hash,
    failure: { ...failure, message: messageOf(result, failure) ?? '' },
    faults: run.director.notes
      .filter(({ skipped }) => !skipped)
      .map(({ fromUs, untilUs, text: told }) => ({
        fromMs: fromUs / 1000,
        untilMs: untilUs < 0 ? null : untilUs / 1000,
        text: told,
      })),
    scenario,
  };
}

/** The capsule as a file. */
export function capsuleToJson(capsule: Capsule): string {
  return `${JSON.stringify(capsule, null, 2)}\n`;
}

export type ParsedCapsule =
  | { readonly ok: true; readonly capsule: Capsule }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/** Reads and checks a capsule; problems name the path inside of it. `fileName` is only used in messages. */
export function parseCapsule(json: string, fileName: string): ParsedCapsule {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : String(error);
    const problem = { file: fileName, position: placeOf(reason, json), path: [] };
    return { ok: false, problems: [{ ...problem, message: `not valid JSON: ${reason}` }] };
  }
  const read = capsuleSchema.safeParse(value);
  if (!read.success) {
    const problems = read.error.issues.map((issue): InputProblem => {
      const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
      const missing = valueAt(value, path) === undefined && path.length > 0;
      const message = missing ? `the key "${formatPath(path)}" is missing` : issue.message;
      return { file: fileName, position: null, path, message };
    });
    return { ok: false, problems };
  }
  const scenario: unknown = read.data.scenario;
  const problems = validateScenario(scenario, fileName).map((problem) => ({
    ...problem,
    path: ['scenario', ...problem.path],
  }));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, capsule: { ...read.data, scenario: scenario as Scenario } };
}

/** Engines say where JSON breaks off as `at position 12`, or not at all. */
function placeOf(reason: string, json: string): Position {
  const offset = /at position (\d+)/.exec(reason)?.[1];
  return offset === undefined ? { line: 1, column: 1 } : positionAt(json, Number(offset));
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let inner = value;
  for (const step of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step))
      return undefined;
    inner = (inner as Record<string | number, unknown>)[step];
  }
  return inner;
}
