/** Building blocks of the schema: quantities, names, targets, and objects that know their keys. */
import { z } from 'zod';

import { didYouMean } from '../../model/config/nearest-name.js';
import { readChroot } from './chroot-text.js';
import { LOSS_MAX } from './limits.js';
import { rackTarget, readTarget } from './targets.js';
import {
  readBandwidth,
  readDuration,
  readProbability,
  readRate,
  readSize,
  type ReadQuantity,
} from './units.js';

/** What editors show and check for a string; the readers say the rest. */
interface Hint {
  readonly description: string;
  readonly pattern?: string;
  readonly examples?: string[];
}

function text(
  read: (raw: unknown) => { readonly ok: boolean; readonly reason?: string },
  hint: Hint,
): z.ZodString {
  return z
    .string({ error: (issue) => read(issue.input).reason })
    .superRefine((value, context) => {
      const result = read(value);
      if (!result.ok) context.addIssue({ code: 'custom', message: result.reason ?? 'invalid' });
    })
    .meta({ ...hint });
}

const DECIMAL = String.raw`\d+(\.\d+)?`;

/** `10s`. */
export function duration(description: string): z.ZodString {
  return text((raw) => readDuration(raw), {
    description,
    pattern: `^${DECIMAL} *(us|ms|s|m|h|d)$`,
    examples: ['10s', '500ms'],
  });
}

/** `-5s`: a jump of a clock. */
export function signedDuration(description: string): z.ZodString {
  return text((raw) => readDuration(raw, true), {
    description,
    pattern: `^[+-]?${DECIMAL} *(us|ms|s|m|h|d)$`,
    examples: ['-5s', '2m'],
  });
}

/** `16KiB`. */
export function size(description: string): z.ZodString {
  return text(readSize, {
    description,
    pattern: `^${DECIMAL} *(B|kB|KiB|MB|MiB|GB|GiB|TB|TiB)$`,
    examples: ['16KiB', '4GiB'],
  });
}

/** `100/s`. */
export function rate(description: string): z.ZodString {
  return text(readRate, {
    description,
    pattern: `^${DECIMAL} */ *(us|ms|s|m|h|d)$`,
    examples: ['100/s'],
  });
}

/** `1Gbit/s`. */
export function bandwidth(description: string): z.ZodString {
  return text(readBandwidth, {
    description,
    pattern: `^${DECIMAL} *([kMG]?bit|B|kB|KiB|MB|MiB|GB|GiB)/s$`,
    examples: ['1Gbit/s', '200MiB/s'],
  });
}

/** `0.01` or `1%`. */
function probability(description: string): z.ZodUnion<readonly [z.ZodNumber, z.ZodString]> {
  return z
    .union([z.number(), z.string()], {
      error: (issue) => reasonOf(readProbability(issue.input)) ?? 'must be a probability',
    })
    .superRefine((value, context) => {
      const reason = reasonOf(readProbability(value));
      if (reason !== null) context.addIssue({ code: 'custom', message: reason });
    })
    .meta({ description, examples: ['1%', 0.01] });
}

function reasonOf(read: ReadQuantity): string | null {
  return read.ok ? null : read.reason;
}

/** A probability of loss: where nothing at all gets through, the link is blocked. */
export function loss(description: string): ReturnType<typeof probability> {
  return probability(description).superRefine((value, context) => {
    const read = readProbability(value);
    if (!read.ok || read.value <= LOSS_MAX) return;
    const limit = `${String(LOSS_MAX * 100)}%`;
    const message = `a loss is at most ${limit}, not ${quote(value)}: with more the link is blocked`;
    context.addIssue({ code: 'custom', message });
  });
}

/** `/kafka`. */
export const chroot = text(readChroot, {
  description: "Root of the cluster's znodes in the ensemble: / unless given.",
  pattern: '^(/[^/]+)+$',
  examples: ['/kafka'],
});

/** `leader of orders-0`. */
export const target = text(readTarget, {
  description: 'Whom it strikes.',
  examples: ['broker 1', 'leader of orders-0', 'controller', 'rack a'],
});

/** One target or several. */
export const targets = severalOf(
  target,
  'A target, or a list of them.',
  'needs at least one target',
);

/** The name of a topic, where one is referred to. */
export const topicReference = z.string({
  error: (issue) => `a topic is referred to by its name, not by ${quote(issue.input)}`,
});

function severalOf(
  one: z.ZodString,
  description: string,
  empty: string,
): z.ZodUnion<readonly [z.ZodString, z.ZodArray<z.ZodString>]> {
  const what = `${description.slice(0, 1).toLowerCase()}${description.slice(1, -1)}`;
  const error = (issue: { readonly input?: unknown }): string =>
    `must be ${what}, not ${quote(issue.input)}`;
  return z.union([one, z.array(one, { error }).min(1, { error: empty })]).meta({ description });
}

/** `a`, or `rack a`, or a list of such. */
const rack = text(
  (raw) => {
    if (typeof raw === 'string' && rackTarget(raw) !== null) return { ok: true };
    return { ok: false, reason: `${quote(raw)} is not a rack: write "rack <name>"` };
  },
  { description: 'A rack.', examples: ['rack a', 'a'] },
);
export const racks = severalOf(rack, 'A rack, or a list of them.', 'needs at least one rack');

/** A whole number within bounds. */
export function count(description: string, min: number, max: number): z.ZodNumber {
  const error = (issue: { readonly input?: unknown }): string =>
    `must be a whole number from ${String(min)} to ${String(max)}, not ${quote(issue.input)}`;
  return z
    .number({ error })
    .int({ error })
    .min(min, { error })
    .max(max, { error })
    .meta({ description });
}

/** A name that can stand in a target: no spaces. */
export function identifier(what: string): z.ZodString {
  return z
    .string({ error: (issue) => `${what} must be text, not ${quote(issue.input)}` })
    .regex(/^[A-Za-z0-9._-]{1,100}$/, {
      error: (issue) =>
        `${what} ${quote(issue.input)} may only have letters, digits, ".", "_" and "-", at most 100`,
    });
}

/** One of a list of words; `refused` has the words that the lab does not model yet. */
export function word<const Words extends readonly string[]>(
  what: string,
  words: Words,
  refused: Readonly<Record<string, string>> = {},
): z.ZodEnum<{ [Word in Words[number]]: Word }> {
  return z.enum(words, {
    error: (issue) => {
      const given = String(issue.input);
      if (Object.hasOwn(refused, given)) return refused[given];
      const one = words.length === 1 ? '' : 'one of ';
      return `${what} must be ${one}${words.join(', ')}, not ${quote(issue.input)}${didYouMean(given, words)}`;
    },
  });
}

/** An object with more keys than that does not list them in its messages. */
const LISTED_KEYS_MAX = 6;

/**
 * An object that refuses other keys, naming the nearest one. `refused` says of keys that exist in
 * the language what is not modelled yet; `example` shows what a value looks like.
 */
export function record<Shape extends z.ZodRawShape>(
  what: string,
  shape: Shape,
  refused: Readonly<Record<string, string>> = {},
  example?: string,
): z.ZodObject<Shape, z.core.$strict> {
  const names = Object.keys(shape);
  const listed = names.length > LISTED_KEYS_MAX ? '' : `: its keys are ${names.join(', ')}`;
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') {
        // One line per key: the reader of the issue splits them again.
        return issue.keys
          .map((key) =>
            Object.hasOwn(refused, key)
              ? (refused[key] ?? '')
              : `unknown key "${key}" in ${what}${didYouMean(key, names) || listed}`,
          )
          .join('\n');
      }
      const such = example === undefined ? '' : ` such as ${example}`;
      return `${what} must be a map of keys${such}, not ${quote(issue.input)}`;
    },
  });
}

/** Kafka configuration: keys and values are held against the registry later. */
export function configMap(set: string): z.ZodRecord<z.ZodString, typeof configValue> {
  return z
    .record(z.string(), configValue, { error: () => 'config must be a map of Kafka keys' })
    .meta({ description: `Kafka's own ${set} keys, in Kafka's own units.`, kafkaConfig: set });
}

const configValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())], {
  error: (issue) => `a config value is a number, text or true/false, not ${quote(issue.input)}`,
});

export function quote(raw: unknown): string {
  return raw === undefined ? 'nothing' : JSON.stringify(raw);
}
